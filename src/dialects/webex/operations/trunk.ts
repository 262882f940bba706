import type { Static } from 'typebox';
import { alphanumeric, uuid } from '../../../kit/ids.ts';
import type { Write } from '../../../ledger/ledger.ts';
import { hashPassword } from '../../../rulebook/credential.ts';
import {
  childId,
  entryId,
  put,
  read,
  readAll,
  REALM,
  remove,
  sealLabel,
  type Documents,
  type Trunk,
} from '../documents.ts';
import { conflict, INVALID_VALUE, invalid, notFound } from '../errors.ts';
import { locationHost } from '../host-names.ts';
import { encodeId } from '../ids.ts';
import { change, pathId, type Answer, type Call } from '../operation.ts';
import { locationNamed } from '../owners.ts';
import { ordered, page } from '../pages.ts';
import type { CreateTrunk, UpdateTrunk, ValidateFqdn } from '../schemas.ts';

const PAGE = 2000;
const MOST_TRUNKS = 5000;
const SUFFIX_LENGTH = 10;
const FQDN_TAKEN = 27_571;
/** Calls at once over a trunk that says nothing. */
const USUAL_CALLS = 250;

/** Boxes that certificate-based trunks are run with, and how many calls each takes; the sizes are the vendor's. */
const TRUNK_TYPES = [
  {
    trunkType: 'REGISTERING',
    deviceTypes: [
      { deviceType: 'Cisco Unified Border Element', minConcurrentCalls: 1, maxConcurrentCalls: USUAL_CALLS },
    ],
  },
  {
    trunkType: 'CERTIFICATE_BASED',
    deviceTypes: [
      'Cisco Unified Border Element',
      'Oracle Session Border Controller',
      'AudioCodes Session Border Controller',
      'Ribbon Session Border Controller',
    ].map((deviceType) => ({ deviceType, minConcurrentCalls: USUAL_CALLS, maxConcurrentCalls: 6500 })),
  },
];

export async function listTrunks(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const { query } = call;
  const [name, place, type] = ['name', 'locationName', 'trunkType'].map((one) => query.get(one)?.toLowerCase());
  const locations = new Map((await readAll(ledger, 'location')).map((location) => [location.id, location.name]));
  const used = await usersOf(ledger);
  const found = (await readAll(ledger, 'trunk')).filter(
    (trunk) =>
      (!name || trunk.name.toLowerCase().includes(name)) &&
      (!place || locations.get(trunk.locationId)?.toLowerCase().includes(place)) &&
      (!type || trunk.trunkType.toLowerCase() === type),
  );
  const render = ({ id, name: own, locationId, trunkType }: Trunk): object => ({
    id: encodeId('TRUNK', id),
    name: own,
    location: { id: encodeId('LOCATION', locationId), name: locations.get(locationId) ?? '' },
    inUse: used(id).inUse,
    trunkType,
    isRestrictedToDedicatedInstance: false,
  });
  const items = ordered(call, found, {
    name: (trunk) => trunk.name,
    locationName: (trunk) => locations.get(trunk.locationId) ?? '',
  });
  return page(call, 'trunks', items, render, { most: PAGE });
}

export function createTrunk(call: Call<Static<typeof CreateTrunk>>): Promise<Answer> {
  const { body } = call;
  const id = uuid();
  return change(call, async (view) => {
    const location = await locationNamed(call, view, body.locationId);
    const others = await readAll(view, 'trunk');
    if (others.length >= MOST_TRUNKS) throw invalid(`An organization has at most ${MOST_TRUNKS} trunks`);
    const registering = body.trunkType === 'REGISTERING';
    const trunk: Trunk = {
      id,
      name: body.name,
      locationId: location.id,
      trunkType: body.trunkType,
      ...members(body, undefined),
      otgDtgId: `${body.name
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '')
        .slice(0, 20)}${alphanumeric(4)}_lgu`,
      username: registering ? `${slug(body.name)}${alphanumeric(SUFFIX_LENGTH)}_LGU` : null,
    };
    refuseUnfit(trunk, others);
    return {
      writes: [put('trunk', id, trunk), ...secretWrites(call, trunk, body.password)],
      result: { id: encodeId('TRUNK', id) },
    };
  });
}

/** The status is in small letters, as the vendor's clients read it. */
export async function getTrunk(call: Call): Promise<Answer> {
  const { service } = call;
  const trunk = await requireTrunk(service.ledger, pathId(call, 'trunkId', 'TRUNK'));
  const location = await read(service.ledger, 'location', trunk.locationId);
  const host = locationHost(location?.hostLabel ?? '', service.domain);
  const using = (await usersOf(service.ledger))(trunk.id).locations;
  const { id, name, trunkType, username, otgDtgId, dualIdentitySupportEnabled, pChargeInfoSupportPolicy } = trunk;
  return {
    id: encodeId('TRUNK', id),
    name,
    organization: { id: encodeId('ORGANIZATION', service.organizationId), name: 'Tollgate' },
    location: { id: encodeId('LOCATION', trunk.locationId), name: location?.name ?? '' },
    otgDtgId,
    linePort: username === null ? '' : `${username}@${host}`,
    locationsUsingTrunk: using.map((one) => ({ id: encodeId('LOCATION', one.id), name: one.name })),
    pilotUserId: encodeId('PEOPLE', id),
    outboundProxy: {
      sipAccessServiceType: 'default',
      dnsType: 'SRV',
      outboundProxy: host,
      srvPrefix: '_sips._tcp',
      cnameRecords: [],
      attachmentUpdated: false,
    },
    sipAuthenticationUserName: username ?? '',
    status: await statusOf(call, trunk),
    errorCodes: [],
    responseStatus: [],
    dualIdentitySupportEnabled,
    trunkType,
    deviceType: trunk.deviceType ?? '',
    ...(trunk.address !== null && { address: trunk.address }),
    ...(trunk.domain !== null && { domain: trunk.domain }),
    ...(trunk.port !== null && { port: trunk.port }),
    maxConcurrentCalls: trunk.maxConcurrentCalls ?? USUAL_CALLS,
    isRestrictedToDedicatedInstance: false,
    pChargeInfoSupportPolicy,
  };
}

/** Location and type stay; without a password the old one stays too. */
export function updateTrunk(call: Call<Static<typeof UpdateTrunk>>): Promise<Answer> {
  const { body } = call;
  return change(call, async (view) => {
    const known = await requireTrunk(view, pathId(call, 'trunkId', 'TRUNK'));
    const trunk = { ...known, name: body.name, ...members(body, known) };
    refuseUnfit(trunk, await readAll(view, 'trunk'));
    const secrets = body.password === undefined ? [] : secretWrites(call, trunk, body.password);
    return { writes: [put('trunk', trunk.id, trunk), ...secrets], result: undefined };
  });
}

/** Refused while calls are sent there by a location, a route group or a dial plan. */
export function deleteTrunk(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const { id, locationId, username } = await requireTrunk(view, pathId(call, 'trunkId', 'TRUNK'));
    if ((await usersOf(view))(id).inUse) throw conflict('The trunk is in use');
    const secret = username === null ? [] : [remove('credential', childId(locationId, username))];
    return { writes: [remove('trunk', id), ...secret], result: undefined };
  });
}

export async function listTrunkTypes(): Promise<Answer> {
  return { trunkTypes: TRUNK_TYPES };
}

export async function validateFqdn(call: Call<Static<typeof ValidateFqdn>>): Promise<Answer> {
  const { address = null, domain = null, port = null } = call.body;
  refuseBadFqdn({ address, domain, port });
  refuseTakenFqdn({ id: '', address, domain, port }, await readAll(call.service.ledger, 'trunk'));
  return undefined;
}

export async function getTrunkUsage(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const { id } = await requireTrunk(ledger, pathId(call, 'trunkId', 'TRUNK'));
  const { locations, groups, dialPlans } = (await usersOf(ledger))(id);
  return {
    pstnConnectionCount: locations.length,
    callToExtensionCount: 0,
    dialPlanCount: dialPlans.length,
    routeGroupCount: groups.length,
  };
}

/** Of a trunk that does not register nobody tells. */
async function statusOf({ service }: Call, { locationId, username }: Trunk): Promise<'online' | 'offline' | 'unknown'> {
  if (username === null) return 'unknown';
  return (await service.registered(entryId(locationId), username)) ? 'online' : 'offline';
}

type Use = 'locations' | 'groups' | 'dialPlans' | 'none';
const USE_KEYS = {
  locations: ['locations', 'LOCATION'],
  groups: ['routeGroup', 'ROUTE_GROUP'],
  dialPlans: ['dialPlans', 'DIAL_PLAN'],
  none: ['locations', 'LOCATION'],
} as const;

/** One kind of users of a trunk; calls to extensions are not sent to trunks here, so there are none of these. */
export function listTrunkUsage(use: Use): (call: Call) => Promise<Answer> {
  return async (call) => {
    const { ledger } = call.service;
    const { id } = await requireTrunk(ledger, pathId(call, 'trunkId', 'TRUNK'));
    const found = use === 'none' ? [] : (await usersOf(ledger))(id)[use];
    return usagePage(call, use, found);
  };
}

/** A page of those who send calls to a trunk or a route group. */
export function usagePage(call: Call, use: Use, found: readonly Named[]): Promise<Answer> {
  const [key, type] = USE_KEYS[use];
  const items = ordered(call, found, { name: (one) => one.name });
  return page(call, key, items, (one) => ({ id: encodeId(type, one.id), name: one.name }), { most: PAGE });
}

async function requireTrunk(documents: Documents, id: string): Promise<Trunk> {
  const trunk = await read(documents, 'trunk', id);
  if (!trunk) throw notFound();
  return trunk;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

interface Users {
  readonly locations: readonly Named[];
  readonly groups: readonly Named[];
  readonly dialPlans: readonly Named[];
  readonly inUse: boolean;
}

/** Who sends calls to a trunk or a route group, by its UUID. */
export async function usersOf(documents: Documents): Promise<(id: string) => Users> {
  const [locations, groups, dialPlans] = [
    await readAll(documents, 'location'),
    await readAll(documents, 'route-group'),
    await readAll(documents, 'dial-plan'),
  ];
  return (id) => {
    const users = {
      locations: locations.filter(({ calling }) => calling?.connection?.id === id),
      groups: groups.filter(({ localGateways }) => localGateways.some(({ trunkId }) => trunkId === id)),
      dialPlans: dialPlans.filter(({ routeId }) => routeId === id),
    };
    return { ...users, inUse: Object.values(users).some((list) => list.length > 0) };
  };
}

type Members = Pick<
  Trunk,
  | 'deviceType'
  | 'dualIdentitySupportEnabled'
  | 'address'
  | 'domain'
  | 'port'
  | 'maxConcurrentCalls'
  | 'pChargeInfoSupportPolicy'
>;

function members(body: Omit<Static<typeof UpdateTrunk>, 'name'>, known: Trunk | undefined): Members {
  return {
    deviceType: body.deviceType ?? known?.deviceType ?? null,
    dualIdentitySupportEnabled: body.dualIdentitySupportEnabled ?? known?.dualIdentitySupportEnabled ?? false,
    address: body.address ?? known?.address ?? null,
    domain: body.domain ?? known?.domain ?? null,
    port: body.port ?? known?.port ?? null,
    maxConcurrentCalls: body.maxConcurrentCalls ?? known?.maxConcurrentCalls ?? null,
    pChargeInfoSupportPolicy: body.pChargeInfoSupportPolicy ?? known?.pChargeInfoSupportPolicy ?? 'DISABLED',
  };
}

function refuseUnfit(trunk: Trunk, all: readonly Trunk[]): void {
  const others = all.filter(({ id }) => id !== trunk.id);
  if (others.some(({ name }) => name.toLowerCase() === trunk.name.toLowerCase()))
    throw conflict('A trunk of this name exists already');
  if (trunk.trunkType === 'REGISTERING') return;
  if (trunk.maxConcurrentCalls === null) throw invalid('maxConcurrentCalls is required for a certificate-based trunk');
  refuseBadFqdn(trunk);
  refuseTakenFqdn(trunk, others);
}

type Fqdn = Pick<Trunk, 'address' | 'domain' | 'port'>;

function refuseBadFqdn({ address, domain, port }: Fqdn): void {
  const label = '[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?';
  const name = new RegExp(`^${label}(\\.${label})*$`, 'i');
  if (!address || !name.test(address)) throw invalid('address must be a host name', INVALID_VALUE);
  if (!domain || !name.test(domain)) throw invalid('domain must be a domain name', INVALID_VALUE);
  if (port !== null && (port < 1 || port > 65_535)) throw invalid('port must be from 1 to 65535', INVALID_VALUE);
}

function refuseTakenFqdn(one: Fqdn & { id: string }, others: readonly Trunk[]): void {
  const text = ({ address, domain, port }: Fqdn): string => `${address}.${domain}:${port}`.toLowerCase();
  if (others.some((other) => other.id !== one.id && other.address !== null && text(other) === text(one)))
    throw conflict('The address is used by another trunk', FQDN_TAKEN);
}

/** A registering trunk logs in as lines do; one with a certificate needs no password, and what it sends is not kept. */
function secretWrites(call: Call, { id, locationId, username }: Trunk, password: string): Write[] {
  if (username === null) return [];
  const secrets = JSON.stringify(hashPassword(username, REALM, password));
  const sealed = call.service.sealer.seal(secrets, sealLabel(locationId, username));
  return [
    put('credential', childId(locationId, username), { holder: { kind: 'trunk', id }, locationId, username, sealed }),
  ];
}

function slug(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '').slice(0, 12) || 'trunk';
}
