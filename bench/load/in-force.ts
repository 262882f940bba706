import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { Calls, type CallFigures } from './calls.ts';
import type { User } from './digest.ts';
import { signedRequest, type Keys } from './sign.ts';
import { connect, openSocket, readEndpoint } from './sockets.ts';

/** What the changes are made on. */
interface Changed {
  /** `ADDRESS:PORT` of the API and of the SIP socket. */
  readonly http: string;
  readonly sip: string;
  readonly gateways: readonly string[];
  readonly keys: Keys;
  /** Ids of Voice Connectors and a user of each. */
  readonly connectors: readonly string[];
  readonly users: readonly User[];
  /** The first so many are not counted: what a gate does for the first time it has to read and compile. */
  readonly warmUp: number;
}

/**
 * Gives one user after the other a new password, and has each place a call with it as soon as the API has answered.
 * What became of the calls: one that fails found the old password in force.
 */
export async function callWithNewPasswords({
  http,
  sip,
  gateways,
  keys,
  connectors,
  users,
  warmUp,
}: Changed): Promise<CallFigures> {
  const api = readEndpoint(http);
  const socket = connectTcp({ host: api.address, port: api.port, noDelay: true });
  const places = ['127.0.0.1:0', ...gateways].map(readEndpoint);
  const sockets = await Promise.all(places.map(({ address, port }) => openSocket(address, port)));
  await Promise.all(sockets.map((each) => connect(each, readEndpoint(sip))));
  const changed = users.map((user, index) => ({ ...user, password: `new secret ${index}` }));
  const calls = new Calls({ callers: sockets.slice(0, 1), gateways: sockets.slice(1) }, changed, 1);
  try {
    for (const [index, { username, password }] of changed.entries()) {
      if (index === warmUp && calls.take().failed > 0) throw new Error('a call is refused while the gate warms up');
      const body = JSON.stringify({ Credentials: [{ Username: username, Password: password }] });
      const target = `/voice-connectors/${connectors[index]}/termination/credentials?operation=put`;
      socket.write(signedRequest(`POST ${target}`, http, body, keys));
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      const answer = bytes.toString('latin1');
      if (!answer.startsWith('HTTP/1.1 204')) throw new Error(`the API answers ${answer}`);
      calls.begin();
      while (calls.running > 0) await setImmediate();
    }
    return calls.take();
  } finally {
    calls.close();
    socket.destroy();
    for (const each of sockets) each.close();
  }
}
