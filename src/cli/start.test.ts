import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { ManualClock } from '../kit/clock.ts';
import { loadSettings } from '../settings/settings.ts';
import { serve } from './start.ts';

interface Stage {
  readonly signals: EventEmitter;
  readonly clock: ManualClock;
  readonly printed: string[];
  readonly stop: PromiseWithResolvers<void>;
  readonly stops: () => number;
  readonly reboot: PromiseWithResolvers<void>;
  readonly code: Promise<number | 'reboot'>;
}

/** Serves a gate that is open from the start and stops when the test says so. */
async function stage(flags: Record<string, string> = {}, http = '127.0.0.1:8080'): Promise<Stage> {
  const signals = new EventEmitter();
  const clock = new ManualClock();
  const printed: string[] = [];
  const stop = Promise.withResolvers<void>();
  const reboot = Promise.withResolvers<void>();
  let stops = 0;
  const gate = {
    http,
    https: '127.0.0.1:8443',
    sip: ['udp:127.0.0.1:5060'],
    revision: 4,
    rebootAsked: reboot.promise,
    stop: () => {
      stops += 1;
      return stop.promise;
    },
  };
  const settings = await loadSettings({ flags, env: {}, readFile: () => '' });
  const code = serve(gate, settings, { signals, clock, print: (text) => void printed.push(text) });
  return { signals, clock, printed, stop, reboot, stops: () => stops, code };
}

describe('serve', () => {
  test('says where the gate is', async () => {
    const { printed } = await stage();
    assert.match(printed[0] ?? '', /http:\/\/127\.0\.0\.1:8080 .*https:\/\/127\.0\.0\.1:8443/);
    assert.match(printed[0] ?? '', /udp:127\.0\.0\.1:5060/);
    assert.match(printed[0] ?? '', /revision 4/);
  });

  test('says how clients are pointed here, with the flags of another place than usual', async () => {
    const line = async (...given: Parameters<typeof stage>) =>
      / clients +(.*)$/m.exec((await stage(...given)).printed[0] ?? '')?.[1];
    assert.equal(await line(), 'eval "$(npx tollgate env)"');
    assert.equal(await line({ data: './data', http: '127.0.0.1:8080' }), 'eval "$(npx tollgate env)"');
    assert.equal(await line({ data: '/srv/gate' }), 'eval "$(npx tollgate env --data /srv/gate)"');
    assert.equal(await line({ data: "/srv/it's" }), `eval "$(npx tollgate env --data '/srv/it'\\''s')"`);
    // The port that it got, not the one that was asked for.
    assert.equal(
      await line({ http: '127.0.0.1:0' }, '127.0.0.1:49152'),
      'eval "$(npx tollgate env --http 127.0.0.1:49152)"',
    );
    assert.equal(await line({}, '[::1]:8080'), `eval "$(npx tollgate env --http '[::1]:8080')"`);
  });

  for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`stops the gate once at ${signal} and ends with 0`, async () => {
      const { signals, stop, stops, code } = await stage();
      assert.equal(stops(), 0);
      signals.emit(signal, signal);
      // The terminal's Ctrl-C, handed on by a program above.
      signals.emit(signal, signal);
      stop.resolve();
      assert.equal(await code, 0);
      assert.equal(stops(), 1);
      assert.equal(signals.listenerCount(signal), 0);
    });
  }

  test('stops the gate in the same way to start it anew', async () => {
    const { reboot, stop, stops, code } = await stage();
    reboot.resolve();
    stop.resolve();
    assert.equal(await code, 'reboot');
    assert.equal(stops(), 1);
  });

  test('does not wait after a later second signal', async () => {
    const { signals, clock, code } = await stage();
    signals.emit('SIGINT', 'SIGINT');
    clock.advance(1500);
    signals.emit('SIGTERM', 'SIGTERM');
    assert.equal(await code, 143);
  });

  test('passes on that stopping failed', async () => {
    const { signals, stop, code } = await stage();
    signals.emit('SIGTERM', 'SIGTERM');
    stop.reject(new Error('the disk is full'));
    await assert.rejects(code, /the disk is full/);
  });
});
