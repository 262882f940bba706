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
  readonly code: Promise<number>;
}

/** Serves a gate that is open from the start and stops when the test says so. */
async function stage(): Promise<Stage> {
  const signals = new EventEmitter();
  const clock = new ManualClock();
  const printed: string[] = [];
  const stop = Promise.withResolvers<void>();
  let stops = 0;
  const gate = {
    http: '127.0.0.1:8080',
    https: '127.0.0.1:8443',
    sip: ['udp:127.0.0.1:5060'],
    revision: 4,
    stop: () => {
      stops += 1;
      return stop.promise;
    },
  };
  const settings = await loadSettings({ flags: { data: '/data' }, env: {}, readFile: () => '' });
  const code = serve(gate, settings, { signals, clock, print: (text) => void printed.push(text) });
  return { signals, clock, printed, stop, stops: () => stops, code };
}

describe('serve', () => {
  test('says where the gate is', async () => {
    const { printed } = await stage();
    assert.match(printed[0] ?? '', /http:\/\/127\.0\.0\.1:8080 .*https:\/\/127\.0\.0\.1:8443/);
    assert.match(printed[0] ?? '', /udp:127\.0\.0\.1:5060/);
    assert.match(printed[0] ?? '', /revision 4/);
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
