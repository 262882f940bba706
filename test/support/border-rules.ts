import { compileBorder } from '../../src/dialects/oracle/compile-border.ts';
import type { Element } from '../../src/dialects/oracle/element.ts';
import type { CallAttempt } from '../../src/rulebook/attempt.ts';
import { Rulebook } from '../../src/rulebook/rulebook.ts';
import { attempt } from './rules.ts';

type Values = Readonly<Record<string, string | readonly string[]>>;

/** A configuration element, as it is stored. */
export function element(type: string, values: Values = {}, subElements: readonly Element[] = []): Element {
  const attributes = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? [value] : value]),
  );
  return { type, attributes, subElements };
}

/** A realm with an interface that listens on 192.0.2.1, UDP port 5060 unless said otherwise. */
export function realm(
  name: string,
  realmValues: Values = {},
  portValues: Values = {},
  interfaceValues: Values = {},
): Element[] {
  const port = element('sip-port', { address: '192.0.2.1', ...portValues });
  return [
    element('realm-config', { identifier: name, ...realmValues }),
    element('sip-interface', { 'realm-id': name, ...interfaceValues }, [port]),
  ];
}

/** A policy for all calls, with one next hop for each of `routes`. */
export function policy(values: Values, ...routes: readonly Values[]): Element {
  const any = { 'from-address': '*', 'to-address': '*', 'source-realm': '*' };
  return element(
    'local-policy',
    { ...any, ...values },
    routes.map((route) => element('policy-attribute', route)),
  );
}

/** The rulebook of a running configuration. */
export function borderOf(...elements: readonly (Element | readonly Element[])[]): Rulebook {
  const rulebook = new Rulebook([]);
  rulebook.apply(7, [{ kind: 'border', id: 'oracle', entry: compileBorder(elements.flat()) }]);
  return rulebook;
}

/** A call that came in by the listener of `realm`. */
export function borderCall(changes: Partial<CallAttempt> = {}): CallAttempt {
  return attempt({
    source: SENDER,
    requestUri: { user: '5551234', host: '192.0.2.1' },
    addressedToEdge: true,
    fromUser: '5550199',
    fromHost: 'pbx.example',
    callerIds: ['5550199'],
    digest: { outcome: 'none' },
    ...changes,
  });
}

/** Where such a call comes from. */
export const SENDER: CallAttempt['source'] = {
  address: '198.51.100.7',
  port: 5060,
  transport: 'udp',
  secure: false,
  local: { address: '192.0.2.1', port: 5060 },
};
