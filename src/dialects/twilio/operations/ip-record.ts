import { isIPv4 } from 'node:net';
import { put, read, readAll, remove, type Documents, type IpRecord } from '../documents.ts';
import { refusal } from '../errors.ts';
import type { Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { CreateIpRecord, NameForm } from '../schemas-v1.ts';
import { newSid } from '../sids.ts';
import { resourceUrl } from '../uris.ts';

const MOST_RECORDS = 1000;
const WHOLE_ADDRESS = 32;

export function createIpRecord(call: Call<Form<typeof CreateIpRecord>>): Promise<Answer> {
  const { IpAddress, FriendlyName, CidrPrefixLength } = call.body;
  const now = timestamp(call);
  const record: IpRecord = {
    sid: newSid('IL', call.service.clock.now()),
    friendly_name: FriendlyName ?? null,
    ip_address: IpAddress,
    cidr_prefix_length: CidrPrefixLength ?? WHOLE_ADDRESS,
    date_created: now,
    date_updated: now,
  };
  return change(call, async (view) => {
    if (!isIPv4(IpAddress)) throw refusal(21238, 'IpAddress must be an IPv4 address in dotted decimal form');
    if ((await readAll(view, 'ip-record')).length >= MOST_RECORDS)
      throw refusal(21237, `An account has at most ${MOST_RECORDS} IP records`);
    return { writes: [put('ip-record', record.sid, record)], result: render(call, record) };
  });
}

export function listIpRecords(call: Call): Promise<Answer> {
  return listPage(call, 'ip_records', { kind: 'ip-record' }, (record) => render(call, record));
}

export async function fetchIpRecord(call: Call): Promise<Answer> {
  return render(call, await requireIpRecord(call, call.service.ledger));
}

/** Only the name can change. */
export function updateIpRecord(call: Call<Form<typeof NameForm>>): Promise<Answer> {
  return change(call, async (view) => {
    const known = await requireIpRecord(call, view);
    const { FriendlyName = known.friendly_name } = call.body;
    const record = { ...known, friendly_name: FriendlyName, date_updated: timestamp(call) };
    return { writes: [put('ip-record', known.sid, record)], result: render(call, record) };
  });
}

/** Refused while a mapping ties it to a SIP domain. */
export function deleteIpRecord(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const { sid } = await requireIpRecord(call, view);
    if ((await readAll(view, 'source-ip-mapping')).some((mapping) => mapping.ip_record_sid === sid))
      throw refusal(21236, 'The IP record is mapped to a SIP domain: remove the mapping first');
    return { writes: [remove('ip-record', sid)], result: undefined };
  });
}

async function requireIpRecord(call: Call, documents: Documents): Promise<IpRecord> {
  const record = await read(documents, 'ip-record', pathId(call, 'Sid'));
  if (!record) throw missing(call);
  return record;
}

function render(call: Call, record: IpRecord): object {
  return { account_sid: call.service.accountSid, ...record, url: resourceUrl(call, `v1/IpRecords/${record.sid}`) };
}
