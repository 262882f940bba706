import type { RelayTerms } from '../../rulebook/realm.ts';
import { readIp } from './compile-access.ts';
import type { Element } from './element.ts';
import { readAll, type Reading } from './reading.ts';

/** Any registrar-domain, and the registrar-host that stands for the host asked for. */
const ANY = '*';

/** How an interface passes registrations on. */
export function compileRelay(sipInterface: Reading, elements: readonly Element[]): RelayTerms {
  const [config] = readAll(elements, 'sip-config');
  const [domain = '', host = ''] = [config?.text('registrar-domain'), config?.text('registrar-host')];
  const given = domain !== '' && host !== '';
  const nat = sipInterface.text('nat-traversal');
  return {
    registrar: given
      ? {
          domain: domain === ANY ? null : domain.toLowerCase(),
          host: host === ANY ? null : (readIp(host) ?? host.toLowerCase()),
          port: config?.integer('registrar-port') || DEFAULT_PORT,
        }
      : null,
    caches: sipInterface.on('registration-caching'),
    nat: nat === 'always' || nat === 'rport' ? nat : 'none',
    natSeconds: { udp: sipInterface.integer('nat-interval'), tcp: sipInterface.integer('tcp-nat-interval') },
    registrarSeconds: sipInterface.integer('registration-interval'),
    rule: given && config ? config.rule('registrar-host') : sipInterface.rule('registration-caching'),
  };
}

const DEFAULT_PORT = 5060;
