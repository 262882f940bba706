import { systemClock } from '../../src/kit/clock.ts';
import type { CallEvent } from '../../src/journal/event.ts';
import type { CallApplication, ControlledCall, DialWish, Party } from '../../src/rulebook/call-control.ts';
import type { Rulebook } from '../../src/rulebook/rulebook.ts';
import type { Termination } from '../../src/rulebook/trunk.ts';
import type { Timers } from '../../src/sip/transaction/timers.ts';
import { openVoice, type Voice } from '../../src/voice/voice.ts';
import { openEdge, type TestEdge } from './edge.ts';
import { CARRIER, registration, rulebookOf, sources, termination, trunk } from './rules.ts';
import { VoicePhone } from './voice-phone.ts';

export const APP = 'sip:app@one.example';
export const USERS = 'users.example';
const rule = { resource: 'Domain one', field: 'VoiceUrl' };
const KEY = Buffer.alloc(32, 9);

/** An edge whose trunk has an application, with the voice endpoint behind it, a caller and a carrier. */
export interface VoiceScene extends AsyncDisposable {
  readonly phone: VoicePhone;
  readonly carrier: VoicePhone;
  readonly gate: TestEdge;
  readonly voice: Voice;
  readonly rulebook: Rulebook;
  readonly errors: unknown[];
  /** The lines that applications wrote about a call. */
  notes(callId: string): string[];
}

export interface VoiceSceneOptions {
  readonly most?: number;
  readonly rules?: Partial<Termination>;
  /** Of the voice endpoint. */
  readonly timers?: Partial<Timers>;
  readonly carrierLaws?: readonly ('pcmu' | 'pcma')[];
}

/** Opens it; `handle` is the application. */
export async function openVoiceScene(
  handle: CallApplication['handle'],
  { most = 200, rules = {}, timers = {}, carrierLaws = ['pcmu'] }: VoiceSceneOptions = {},
): Promise<VoiceScene> {
  const errors: unknown[] = [];
  const phone = await VoicePhone.open();
  const carrier = await VoicePhone.open(carrierLaws);
  let events: CallEvent[] = [];
  const voice = await openVoice({
    clock: systemClock,
    journal: { record: (event) => events.push(event), heartbeat: () => {} },
    key: KEY,
    applications: { test: { handle } },
    most,
    mediaBinding: '127.0.0.1',
    mediaPorts: null,
    mediaAddress: null,
    timers,
    onError: (error) => errors.push(error),
  });
  const open = { sources: sources('127.0.0.0/8'), callsPerSecond: null, callerId: null, ...rules };
  const trunks = [
    trunk({ termination: termination({ application: { id: 'app', rule }, ...open, digest: null }) }),
    trunk({
      id: 'test:users',
      hosts: [USERS],
      termination: termination(open),
      registration: registration(),
    }),
    trunk({ id: 'test:foreign', account: 'test:other', hosts: ['other.example'], registration: registration() }),
  ];
  const route = { ...CARRIER, host: carrier.endpoint.address, port: carrier.endpoint.port };
  const rulebook = rulebookOf(trunks, [], [route], voice.route);
  const gate = await openEdge(rulebook, { clock: systemClock, applicationKey: KEY });
  events = gate.events;
  voice.connect({ transport: 'udp', address: gate.address, port: gate.port });
  return {
    phone,
    carrier,
    gate,
    voice,
    rulebook,
    errors,
    notes: (callId) =>
      events.flatMap((event) => (event.kind === 'application' && event.callId === callId ? [event.text] : [])),
    [Symbol.asyncDispose]: async () => {
      await voice.stop();
      await Promise.all([phone, carrier, gate].map((part) => part[Symbol.asyncDispose]()));
    },
  };
}

/** A wish for parties, with what a test does not care about filled in. */
export function wishFor(parties: readonly Party[], changes: Partial<DialWish> = {}): DialWish {
  return {
    parties,
    sequential: false,
    callerId: null,
    timeout: 20_000,
    longest: null,
    answerOnBridge: false,
    headers: [],
    media: 'relay',
    ...changes,
  };
}

/** A second of a tone. */
export function toneOf(frequency: number, seconds = 1): Int16Array {
  return Int16Array.from({ length: 8000 * seconds }, (_, at) => 8000 * Math.sin((2 * Math.PI * frequency * at) / 8000));
}

/** The first `count` keys of a call. */
export async function keysOf(call: ControlledCall, count: number): Promise<string> {
  const stop = new AbortController();
  let keys = '';
  for await (const key of call.keys(stop.signal)) {
    keys += key;
    if (keys.length >= count) stop.abort();
  }
  return keys;
}
