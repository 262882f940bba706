import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../kit/clock.ts';
import type { Destination } from '../sip/resolve.ts';
import { CARRIER } from '../../test/support/rules.ts';
import { Candidates, type Candidate } from './candidates.ts';
import { Health } from './health.ts';
import type { Place } from './places.ts';

const at = (address: string): Destination => ({ transport: 'udp', address, port: 5060, name: address });
const to = (host: string): Place => ({
  trunk: 't',
  user: 'u',
  route: { ...CARRIER, host },
  headers: [],
  binding: null,
});

const NAMES: Readonly<Record<string, string[]>> = {
  'two.example': ['192.0.2.21', '192.0.2.22'],
};

function open(hosts: readonly string[], urgent = false) {
  const clock = new ManualClock();
  const health = new Health(clock);
  const candidates = new Candidates(hosts.map(to), {
    locate: ({ route: { host } }) => {
      const known = NAMES[host];
      if (known) return Promise.resolve(known.map(at));
      return host.endsWith('.example') ? Promise.reject(new Error('no address')) : [at(host)];
    },
    health,
    urgent,
  });
  const out = (address: string): void => {
    for (let time = 0; time < 2; time += 1) health.failed(at(address), clock.now());
  };
  return { candidates, health, out };
}

const place = (candidate: Candidate | undefined): string | null | undefined =>
  candidate && (candidate.destination?.address ?? null);

async function all(candidates: Candidates): Promise<(string | null | undefined)[]> {
  const found: (string | null | undefined)[] = [];
  for (let next = await candidates.next(); next; next = await candidates.next()) found.push(place(next));
  return found;
}

describe('6.8 the places to try for a call', () => {
  test('an address is there at once', () => {
    const { candidates } = open(['192.0.2.1']);
    const next = candidates.next();
    assert.ok(!(next instanceof Promise));
    assert.equal(place(next), '192.0.2.1');
    assert.equal(candidates.more, false);
  });

  test('6.9 the addresses of a name one after the other, then the next target; a name without any is one failure', async () => {
    const { candidates } = open(['two.example', 'none.example', '192.0.2.3']);
    assert.deepEqual(await all(candidates), ['192.0.2.21', '192.0.2.22', null, '192.0.2.3']);
  });

  test('6.3 an answer that is not about the server leaves out its other addresses', async () => {
    const { candidates } = open(['two.example', '192.0.2.3']);
    assert.equal(place(await candidates.next()), '192.0.2.21');
    candidates.skipTarget();
    assert.equal(place(await candidates.next()), '192.0.2.3');
  });

  test('6.7 gateways that are out are passed over', async () => {
    const { candidates, out } = open(['192.0.2.1', 'two.example', '192.0.2.3']);
    out('192.0.2.1');
    out('192.0.2.22');
    assert.deepEqual(await all(candidates), ['192.0.2.21', '192.0.2.3']);
  });

  test('6.8 when all are out each is tried once', async () => {
    const { candidates, out } = open(['192.0.2.1', '192.0.2.2']);
    out('192.0.2.1');
    out('192.0.2.2');
    assert.equal(place(await candidates.next()), '192.0.2.1');
    assert.equal(candidates.more, true);
    assert.equal(place(await candidates.next()), '192.0.2.2');
    assert.equal(candidates.more, false);
    assert.equal(await candidates.next(), undefined);
  });

  test('6.7 a gateway in its Retry-After is left alone, and the end of it is known', async () => {
    const { candidates, health } = open(['192.0.2.1', '192.0.2.2']);
    health.unavailable(at('192.0.2.1'), 60);
    health.unavailable(at('192.0.2.2'), 20);
    assert.deepEqual(await all(candidates), []);
    assert.equal(candidates.waitingUntil, health.retryAt(at('192.0.2.2')));
  });

  test('10.12 but not by an emergency call', async () => {
    const { candidates, health, out } = open(['192.0.2.1', '192.0.2.2'], true);
    health.unavailable(at('192.0.2.1'), 60);
    out('192.0.2.2');
    assert.deepEqual(await all(candidates), ['192.0.2.2', '192.0.2.1']);
  });

  test('the last one that is in knows that no other comes after it', async () => {
    const { candidates, out } = open(['192.0.2.1', '192.0.2.2']);
    out('192.0.2.2');
    await candidates.next();
    assert.equal(candidates.more, false);
  });
});
