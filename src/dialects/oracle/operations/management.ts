import { copy, documentKey, readConfiguration, replace, CONFIGURATIONS, type Configuration } from '../documents.ts';
import { badRequest, notFound } from '../errors.ts';
import type { JsonObject } from '../../../ledger/ledger.ts';
import { change, optionalParameter, parameter, type Answer, type Call, type Operation } from '../operation.ts';
import { verify } from '../verify.ts';

const PATH = '/configuration/management';
/** Backups that may be kept. */
const MOST_BACKUPS = 100;

/** A copy of a configuration under a file name. */
interface Backup {
  readonly source: Configuration;
  /** ISO 8601. */
  readonly at: string;
  readonly elements: readonly { readonly id: string; readonly body: JsonObject }[];
}

async function put(call: Call): Promise<Answer> {
  const action = parameter(call, 'action');
  if (action === 'save') return runJob(call, 'save', () => save(call));
  if (action === 'verify') return runJob(call, 'verify', () => verifyEditing(call));
  if (action === 'restore') return restore(call);
  throw badRequest(`action must be save, verify or restore, not ${action.slice(0, 40)}`);
}

async function post(call: Call): Promise<Answer> {
  const action = parameter(call, 'action');
  if (action === 'activate') return runJob(call, 'activate', () => activate(call));
  if (action === 'backup') return backup(call);
  throw badRequest(`action must be activate or backup, not ${action.slice(0, 40)}`);
}

async function save(call: Call): Promise<string[]> {
  await change(call, 'save', async (view) => ({ writes: await copy(view, 'editing', 'saved'), result: undefined }));
  return [];
}

async function verifyEditing({ service }: Call): Promise<string[]> {
  return verify(await readConfiguration(service.ledger, 'editing')).map(({ message }) => message);
}

/** Makes the saved configuration the running one, in one revision, or leaves everything as it was. */
function activate(call: Call): Promise<string[]> {
  return change(call, 'activate', async (view) => {
    const faults = verify(await readConfiguration(view, 'saved')).filter(({ blocks }) => blocks);
    const obstacles = faults.length > 0 ? faults.map(({ message }) => message) : await call.service.obstacles(view);
    return { writes: obstacles.length > 0 ? [] : await copy(view, 'saved', 'running'), result: obstacles };
  });
}

async function backup(call: Call): Promise<Answer> {
  const source = configurationNamed(call, 'backupSource', CONFIGURATIONS);
  const filename = filenameOf(call);
  return runJob(call, 'backup', () =>
    change(call, 'backup', async (view) => {
      const others = await view.list({ ...documentKey('backup', ''), prefix: '' });
      if (others.length >= MOST_BACKUPS && !others.some(({ id }) => id === filename))
        return { writes: [], result: [`There are ${MOST_BACKUPS} backups already`] };
      const documents = await view.list({ ...documentKey(source, ''), prefix: '' });
      const elements = documents.map(({ id, body }) => ({ id, body }));
      const body: Backup = { source, at: new Date(call.service.clock.now()).toISOString(), elements };
      return { writes: [{ key: documentKey('backup', filename), body: body as unknown as JsonObject }], result: [] };
    }),
  );
}

/** Brings a backup, or one of the other configurations, into the editing configuration. */
async function restore(call: Call): Promise<Answer> {
  // Its other name, on one page of the vendor's.
  const source = optionalParameter(call, 'restoreType') ?? parameter(call, 'restoreSource');
  if (source === 'running' || source === 'saved') {
    return runJob(call, 'restore', () =>
      change(call, 'restore', async (view) => ({ writes: await copy(view, source, 'editing'), result: [] })),
    );
  }
  if (source !== 'backupFile') throw badRequest('restoreSource must be running, saved or backupFile');
  const filename = filenameOf(call);
  if (!(await call.service.ledger.get(documentKey('backup', filename))))
    throw notFound(`There is no backup ${filename}`);
  return runJob(call, 'restore', () =>
    change(call, 'restore', async (view) => {
      const document = await view.get(documentKey('backup', filename));
      const elements = document ? (document.body as unknown as Backup).elements : [];
      const present = await view.list({ ...documentKey('editing', ''), prefix: '' });
      return { writes: replace('editing', elements, present), result: [] };
    }),
  );
}

/** Some clients look at the outcome only once, so the job is done before they are told of it. */
async function runJob(call: Call, operation: string, work: () => Promise<readonly string[]>): Promise<Answer> {
  // What the lock was last used for is this, not the operation that stands for several.
  call.service.lock.require(call.session, operation);
  await call.service.jobs.run(operation, work, (error) => {
    call.log(error);
    return 'The request failed inside';
  });
  return { status: 202, links: [`${call.base}/admin/asyncstatus`] };
}

function configurationNamed<Name extends string>(call: Call, name: string, known: readonly Name[]): Name {
  const value = parameter(call, name);
  const found = known.find((each) => each === value);
  if (found === undefined) throw badRequest(`${name} must be one of ${known.join(', ')}`);
  return found;
}

/** A bare name: backups have one folder. */
function filenameOf(call: Call): string {
  const filename = parameter(call, 'filename');
  if (!/^[\w][\w.-]{0,127}$/.test(filename)) throw badRequest('filename must be a bare file name');
  return filename;
}

async function asyncStatus({ service }: Call): Promise<Answer> {
  const { last } = service.jobs;
  if (!last) return { status: 200, data: { operationState: [{ operation: [''], status: [''] }] } };
  const { operation, status, messages } = last;
  return {
    status: 200,
    data: {
      operationState: [{ operation: [operation], status: [status] }],
      ...(messages.length > 0
        ? { errorMessage: [messages.join('; ')], additionalInfo: [{ message: [...messages] }] }
        : {}),
    },
  };
}

/** What is done with whole configurations (reference §6). */
export const MANAGEMENT: readonly Operation[] = [
  { method: 'PUT', path: PATH, name: 'saveVerifyOrRestore', lock: true, admin: true, handle: put },
  { method: 'POST', path: PATH, name: 'activateOrBackup', lock: true, admin: true, handle: post },
  { method: 'GET', path: '/admin/asyncstatus', name: 'getAsyncStatus', lock: false, admin: false, handle: asyncStatus },
];
