import type twilio from 'twilio';
import type { TestGate } from './gate.ts';
import { clientOf } from './twilio.ts';

export const PASSWORD = 'IWasAtSignal2018x';

/** The vendor's client for the account of a gate. */
export function clientOfGate({ http, credentials }: TestGate): twilio.Twilio {
  const sid = credentials['TOLLGATE_TWILIO_ACCOUNT_SID'] ?? '';
  return clientOf(http, sid, credentials['TOLLGATE_TWILIO_AUTH_TOKEN'] ?? '', sid);
}

/** Makes a list of these blocks; its SID. */
export async function addressList(client: twilio.Twilio, ...blocks: readonly string[]): Promise<string> {
  const { sid } = await client.sip.ipAccessControlLists.create({ friendlyName: 'office' });
  for (const block of blocks) {
    const [ipAddress = '', length = '32'] = block.split('/');
    const address = { friendlyName: block, ipAddress, cidrPrefixLength: Number(length) };
    await client.sip.ipAccessControlLists(sid).ipAddresses.create(address);
  }
  return sid;
}

/** Makes a list of these users; its SID. */
export async function credentialList(
  client: twilio.Twilio,
  friendlyName: string,
  users: Readonly<Record<string, string>>,
): Promise<string> {
  const { sid } = await client.sip.credentialLists.create({ friendlyName });
  for (const [username, password] of Object.entries(users))
    await client.sip.credentialLists(sid).credentials.create({ username, password });
  return sid;
}
