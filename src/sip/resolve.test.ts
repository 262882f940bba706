import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../kit/clock.ts';
import type { Found, NameServer, NaptrRecord, SrvRecord } from './resolve-dns.ts';
import { hopOf, Resolver, targetOf, type Destination, type SipTarget } from './resolve.ts';
import { parseUri } from './uri.ts';

interface Zone {
  naptr?: Record<string, NaptrRecord[]>;
  srv?: Record<string, SrvRecord[]>;
  a?: Record<string, string[]>;
  aaaa?: Record<string, string[]>;
  local?: Record<string, string[]>;
}

/** Name servers that say what the test writes down, and remember what they were asked. */
class TestNames implements NameServer {
  readonly asked: string[] = [];
  zone: Zone;
  ttl = 60;
  /** Set: nobody answers. */
  down: Error | undefined;
  /** Set: answers come when it resolves. */
  delay: Promise<unknown> | undefined;

  constructor(zone: Zone) {
    this.zone = zone;
  }

  naptr(name: string): Promise<Found<NaptrRecord>> {
    return this.#answer('NAPTR', name, this.zone.naptr);
  }

  srv(name: string): Promise<Found<SrvRecord>> {
    return this.#answer('SRV', name, this.zone.srv);
  }

  addresses(name: string, family: 4 | 6): Promise<Found<string>> {
    return this.#answer(family === 4 ? 'A' : 'AAAA', name, family === 4 ? this.zone.a : this.zone.aaaa);
  }

  local(name: string): Promise<Found<string>> {
    return this.#answer('local', name, this.zone.local);
  }

  async #answer<Kind>(kind: string, name: string, records: Record<string, Kind[]> = {}): Promise<Found<Kind>> {
    this.asked.push(`${kind} ${name}`);
    await this.delay;
    if (this.down) throw this.down;
    return { records: records[name] ?? [], ttl: this.ttl };
  }
}

function open(zone: Zone, more: { dice?: () => number; families?: (4 | 6)[] } = {}) {
  const names = new TestNames(zone);
  const clock = new ManualClock();
  return { names, clock, resolver: new Resolver({ names, clock, dice: () => 0, ...more }) };
}

function target(text: string): SipTarget {
  const uri = parseUri(text);
  const found = uri && targetOf(uri);
  assert.ok(found, text);
  return found;
}

const short = ({ transport, address, port }: Destination): string => `${transport} ${address} ${port}`;
const locate = async (resolver: Resolver, text: string): Promise<string[]> =>
  (await resolver.locate(target(text))).map(short);
const server = (name: string, priority = 1, weight = 1, port = 5060): SrvRecord => ({ name, priority, weight, port });
const naptr = (service: string, replacement: string, order: number, preference = 1): NaptrRecord => ({
  order,
  preference,
  flags: 's',
  service,
  regexp: '',
  replacement,
});

describe('6.9 the servers of a SIP URI (RFC 3263)', () => {
  test('6.9 an address needs no DNS and makes nobody wait', () => {
    const { resolver, names } = open({});
    const cases: [string, string][] = [
      ['sip:192.0.2.1', 'udp 192.0.2.1 5060'],
      ['sip:192.0.2.1;transport=tcp', 'tcp 192.0.2.1 5060'],
      ['sips:192.0.2.1', 'tls 192.0.2.1 5061'],
      ['sip:[2001:db8::1]:5070', 'udp 2001:db8::1 5070'],
    ];
    for (const [uri, expected] of cases) {
      const found = resolver.locate(target(uri));
      assert.ok(Array.isArray(found), uri);
      assert.deepEqual(found.map(short), [expected]);
    }
    assert.deepEqual(names.asked, []);
  });

  test('6.9 a port skips NAPTR and SRV', async () => {
    const { resolver, names } = open({ a: { h: ['192.0.2.1'] }, srv: { '_sip._udp.h': [server('x')] } });
    assert.deepEqual(await locate(resolver, 'sip:h:5070'), ['udp 192.0.2.1 5070']);
    assert.deepEqual(names.asked.toSorted(), ['A h', 'AAAA h']);
  });

  test('6.9 a transport skips NAPTR but not SRV', async () => {
    const { resolver, names } = open({
      a: { one: ['192.0.2.1'] },
      srv: { '_sip._tcp.h': [server('one', 1, 1, 5080)] },
    });
    assert.deepEqual(await locate(resolver, 'sip:h;transport=tcp'), ['tcp 192.0.2.1 5080']);
    assert.ok(!names.asked.some((question) => question.startsWith('NAPTR')));
  });

  test('6.9 NAPTR says the transports, in its order; what we do not speak is left out', async () => {
    const { resolver } = open({
      naptr: {
        h: [
          naptr('SIP+D2U', 'u.h', 50, 90),
          naptr('SIP+D2S', 's.h', 10),
          naptr('SIPS+D2T', 't.h', 20),
          naptr('SIP+D2T', 'c.h', 50, 50),
          { ...naptr('SIP+D2T', 'x.h', 1), flags: 'u' },
        ],
      },
      srv: { 'u.h': [server('one')], 't.h': [server('one', 1, 1, 5061)], 'c.h': [server('one')] },
      a: { one: ['192.0.2.1'] },
    });
    assert.deepEqual(await locate(resolver, 'sip:h'), [
      'tls 192.0.2.1 5061',
      'tcp 192.0.2.1 5060',
      'udp 192.0.2.1 5060',
    ]);
  });

  test('6.9 a sips: URI goes to TLS only', async () => {
    const { resolver, names } = open({
      srv: { '_sips._tcp.h': [server('one', 1, 1, 5062)] },
      a: { one: ['192.0.2.1'] },
    });
    const [found] = await resolver.locate(target('sips:h'));
    assert.deepEqual(found, { transport: 'tls', address: '192.0.2.1', port: 5062, name: 'h' });
    assert.ok(!names.asked.some((question) => question.includes('_udp')), 'the certificate must be for the URI, h');
  });

  test('6.9 without NAPTR the SRV records of UDP, then TCP; without them the host itself', async () => {
    const both = open({
      srv: { '_sip._udp.h': [server('one')], '_sip._tcp.h': [server('two')] },
      a: { one: ['192.0.2.1'], two: ['192.0.2.2'], h: ['192.0.2.9'] },
    });
    assert.deepEqual(await locate(both.resolver, 'sip:h'), ['udp 192.0.2.1 5060', 'tcp 192.0.2.2 5060']);
    const none = open({ a: { h: ['192.0.2.9'] }, aaaa: { h: ['2001:db8::9'] } });
    assert.deepEqual(await locate(none.resolver, 'sip:h'), ['udp 192.0.2.9 5060', 'udp 2001:db8::9 5060']);
  });

  test('6.9 a service that is said not to be there is not looked for elsewhere (RFC 2782)', async () => {
    const { resolver } = open({ srv: { '_sip._udp.h': [server('.')] }, a: { h: ['192.0.2.9'] } });
    await assert.rejects(locate(resolver, 'sip:h'), /no address/);
  });

  test('6.1 priority first, then by weight, drawn anew for each call (RFC 2782)', async () => {
    let dice = 0;
    const zone = {
      srv: { '_sip._udp.h': [server('c', 2), server('a', 1, 1), server('b', 1, 9)] },
      a: { a: ['192.0.2.1'], b: ['192.0.2.2'], c: ['192.0.2.3'] },
    };
    const { resolver, names } = open(zone, { dice: () => dice });
    const order = async () =>
      (await resolver.locate(target('sip:h;transport=udp'))).map(({ address }) => address.at(-1));
    assert.deepEqual(await order(), ['1', '2', '3']);
    dice = 0.5;
    assert.deepEqual(await order(), ['2', '1', '3']);
    assert.equal(names.asked.filter((question) => question.startsWith('SRV')).length, 1);
  });

  test('6.9 families that nothing listens on are not asked for', async () => {
    const { resolver, names } = open({ a: { h: ['192.0.2.9'] } }, { families: [4] });
    assert.deepEqual(await locate(resolver, 'sip:h:5060'), ['udp 192.0.2.9 5060']);
    assert.deepEqual(names.asked, ['A h']);
  });

  test('6.9 a name that only this machine knows is found; localhost is asked of nobody', async () => {
    const { resolver, names } = open({ local: { localhost: ['127.0.0.1'] } });
    assert.deepEqual(await locate(resolver, 'sip:localhost'), ['udp 127.0.0.1 5060']);
    assert.deepEqual(await locate(resolver, 'sip:sbc.localhost;transport=tls'), ['tls 127.0.0.1 5061']);
    assert.ok(!names.asked.some((question) => question.startsWith('SRV') || question.startsWith('NAPTR')));
  });

  test('6.9 one name has ten destinations at most', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `192.0.2.${index}`);
    const { resolver } = open({ a: { h: many } });
    assert.equal((await locate(resolver, 'sip:h:5060')).length, 10);
  });

  test('6.9 the default hop of a URI is there without DNS', () => {
    const hop = (text: string) => {
      const uri = parseUri(text);
      return uri && hopOf(uri);
    };
    assert.deepEqual(hop('sip:h'), { host: 'h', port: 5060, transport: 'udp' });
    assert.deepEqual(hop('sips:h'), { host: 'h', port: 5061, transport: 'tls' });
    assert.equal(hop('sip:h;transport=sctp'), undefined);
    assert.equal(hop('tel:+12065550100'), undefined);
  });
});

describe('6.9 what is remembered of DNS', () => {
  const address = (resolver: Resolver) => locate(resolver, 'sip:h:5060');

  test('6.9 an answer is kept for its time to live', async () => {
    const { resolver, names, clock } = open({ a: { h: ['192.0.2.1'] } });
    await address(resolver);
    const { length } = names.asked;
    clock.advance(59_000);
    await address(resolver);
    assert.equal(names.asked.length, length);
    clock.advance(2000);
    names.zone = { a: { h: ['192.0.2.2'] } };
    assert.deepEqual(await address(resolver), ['udp 192.0.2.2 5060']);
  });

  test('6.9 that there is none is kept as well', async () => {
    const { resolver, names, clock } = open({});
    await assert.rejects(address(resolver));
    const { length } = names.asked;
    await assert.rejects(address(resolver));
    assert.equal(names.asked.length, length);
    clock.advance(61_000);
    names.zone = { a: { h: ['192.0.2.1'] } };
    assert.deepEqual(await address(resolver), ['udp 192.0.2.1 5060']);
  });

  test('6.9 while the servers are down the last answer stands in, and they are not asked for each call', async () => {
    const { resolver, names, clock } = open({ a: { h: ['192.0.2.1'] } });
    await address(resolver);
    names.down = new Error('SERVFAIL');
    clock.advance(61_000);
    assert.deepEqual(await address(resolver), ['udp 192.0.2.1 5060']);
    const { length } = names.asked;
    await address(resolver);
    assert.equal(names.asked.length, length);
    clock.advance(90_000_000);
    await assert.rejects(address(resolver));
  });

  test('6.9 no answer in time is a failure, which is over soon', async () => {
    const { resolver, names, clock } = open({ a: { h: ['192.0.2.1'] } }, { families: [4] });
    const late = Promise.withResolvers<void>();
    names.delay = late.promise;
    const asking = address(resolver);
    const rejected = assert.rejects(asking);
    // Two questions wait in turn: the address, then what this machine knows.
    for (let asked = 1; asked <= 2; asked += 1) {
      while (names.asked.length < asked) await new Promise(setImmediate);
      clock.advance(3000);
    }
    await rejected;
    late.resolve();
    clock.advance(6000);
    assert.deepEqual(await address(resolver), ['udp 192.0.2.1 5060']);
  });

  test('6.9 many calls at once ask once', async () => {
    const { resolver, names } = open({ a: { h: ['192.0.2.1'] } }, { families: [4] });
    await Promise.all(Array.from({ length: 50 }, () => address(resolver)));
    assert.equal(names.asked.length, 1);
  });

  test('6.9 a flood of names is bounded', async () => {
    const { resolver, names } = open({}, { families: [4] });
    const late = Promise.withResolvers<void>();
    names.delay = late.promise;
    const flood = Array.from({ length: 500 }, (_, index) => locate(resolver, `sip:h${index}:5060`).catch(() => null));
    await new Promise(setImmediate);
    assert.equal(names.asked.length, 200);
    late.resolve();
    await Promise.all(flood);
  });
});
