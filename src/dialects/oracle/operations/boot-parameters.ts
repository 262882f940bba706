import { isIP } from 'node:net';
import { documentKey } from '../documents.ts';
import { badRequest } from '../errors.ts';
import { change, type Answer, type Call, type Operation } from '../operation.ts';
import { readXml, textOf, type XmlNode } from '../xml.ts';
import type { View } from '../../../ledger/mutate.ts';

/** As a virtual machine of the vendor has them, with what a value must look like; the gate itself uses `Target Name` only. */
const PARAMETERS: readonly {
  readonly name: string;
  readonly initial: string;
  readonly valid: (text: string) => boolean;
}[] = [
  { name: 'Boot File', initial: '/boot/bzImage', valid: isPath },
  { name: 'IP Address', initial: '', valid: isAddress },
  { name: 'VLAN', initial: '', valid: isNumber },
  { name: 'Netmask', initial: '', valid: isAddress },
  { name: 'Gateway', initial: '', valid: isAddress },
  { name: 'IPv6 Address', initial: '', valid: isAddress },
  { name: 'IPv6 Gateway', initial: '', valid: isAddress },
  { name: 'Host IP', initial: '', valid: isAddress },
  { name: 'FTP username', initial: '', valid: isWord },
  { name: 'FTP password', initial: '', valid: isWord },
  { name: 'Flags', initial: '0x00000000', valid: (text) => /^(?:0x[0-9a-fA-F]{1,8})?$/.test(text) },
  { name: 'Target Name', initial: 'tollgate', valid: (text) => /^[A-Za-z0-9][\w.-]{0,63}$/.test(text) },
  { name: 'Console Device', initial: 'VGA', valid: isWord },
  { name: 'Console Baudrate', initial: '115200', valid: isNumber },
  { name: 'Other', initial: '', valid: isWord },
];
const SECRET = 'FTP password';
const LABEL = 'oracle/boot-parameter';
const KEY = documentKey('boot-parameters', 'boot');

type Values = Readonly<Record<string, string>>;

/** The name that the system goes by. */
export async function targetName(view: Pick<View, 'get'>): Promise<string> {
  return (await readValues(view))['Target Name'] ?? '';
}

async function getParameters({ service }: Call): Promise<Answer> {
  return { status: 200, data: show(await readValues(service.ledger)) };
}

async function putParameters(call: Call): Promise<Answer> {
  const given = readBody(call.body);
  const values = await change(call, 'updateBootParameters', async (view) => {
    const before = await readValues(view);
    const password = given[SECRET] ? call.service.sealer.seal(given[SECRET], LABEL) : (before[SECRET] ?? '');
    const after = { ...before, ...given, [SECRET]: password };
    return { writes: [{ key: KEY, body: after }], result: after };
  });
  return { status: 200, data: show(values) };
}

function readBody(body: string): Values {
  const values: Record<string, string> = {};
  for (const node of readXml(body, 'bootparams')['bootparam'] ?? []) {
    const name = textOf(node, 'name') ?? '';
    const value = textOf(node, 'value') ?? '';
    const parameter = PARAMETERS.find((each) => each.name === name);
    if (!parameter) throw badRequest(`There is no boot parameter ${name.slice(0, 60)}`);
    if (Object.hasOwn(values, name)) throw badRequest(`Boot parameter ${name} is given twice`);
    if (!parameter.valid(value)) throw badRequest(`The value of boot parameter ${name} is not valid`);
    values[name] = value;
  }
  return values;
}

async function readValues(view: Pick<View, 'get'>): Promise<Values> {
  const initial = Object.fromEntries(PARAMETERS.map((parameter) => [parameter.name, parameter.initial]));
  const document = await view.get(KEY);
  return { ...initial, ...(document?.body as Values | undefined) };
}

/** The password is not shown; written back empty it stays. */
function show(values: Values): XmlNode {
  const bootparam = PARAMETERS.map(({ name }): XmlNode => ({
    name: [name],
    value: [name === SECRET ? '' : (values[name] ?? '')],
  }));
  return { bootparams: [{ bootparam }] };
}

function isAddress(text: string): boolean {
  return text === '' || isIP(text.replace(/\/\d{1,3}$/, '')) > 0;
}

function isNumber(text: string): boolean {
  return /^\d{0,9}$/.test(text);
}

function isPath(text: string): boolean {
  return /^[\w./-]{1,255}$/.test(text);
}

function isWord(text: string): boolean {
  return /^[\x20-\x7e]{0,128}$/.test(text);
}

/** Boot parameters (reference §3): kept, and shown as they were written. */
export const BOOT_PARAMETERS: readonly Operation[] = [
  {
    method: 'GET',
    path: '/configuration/bootparams',
    name: 'getBootParameters',
    lock: false,
    admin: false,
    handle: getParameters,
  },
  {
    method: 'PUT',
    path: '/configuration/bootparams',
    name: 'updateBootParameters',
    lock: true,
    admin: true,
    handle: putParameters,
  },
];
