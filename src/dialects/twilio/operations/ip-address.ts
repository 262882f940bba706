import { isIPv4 } from 'node:net';
import { rfc2822 } from '../dates.ts';
import { childId, put, read, readAll, remove, type Documents, type IpAddress } from '../documents.ts';
import { refusal } from '../errors.ts';
import type { Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { CreateIpAddress, UpdateIpAddress } from '../schemas.ts';
import { newSid } from '../sids.ts';
import { resourceUri } from '../uris.ts';
import { requireIpAccessControlList } from './ip-access-control-list.ts';

const MOST_ADDRESSES = 100;
const WHOLE_ADDRESS = 32;

export function createIpAddress(call: Call<Form<typeof CreateIpAddress>>): Promise<Answer> {
  const list = pathId(call, 'IpAccessControlListSid');
  const now = timestamp(call);
  const address: IpAddress = {
    sid: newSid('IP', call.service.clock.now()),
    ip_access_control_list_sid: list,
    friendly_name: call.body.FriendlyName,
    ip_address: call.body.IpAddress,
    cidr_prefix_length: call.body.CidrPrefixLength ?? WHOLE_ADDRESS,
    date_created: now,
    date_updated: now,
  };
  return change(call, async (view) => {
    await requireIpAccessControlList(call, view, list);
    refuseMalformed(address);
    if ((await readAll(view, 'ip-address', childId(list, ''))).length >= MOST_ADDRESSES)
      throw refusal(21237, `An IP access control list has at most ${MOST_ADDRESSES} addresses`);
    return { writes: [put('ip-address', childId(list, address.sid), address)], result: render(call, address) };
  });
}

export async function listIpAddresses(call: Call): Promise<Answer> {
  const parent = pathId(call, 'IpAccessControlListSid');
  await requireIpAccessControlList(call, call.service.ledger, parent);
  return listPage(call, 'ip_addresses', { kind: 'ip-address', parent }, (address) => render(call, address));
}

export async function fetchIpAddress(call: Call): Promise<Answer> {
  return render(call, await requireIpAddress(call, call.service.ledger));
}

export function updateIpAddress(call: Call<Form<typeof UpdateIpAddress>>): Promise<Answer> {
  const { FriendlyName, IpAddress: given, CidrPrefixLength } = call.body;
  return change(call, async (view) => {
    const known = await requireIpAddress(call, view);
    const address: IpAddress = {
      ...known,
      friendly_name: FriendlyName ?? known.friendly_name,
      ip_address: given ?? known.ip_address,
      cidr_prefix_length: CidrPrefixLength === null ? WHOLE_ADDRESS : (CidrPrefixLength ?? known.cidr_prefix_length),
      date_updated: timestamp(call),
    };
    refuseMalformed(address);
    const id = childId(known.ip_access_control_list_sid, known.sid);
    return { writes: [put('ip-address', id, address)], result: render(call, address) };
  });
}

export function deleteIpAddress(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const { ip_access_control_list_sid: list, sid } = await requireIpAddress(call, view);
    return { writes: [remove('ip-address', childId(list, sid))], result: undefined };
  });
}

async function requireIpAddress(call: Call, documents: Documents): Promise<IpAddress> {
  const id = childId(pathId(call, 'IpAccessControlListSid'), pathId(call, 'Sid'));
  const address = await read(documents, 'ip-address', id);
  if (!address) throw missing(call);
  return address;
}

function refuseMalformed({ ip_address }: IpAddress): void {
  if (!isIPv4(ip_address)) throw refusal(21238, 'IpAddress must be an IPv4 address in dotted decimal form');
}

function render(call: Call, address: IpAddress): object {
  const { sid, ip_access_control_list_sid, friendly_name, ip_address, cidr_prefix_length } = address;
  return {
    account_sid: call.service.accountSid,
    date_created: rfc2822(address.date_created),
    date_updated: rfc2822(address.date_updated),
    friendly_name,
    ip_access_control_list_sid,
    ip_address,
    cidr_prefix_length,
    sid,
    uri: resourceUri(call, `SIP/IpAccessControlLists/${ip_access_control_list_sid}/IpAddresses/${sid}`),
  };
}
