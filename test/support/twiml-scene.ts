import type twilio from 'twilio';
import { TestGate } from './gate.ts';
import { addressList, clientOfGate, credentialList, PASSWORD } from './twilio-gate.ts';
import { VoicePhone, type PhoneCall } from './voice-phone.ts';
import { WebhookServer, type Page } from './webhook-server.ts';

/** The host of the SIP domain. */
export const HOST = 'acme.sip.twilio.com';
/** The account's own number. */
export const OWN_NUMBER = '+12065550199';

/** A real gate with a SIP domain that asks a web server, provisioned by the vendor's library, and a telephone. */
export interface TwimlScene extends AsyncDisposable {
  readonly gate: TestGate;
  readonly client: twilio.Twilio;
  readonly server: WebhookServer;
  readonly domainSid: string;
  readonly edge: { readonly address: string; readonly port: number };
  /** What the web server answers from now on: `/` is the VoiceUrl, `/status` its status callback. */
  serve(pages: Record<string, Page>): void;
  /** Calls the domain. */
  call(headers?: readonly (readonly [string, string])[]): PhoneCall;
  /** Registers a telephone of a user. */
  register(username: (typeof USERS)[number]): Promise<VoicePhone>;
  /** What the journal says of a call, as text. */
  journal(call: PhoneCall): Promise<string>;
}

/** Users of the domain who may register. */
export const USERS = ['alice', 'bob', 'carol', 'dave'] as const;

/** Opens it. */
export async function openTwimlScene(): Promise<TwimlScene> {
  const gate = await TestGate.start();
  const client = clientOfGate(gate);
  const server = await WebhookServer.open({}, gate.credentials['TOLLGATE_TWILIO_AUTH_TOKEN'] ?? '');
  const { sid: domainSid } = await client.sip.domains.create({
    domainName: HOST,
    voiceUrl: `${server.url}/`,
    voiceStatusCallbackUrl: `${server.url}/status`,
    sipRegistration: true,
  });
  const { auth } = client.sip.domains(domainSid);
  const ipAccessControlListSid = await addressList(client, '127.0.0.1/32');
  await auth.calls.ipAccessControlListMappings.create({ ipAccessControlListSid });
  const passwords = Object.fromEntries(USERS.map((user) => [user, PASSWORD]));
  const credentialListSid = await credentialList(client, 'phones', passwords);
  await auth.registrations.credentialListMappings.create({ credentialListSid });
  await client.incomingPhoneNumbers.create({ phoneNumber: OWN_NUMBER });
  const phone = await VoicePhone.open();
  const edge = { address: '127.0.0.1', port: gate.sip.udp };
  const calls: PhoneCall[] = [];
  return {
    gate,
    client,
    server,
    domainSid,
    edge,
    serve: (pages) => server.serve({ '/status': '', ...pages }),
    call(headers = []) {
      const call = phone.call(`sip:+12065550100@${HOST}`, edge, { from: `sip:${OWN_NUMBER}@${HOST}`, headers });
      calls.push(call);
      return call;
    },
    async register(username) {
      const telephone = await VoicePhone.open();
      const status = await telephone.register(edge, HOST, { username, password: PASSWORD });
      if (status !== 200) throw new Error(`${username} was not registered: ${status}`);
      return telephone;
    },
    journal: async ({ callId }) => JSON.stringify(await gate.api('GET', `/calls/${encodeURIComponent(callId)}`)),
    [Symbol.asyncDispose]: async () => {
      for (const call of calls) {
        call.end();
        call.media.close();
      }
      await phone[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await gate[Symbol.asyncDispose]();
    },
  };
}
