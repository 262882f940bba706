import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CallEvent } from '../../journal/event.ts';
import { ManualClock } from '../../kit/clock.ts';
import { Bans, MOST_BANS } from './bans.ts';
import { DropTally } from './drop-tally.ts';
import { Evidence } from './evidence.ts';
import { KNOWN_PACKETS, PacketRate, STRANGER_PACKETS } from './packet-rate.ts';
import { isScanner } from './scanners.ts';

const threshold = { count: 3, within: 1000 };

describe('evidence', () => {
  test('counts exactly within its time', () => {
    const evidence = new Evidence(10);
    assert.deepEqual(
      [0, 500, 1000, 1400, 1450].map((now) => evidence.add('a', now, threshold)),
      [false, false, false, true, true],
    );
    assert.equal(evidence.add('b', 1450, threshold), false);
  });

  test('of more keys than there is room for, the quietest is forgotten', () => {
    const evidence = new Evidence(2);
    for (const key of ['a', 'a', 'b', 'c']) evidence.add(key, 0, threshold);
    assert.equal(evidence.add('a', 0, threshold), false);
  });
});

describe('packets', () => {
  test('a known source is limited too, and a new window begins afresh', () => {
    const packets = new PacketRate();
    const taken = (now: number, known: boolean): number => {
      let count = 0;
      for (let turn = 0; turn < KNOWN_PACKETS + 5; turn += 1) if (packets.take('a', now, () => known)) count += 1;
      return count;
    };
    assert.equal(taken(0, true), KNOWN_PACKETS);
    assert.equal(taken(2000, false), STRANGER_PACKETS);
    assert.equal(taken(1000, false), STRANGER_PACKETS, 'also when the clock was set back');
  });
});

describe('bans', () => {
  test('are bounded: those that end first go, also from the store', () => {
    const stored = new Set<string>();
    const clock = new ManualClock();
    const store = {
      load: () => [],
      save: ({ source }: { source: string }) => void stored.add(source),
      remove: (source: string) => void stored.delete(source),
    };
    const bans = new Bans(store, clock);
    for (let index = 0; index <= MOST_BANS; index += 1) {
      bans.add(`s${index}`, 'sweep', 1);
      if (index === 0) clock.advance(1);
    }
    assert.ok(bans.size <= MOST_BANS);
    assert.equal(stored.size, bans.size);
    assert.equal(bans.of('s0'), undefined);
    assert.ok(bans.of(`s${MOST_BANS}`));
  });

  test('a ban in force is not made longer by what is still under way', () => {
    const bans = new Bans({ load: () => [], save: () => {}, remove: () => {} }, new ManualClock());
    assert.equal(bans.add('a', 'sweep', 1), bans.add('a', 'flood', 2));
  });
});

test('drops of many sources make few events', () => {
  const clock = new ManualClock();
  const events: CallEvent[] = [];
  const tally = new DropTally({ record: (event) => events.push(event), heartbeat: () => {} }, clock);
  for (let index = 0; index < 5000; index += 1) tally.add('banned', 'udp', { address: `s${index}`, port: 1 });
  clock.advance(2000);
  assert.equal(events.length, 1001);
  assert.equal(
    events.reduce((sum, event) => sum + (event.kind === 'drop' ? event.packets : 0), 0),
    5000,
  );
  clock.advance(10_000);
  assert.equal(events.length, 1001);
});

test('10.5 only names that no telephone carries are scanners', () => {
  for (const name of [
    'friendly-scanner',
    'Friendly-Scanner',
    'sipvicious',
    'VaxSIPUserAgent/3.1',
    'pplsip',
    'sipcli/v1.8',
  ])
    assert.equal(isScanner(name), true, name);
  for (const name of [
    undefined,
    '',
    'Asterisk PBX',
    'Linphonec/5.1',
    'SIPp',
    'sipsak 0.9',
    'eyeBeam',
    'Cisco-SIPGateway',
  ])
    assert.equal(isScanner(name), false, String(name));
});
