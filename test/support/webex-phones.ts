import assert from 'node:assert/strict';
import type { Decision } from '../../src/rulebook/decide/decision.ts';
import { SipRequest, SipResponse, type SipMessage } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, withCredentials } from './edge.ts';
import type { Endpoint } from '../../src/sip/transport/transport.ts';
import { TestGate } from './gate.ts';
import { ask } from './phone.ts';
import { SipPeer } from './sip-peer.ts';
import { makeOffice, send, type Office, type Reply } from './webex.ts';

export const PASSWORD = 'an office telephone';

/** A gate with a carrier that answers everything, an office, and a telephone that can log in as any of its lines. */
export class OfficeGate implements AsyncDisposable {
  readonly gate: TestGate;
  readonly carrier: SipPeer;
  readonly phone: SipPeer;
  readonly office: Office;
  /** Host name of the office's location. */
  readonly host: string;

  private constructor(parts: Pick<OfficeGate, 'gate' | 'carrier' | 'phone' | 'office' | 'host'>) {
    this.gate = parts.gate;
    this.carrier = parts.carrier;
    this.phone = parts.phone;
    this.office = parts.office;
    this.host = parts.host;
  }

  /** `exchange`: another carrier in place of the one that answers everything; `flags`: further settings. */
  static async open({
    exchange,
    flags: more = [],
  }: { exchange?: Endpoint; flags?: readonly string[] } = {}): Promise<OfficeGate> {
    const carrier = await SipPeer.open();
    answering(carrier);
    const { address, port } = exchange ?? carrier;
    const flags = ['--carriers', `sip:${address}:${port}`, ...more];
    const [gate, phone] = [await TestGate.start({ flags }), await SipPeer.open()];
    const office = await makeOffice({ send: (line, body) => askVendor(gate, line, body) });
    const { personId, workspaceId, virtualLineId } = office;
    const lines = { dana: personId, lobby: workspaceId, desk: virtualLineId };
    let host = '';
    for (const [username, id] of Object.entries(lines)) host = await logIn(gate, username, id);
    return new OfficeGate({ gate, carrier, phone, office, host });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gate[Symbol.asyncDispose]();
    await Promise.all([this.phone, this.carrier].map((peer) => peer[Symbol.asyncDispose]()));
  }

  /** Asks the vendor's API as its full administrator, and expects success. */
  async api(line: string, body?: unknown): Promise<Reply> {
    const reply = await askVendor(this.gate, line, body);
    assert.ok(reply.status < 300, `${line}: ${reply.status} ${JSON.stringify(reply.json)}`);
    return reply;
  }

  /** Path of the outgoing permissions of the location. */
  get place(): string {
    return `telephony/config/locations/${this.office.locationId}/outgoingPermission`;
  }

  /** The same of the person. */
  get person(): string {
    return `telephony/config/people/${this.office.personId}/outgoingPermission`;
  }

  /** What the location does about some types of calls. */
  allow(permissions: Readonly<Record<string, string>>, transferEnabled = true): Promise<Reply> {
    const callingPermissions = Object.entries(permissions).map(([callType, action]) => ({
      callType,
      action,
      transferEnabled,
    }));
    return this.api(`PUT ${this.place}`, { callingPermissions });
  }

  /** Logs in, and returns the final answer with the INVITE that it is to; a call that rings is cancelled. */
  async invite(
    to: string,
    { user = 'dana', password = PASSWORD, headers = {}, host = this.host, from = this.phone } = {},
  ): Promise<{ invite: SipRequest; answer: SipResponse }> {
    const common = { From: `<sip:${user}@${host}>;tag=caller`, ...headers };
    const first = makeRequest('INVITE', `sip:${to}@${host}`, from, common);
    const challenge = await ask(from, this.gate, first);
    assert.equal(challenge.status, 407);
    const invite = withCredentials(first, challenge, password, user);
    return { invite, answer: await ask(from, this.gate, invite) };
  }

  /** Calls, and hangs up when it is answered; the final status. */
  async dial(to: string, options: Parameters<OfficeGate['invite']>[1] = {}): Promise<number> {
    const { invite, answer } = await this.invite(to, options);
    if (answer.status < 300) await this.hangUp(invite, answer, options.from);
    return answer.status;
  }

  /** Calls whoever asks for a code, and hangs up at the first that is heard of it; that status. */
  async begin(to: string, user: string): Promise<number> {
    const first = makeRequest('INVITE', `sip:${to}@${this.host}`, this.phone, {
      From: `<sip:${user}@${this.host}>;tag=caller`,
    });
    const challenge = await ask(this.phone, this.gate, first);
    const invite = withCredentials(first, challenge, PASSWORD, user);
    const gate = { address: '127.0.0.1', port: this.gate.sip.udp };
    this.phone.send(invite, gate);
    const isOfCall = (message: SipMessage, least: number): boolean =>
      message instanceof SipResponse &&
      message.callId === invite.callId &&
      message.cseq?.number === invite.cseq?.number &&
      message.cseq?.method === 'INVITE' &&
      message.status > least;
    const heard = await this.phone.next<SipResponse>((message) => isOfCall(message, 100));
    if (heard.status >= 300) return heard.status;
    if (heard.status >= 200) {
      await this.hangUp(invite, heard);
      return heard.status;
    }
    const cancel = new SipRequest('CANCEL', invite.uri);
    for (const name of ['Via', 'From', 'To', 'Call-ID', 'Max-Forwards'])
      cancel.headers.append(name, invite.headers.get(name) ?? '');
    cancel.headers.append('CSeq', `${invite.cseq?.number} CANCEL`);
    this.phone.send(cancel, gate);
    const last = await this.phone.next<SipResponse>((message) => isOfCall(message, 199));
    if (last.status < 300) await this.hangUp(invite, last);
    return heard.status;
  }

  async hangUp(invite: SipRequest, answer: SipResponse, from = this.phone): Promise<void> {
    const number = invite.cseq?.number ?? 0;
    from.send(inDialog('ACK', invite, answer, number), { address: '127.0.0.1', port: this.gate.sip.udp });
    const { status } = await ask(from, this.gate, inDialog('BYE', invite, answer, number + 1));
    assert.equal(status, 200, 'the call is ended');
  }

  /** Registers a telephone as a user of a host. */
  async register(user: string, peer: SipPeer, password = PASSWORD, host = this.host): Promise<number> {
    const self = `<sip:${user}@${host}>`;
    const register = makeRequest('REGISTER', `sip:${host}`, peer, {
      From: `${self};tag=phone`,
      To: self,
      Contact: `<sip:${user}@${peer.address}:${peer.port}>`,
    });
    const challenge = await ask(peer, this.gate, register);
    return (await ask(peer, this.gate, withCredentials(register, challenge, password, user))).status;
  }

  /** The Decision that a line would get. */
  async explain(to: string, user = 'dana'): Promise<Decision> {
    const query = { to: `sip:${to}@${this.host}`, from: `sip:${user}@${this.host}`, source: '127.0.0.1', user };
    return (await this.gate.api('POST', '/explain', query)) as Decision;
  }

  /** The vendor's own test of a route. */
  async testRoute(destination: string, originatorId = this.office.personId, originatorType = 'USER') {
    const body = { originatorId, originatorType, destination, includeAppliedServices: true };
    return (await this.api('POST telephony/config/actions/testCallRouting/invoke', body)).json;
  }
}

/** Gives a line its login; the host that it calls. */
export async function logIn(gate: TestGate, username: string, id: string): Promise<string> {
  const body = { username, password: PASSWORD };
  const access = (await gate.api('PUT', `/webex/lines/${id}/credentials`, body)) as { host: string };
  return access.host;
}

/** Answers calls with 200, and all that follows. */
export function answering(peer: SipPeer): void {
  peer.onRequest = (request) => {
    if (request.method !== 'ACK') peer.respond(request, 200);
  };
}

function askVendor(gate: TestGate, line: string, body: unknown): Promise<Reply> {
  return send(`${gate.http}/v1/`, gate.credentials['TOLLGATE_WEBEX_ACCESS_TOKEN'] ?? '', line, body);
}
