import { hostPort } from './ip.ts';
import { Expectation, listOf, readBinding, type Binding } from './read-text.ts';

/** A SIP listener. */
export interface SipBinding extends Binding {
  readonly transport: 'udp' | 'tcp' | 'tls';
}

/** Where calls to the telephone network go: the built-in exchange, or a SIP URI. */
export type Carrier = { readonly exchange: true } | { readonly uri: string };

/** `udp:`, `tcp:` or `tls:ADDRESS:PORT`, separated by commas. Throws Expectation. */
export function readSipBindings(text: string): SipBinding[] {
  const bindings = listOf(text).map((part): SipBinding => {
    const transport = part.split(':', 1)[0] ?? '';
    if (transport !== 'udp' && transport !== 'tcp' && transport !== 'tls')
      throw new Expectation('must list udp:, tcp: or tls:ADDRESS:PORT');
    const { host, port } = readBinding(part.slice(transport.length + 1));
    return { transport, host, port };
  });
  // TLS runs over TCP and takes the same port.
  const sockets = bindings.filter(({ port }) => port !== 0);
  const names = sockets.map(
    ({ transport, host, port }) => `${transport === 'udp' ? 'udp' : 'tcp'} ${hostPort(host, port)}`,
  );
  if (new Set(names).size < names.length) throw new Expectation('must not use the same port twice');
  return bindings;
}

/** `exchange:` or SIP URIs, separated by commas. Throws Expectation. */
export function readCarriers(text: string): Carrier[] {
  return listOf(text).map((part): Carrier => {
    if (part === 'exchange:') return { exchange: true };
    if (!/^sips?:[^\s<>"]+$/i.test(part))
      throw new Expectation('must list exchange: or SIP URIs such as sip:192.0.2.1:5060');
    return { uri: part };
  });
}
