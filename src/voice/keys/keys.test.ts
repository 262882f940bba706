import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CallGone } from '../../rulebook/call-control.ts';
import { SipRequest } from '../../sip/message/message.ts';
import type { RtpPacket } from '../media/rtp-packet.ts';
import { keyOfInfo } from './info-key.ts';
import { KeyFeed } from './key-feed.ts';
import { KeyPresses } from './key-presses.ts';
import { TelephoneEvents } from './telephone-events.ts';

describe('telephone-events', () => {
  /** A packet of an event; `end` sets its end bit. */
  const packet = (code: number, timestamp: number, duration = 160, end = false): RtpPacket => ({
    marker: duration === 160,
    payloadType: 101,
    sequence: 0,
    timestamp,
    ssrc: 7,
    payload: Buffer.from([code, end ? 0x8a : 0x0a, duration >> 8, duration & 0xff]),
  });

  test('make one press of all packets of an event', () => {
    const events = new TelephoneEvents();
    const taken = [160, 320, 480].map((duration) => events.take(packet(5, 1000, duration)));
    const ends = [1, 2, 3].map(() => events.take(packet(5, 1000, 640, true)));
    assert.deepEqual([...taken, ...ends], ['5', undefined, undefined, undefined, undefined, undefined]);
  });

  test('make a press of what is left of one: its first packets lost, or its last', () => {
    const events = new TelephoneEvents();
    assert.equal(events.take(packet(10, 1000, 640, true)), '*');
    assert.equal(events.take(packet(11, 3000)), '#');
    assert.equal(events.take(packet(11, 5000)), '#', 'the same key again; the end of the first never came');
  });

  test('do not count a packet that comes late, also where timestamps begin anew', () => {
    const events = new TelephoneEvents();
    assert.equal(events.take(packet(1, 0xffff_ff00)), '1');
    assert.equal(events.take(packet(2, 0x0000_0100)), '2');
    assert.equal(events.take(packet(1, 0xffff_ff00, 640, true)), undefined);
  });

  test('count a key that is held beyond the longest event once', () => {
    const events = new TelephoneEvents();
    assert.equal(events.take(packet(3, 1000)), '3');
    assert.equal(events.take(packet(3, 1000, 0xffff)), undefined);
    assert.equal(events.take(packet(3, 1000 + 0xffff, 320)), undefined);
    assert.equal(events.take(packet(3, 200_000)), '3');
  });

  test('are no key when broken off or of another event, such as flash', () => {
    const events = new TelephoneEvents();
    assert.equal(events.take(packet(16, 1000)), undefined);
    assert.equal(events.take({ ...packet(1, 2000), payload: Buffer.from([1, 0]) }), undefined);
  });
});

describe('an INFO', () => {
  const info = (type: string, text: string): SipRequest => {
    const request = new SipRequest('INFO', 'sip:x@y.example');
    request.headers.set('Content-Type', type);
    request.body = Buffer.from(text);
    return request;
  };

  test('tells a key in the ways that telephones write it', () => {
    assert.equal(keyOfInfo(info('application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n')), '5');
    assert.equal(keyOfInfo(info('Application/DTMF-Relay; charset=x', 'Signal= *\nDuration=100')), '*');
    assert.equal(keyOfInfo(info('application/dtmf-relay', 'Signal=11\r\n')), '#');
    assert.equal(keyOfInfo(info('application/dtmf', '9')), '9');
    assert.equal(keyOfInfo(info('application/dtmf', ' d\r\n')), 'D');
  });

  test('tells none otherwise', () => {
    assert.equal(keyOfInfo(info('application/dtmf', '99')), undefined);
    assert.equal(keyOfInfo(info('application/dtmf-relay', 'Duration=100')), undefined);
    assert.equal(keyOfInfo(info('text/plain', '5')), undefined);
    assert.equal(keyOfInfo(new SipRequest('INFO', 'sip:x@y.example')), undefined);
  });
});

test('a key that comes by two ways is one press; the same way twice is two', () => {
  const presses = new KeyPresses();
  assert.equal(presses.isNew('5', 'event', 0), true);
  assert.equal(presses.isNew('5', 'tone', 45), false);
  assert.equal(presses.isNew('5', 'info', 60), false);
  assert.equal(presses.isNew('5', 'event', 200), true);
  assert.equal(presses.isNew('5', 'tone', 245), false);
  assert.equal(presses.isNew('6', 'tone', 260), true);
  assert.equal(presses.isNew('6', 'event', 280), false);
  assert.equal(presses.isNew('6', 'event', 900), true);
  presses.lasts(3000);
  assert.equal(presses.isNew('6', 'tone', 3010), false, 'the key was held');
});

describe('a key feed', () => {
  test('gives each listener the keys from then on, until it has enough', async () => {
    const feed = new KeyFeed(new AbortController().signal);
    const stop = new AbortController();
    feed.press('1');
    const keys = feed.keys(stop.signal);
    assert.equal(feed.heard, true);
    for (const key of ['2', '3', '#'] as const) feed.press(key);
    let got = '';
    for await (const key of keys) {
      got += key;
      if (key === '#') stop.abort();
    }
    assert.equal(got, '23#');
    assert.equal(feed.heard, false);
  });

  test('holds no more than 64 for a reader that is slow', async () => {
    const feed = new KeyFeed(new AbortController().signal);
    const stop = new AbortController();
    const keys = feed.keys(stop.signal)[Symbol.asyncIterator]();
    for (let count = 0; count < 1000; count += 1) feed.press('1');
    for (let count = 0; count < 64; count += 1) assert.equal((await keys.next()).value, '1');
    stop.abort();
    assert.equal((await keys.next()).done, true);
  });

  test('rejects with CallGone when the call ends', async () => {
    const gone = new AbortController();
    const next = new KeyFeed(gone.signal).keys(new AbortController().signal)[Symbol.asyncIterator]().next();
    gone.abort();
    await assert.rejects(next, CallGone);
  });
});
