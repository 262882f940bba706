import { put, read, readAll, remove, type Documents, type SourceIpMapping } from '../documents.ts';
import { notFound, refusal } from '../errors.ts';
import type { Form } from '../form.ts';
import { change, missing, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { CreateSourceIpMapping, UpdateSourceIpMapping } from '../schemas-v1.ts';
import { newSid } from '../sids.ts';
import { resourceUrl } from '../uris.ts';

/** A record is tied to one domain: with two, nobody could tell whose a call is. */
export function createSourceIpMapping(call: Call<Form<typeof CreateSourceIpMapping>>): Promise<Answer> {
  const { IpRecordSid, SipDomainSid } = call.body;
  const now = timestamp(call);
  const mapping: SourceIpMapping = {
    sid: newSid('IB', call.service.clock.now()),
    ip_record_sid: IpRecordSid,
    sip_domain_sid: SipDomainSid,
    date_created: now,
    date_updated: now,
  };
  return change(call, async (view) => {
    if (!(await read(view, 'ip-record', IpRecordSid))) throw notFound(`/IpRecords/${IpRecordSid}`);
    await requireNamedDomain(view, SipDomainSid);
    if ((await readAll(view, 'source-ip-mapping')).some((other) => other.ip_record_sid === IpRecordSid))
      throw refusal(21231, 'The IP record is mapped to a SIP domain already');
    return { writes: [put('source-ip-mapping', mapping.sid, mapping)], result: render(call, mapping) };
  });
}

export function listSourceIpMappings(call: Call): Promise<Answer> {
  return listPage(call, 'source_ip_mappings', { kind: 'source-ip-mapping' }, (mapping) => render(call, mapping));
}

export async function fetchSourceIpMapping(call: Call): Promise<Answer> {
  return render(call, await requireMapping(call, call.service.ledger));
}

export function updateSourceIpMapping(call: Call<Form<typeof UpdateSourceIpMapping>>): Promise<Answer> {
  return change(call, async (view) => {
    const known = await requireMapping(call, view);
    await requireNamedDomain(view, call.body.SipDomainSid);
    const mapping = { ...known, sip_domain_sid: call.body.SipDomainSid, date_updated: timestamp(call) };
    return { writes: [put('source-ip-mapping', known.sid, mapping)], result: render(call, mapping) };
  });
}

export function deleteSourceIpMapping(call: Call): Promise<Answer> {
  return change(call, async (view) => {
    const { sid } = await requireMapping(call, view);
    return { writes: [remove('source-ip-mapping', sid)], result: undefined };
  });
}

async function requireMapping(call: Call, documents: Documents): Promise<SourceIpMapping> {
  const mapping = await read(documents, 'source-ip-mapping', pathId(call, 'Sid'));
  if (!mapping) throw missing(call);
  return mapping;
}

async function requireNamedDomain(documents: Documents, sid: string): Promise<void> {
  if (!(await read(documents, 'sip-domain', sid))) throw notFound(`/SIP/Domains/${sid}`);
}

function render(call: Call, mapping: SourceIpMapping): object {
  return { ...mapping, url: resourceUrl(call, `v1/SourceIpMappings/${mapping.sid}`) };
}
