import { isIP } from 'node:net';
import { hostPort } from '../kit/ip.ts';
import { Expectation, listOf, readBinding, type Binding } from '../kit/read-text.ts';

/** A SIP listener. */
export interface SipBinding extends Binding {
  readonly transport: 'udp' | 'tcp' | 'tls';
}

/** Where calls to the telephone network go: the built-in exchange, or a SIP URI. */
export type Carrier = { readonly exchange: true } | { readonly uri: string };

/** SIP listeners; each on UDP needs one on TCP beside it. Such as `udp:127.0.0.1:5060,tcp:127.0.0.1:5060`. */
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
  const alone = bindings.find((binding) => binding.transport === 'udp' && !hasTcp(binding, bindings));
  if (alone) {
    const place = hostPort(alone.host, alone.port);
    throw new Expectation(`must list tcp:${place} beside udp:${place}: a peer may send large messages by TCP only`);
  }
  return bindings;
}

/** RFC 3261 §18.2.1: who listens on UDP listens on TCP at the same address and port. Every address holds each. */
function hasTcp({ host, port }: SipBinding, bindings: readonly SipBinding[]): boolean {
  const everywhere = isIP(host) === 6 ? '::' : '0.0.0.0';
  return bindings.some((other) => {
    const holds = other.host === host || other.host === everywhere;
    return other.transport === 'tcp' && other.port === port && holds;
  });
}

/** Carriers, in their order: `exchange:` or SIP URIs. */
export function readCarriers(text: string): Carrier[] {
  return listOf(text).map((part): Carrier => {
    if (part === 'exchange:') return { exchange: true };
    if (!/^sips?:[^\s<>"]+$/i.test(part))
      throw new Expectation('must list exchange: or SIP URIs such as sip:192.0.2.1:5060');
    return { uri: part };
  });
}
