import type { Sealer } from '../../kit/seal.ts';
import type { ListenerTls } from '../../rulebook/border.ts';
import { authoritiesOf, certificateOf } from './certificates.ts';
import type { Element } from './element.ts';
import { readAll } from './reading.ts';

/** What a sip-port with this tls-profile serves TLS with; null where the profile has no certificate of its own. */
export function compileTls(name: string, elements: readonly Element[], sealer: Sealer | null): ListenerTls | null {
  const profile = readAll(elements, 'tls-profile').find((each) => each.text('name') === name);
  if (!profile || !sealer) return null;
  const records = readAll(elements, 'certificate-record');
  const find = (record: string): Element | undefined => records.find((each) => each.text('name') === record)?.element;
  const own = find(profile.text('end-entity-certificate'));
  const served = own && certificateOf(own, sealer);
  if (!served) return null;
  const authorities = profile.values('trusted-ca-certificates').flatMap((record) => find(record) ?? []);
  const clientCa = authorities.map(authoritiesOf).join('');
  return { ...served, clientCa: profile.on('mutual-authenticate') ? clientCa : null };
}
