// What a user of the vendor's Node library does with a gate: `tollgate env` says which, VOICE_URL what answers the calls,
// TOLLGATE is the command. Prints one JSON object of what it saw; twilio-client.py does the same.
import { spawnSync } from 'node:child_process';
import twilio from 'twilio';

class GateClient extends twilio.RequestClient {
  request(options) {
    const uri = options.uri.replace(/^https:\/\/\w+\.twilio\.com/, process.env.TWILIO_BASE_URL);
    return super.request({ ...options, uri });
  }
}
const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN } = process.env;
const client = twilio(TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, { httpClient: new GateClient() });

const PASSWORD = 'IWasAtSignal2018x';
const seen = {};

/** The status and the vendor's code of a refusal. */
const codeOf = (promise) =>
  promise.then(
    () => null,
    ({ status, code }) => [status, code],
  );

const tollgate = (...args) => {
  const [program, ...first] = process.env.TOLLGATE.split(' ');
  const { status, stdout } = spawnSync(program, [...first, ...args, '--json'], { encoding: 'utf8' });
  return { exit: status, ...JSON.parse(stdout) };
};

const phones = await client.sip.credentialLists.create({ friendlyName: 'node phones' });
const { credentials } = client.sip.credentialLists(phones.sid);
for (let index = 0; index < 120; index += 1) await credentials.create({ username: `user${index}`, password: PASSWORD });
const names = (await credentials.list({ pageSize: 50 })).map(({ username }) => username);
for (let index = 0; index < 120; index += 1) await client.voice.v1.ipRecords.create({ ipAddress: `192.0.2.${index}` });
const addresses = (await client.voice.v1.ipRecords.list({ pageSize: 50 })).map(({ ipAddress }) => ipAddress);
seen.walked = [new Set(names).size, new Set(addresses).size];
seen.limited = (await credentials.list({ limit: 70 })).length;

const domain = await client.sip.domains.create({
  domainName: 'node.sip.twilio.com',
  voiceUrl: process.env.VOICE_URL,
  secure: false,
});
seen.created = domain.dateCreated instanceof Date;
const { credentialListMappings: mappings } = client.sip.domains(domain.sid).auth.calls;
const mapping = await mappings.create({ credentialListSid: phones.sid });
seen.fetched = (await mappings(mapping.sid).fetch()).friendlyName === 'node phones';
seen.listed = (await mappings.list()).map(({ sid }) => sid === phones.sid);
seen.authType = (await client.sip.domains(domain.sid).fetch()).authType;

const to = 'sip:+12065550100@node.sip.twilio.com';
const call = ['call', '--to', to, '--via', process.env.VIA, '--user', 'user7', '--password', PASSWORD];
const explain = ['explain', '--to', to, '--api', process.env.TWILIO_BASE_URL, '--data', process.env.DATA];
const asked = { ...tollgate(...call, '--hold', '0.2') };
seen.admitted = [asked.exit, asked.status];
const [record] = await client.calls.list({ to });
seen.recorded = [record?.direction, record?.status];

const unknown = `SD${'0'.repeat(32)}`;
const list = await client.sip.ipAccessControlLists.create({ friendlyName: 'node office' });
const { ipAddresses } = client.sip.ipAccessControlLists(list.sid);
const stranger = twilio(TWILIO_ACCOUNT_SID, 'wrong', { httpClient: new GateClient() });
seen.refused = {
  'duplicate domain': await codeOf(client.sip.domains.create({ domainName: 'node.sip.twilio.com' })),
  'duplicate mapping': await codeOf(mappings.create({ credentialListSid: phones.sid })),
  'weak password': await codeOf(credentials.create({ username: 'weak', password: 'password' })),
  'list in use': await codeOf(client.sip.credentialLists(phones.sid).remove()),
  'unknown SID': await codeOf(client.sip.domains(unknown).fetch()),
  'wrong token': await codeOf(stranger.sip.domains(domain.sid).fetch()),
  'malformed CIDR': await codeOf(
    ipAddresses.create({ friendlyName: 'x', ipAddress: '192.0.2.1', cidrPrefixLength: 33 }),
  ),
};
seen.unchanged = [(await credentials.list()).length, (await mappings.list()).length, (await ipAddresses.list()).length];

seen.unmapped = await mappings(phones.sid).remove();
const again = { ...tollgate(...call) };
seen.shut = [again.exit, again.status];
const why = tollgate(...explain, '--user', 'user7');
seen.explained = [why.exit, why.reason, why.trace.at(-1).rule.resource === `SipDomain ${domain.sid}`];
seen.deleted = [await client.sip.domains(domain.sid).remove(), await client.sip.credentialLists(phones.sid).remove()];
console.log(JSON.stringify(seen));
