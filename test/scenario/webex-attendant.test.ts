import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SipRequest } from '../../src/sip/message/message.ts';
import { CALLED, CODE, openAttendantScene } from '../support/attendant-scene.ts';
import { PASSWORD, USER } from '../support/edge.ts';
import { Linphone } from '../support/linphone.ts';
import { without } from '../support/programs.ts';
import { keyCapture } from '../support/sipp-keys.ts';
import { scenario, Sipp } from '../support/sipp.ts';
import { PhoneMedia, type PhoneCall } from '../support/voice-phone.ts';

/** What a caller says of media before the answer. */
const CALLERS = {
  'that is answered first': [],
  'with early media': [['P-Early-Media', 'supported']],
  'with reliable early media': [['Supported', '100rel']],
} as const;

/** How a caller keys something. */
const WAYS: Record<string, (call: PhoneCall, keys: string) => Promise<void>> = {
  'RFC 4733': (call, keys) => call.media.press(keys),
  'in-band tones': (call, keys) => call.media.whistle(keys),
  'SIP INFO': async (call, keys) => {
    for (const key of keys)
      assert.equal(await call.inform('application/dtmf-relay', `Signal=${key}\r\nDuration=160\r\n`), 200);
  },
};

/** Samples of a recording that are no silence, as far as it is written. */
function loudSamples(file: string): number {
  if (!existsSync(file)) return 0;
  const recorded = Uint8Array.from(readFileSync(file).subarray(44));
  const levels = new Int16Array(recorded.buffer, 0, Math.floor(recorded.length / 2));
  return levels.filter((level) => Math.abs(level) > 1000).length;
}

const STATE = (name: string): RegExp => new RegExp(`CallSession .* moving from state \\w+ to LinphoneCall${name}$`);

/** SIPp plays captures through raw sockets. */
const withoutSipp = without('sipp') || (process.getuid?.() === 0 ? false : 'SIPp plays captures as root only');

/** A SIPp telephone that plays captures of keys, and whose sound is heard at a port of ours. */
class SippPhone implements AsyncDisposable {
  readonly sipp: Sipp;
  readonly ear: PhoneMedia;
  readonly #folder: string;

  private constructor(sipp: Sipp, ear: PhoneMedia, folder: string) {
    this.sipp = sipp;
    this.ear = ear;
    this.#folder = folder;
  }

  static async open(name: string, port: number, captures: Readonly<Record<string, Buffer>>): Promise<SippPhone> {
    const ear = new PhoneMedia();
    await ear.offer();
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-keys-'));
    let text = scenario(name);
    for (const [key, capture] of Object.entries(captures)) {
      const file = join(folder, `${key}.pcap`);
      writeFileSync(file, capture);
      // SIPp takes no variable there.
      text = text.replaceAll(`[${key}]`, file);
    }
    const keys = ['-key', 'trunk', 'one.example', '-key', 'recorder', String(ear.port?.port)];
    const sipp = new Sipp(text, '127.0.0.1', ['-m', '1', '-s', '12065550100', ...keys, `127.0.0.1:${port}`]);
    return new SippPhone(sipp, ear, folder);
  }

  /** Resolves once something was heard that is no silence. */
  async hears(): Promise<void> {
    const from = this.ear.heard.length;
    while (this.ear.loudest(from) < 2000) await this.ear.changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ear.close();
    await this.sipp[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

describe('a caller', { concurrency: 20 }, () => {
  for (const [caller, headers] of Object.entries(CALLERS))
    for (const [way, key] of Object.entries(WAYS).slice(0, caller.includes('reliable') ? 1 : 3))
      test(`${caller} hears a prompt, keys a right code by ${way} and talks, and only Tollgate hears the code`, async () => {
        const { scene, codes } = await openAttendantScene();
        await using _ = scene;
        const call = scene.phone.call(CALLED, scene.gate, { headers });
        if (headers.length === 0) assert.equal((await call.settled).kind, 'answered');
        else assert.equal(await call.ringing, 183);
        await call.media.hearsSpeech();
        await key(call, `${CODE}#`);
        const far = await scene.carrier.getsCall();
        assert.equal((await call.settled).kind, 'answered');
        far.media.say(700);
        call.media.say(900);
        await Promise.all([call.media.hears(700), far.media.hears(900)]);
        assert.deepEqual(codes.tries, [
          { line: 'one', location: 'one', codeSets: ['place'], digits: CODE, called: '+12065550100' },
        ]);
        // The ends were described to each other, and nothing more goes through Tollgate.
        assert.match(call.media.described.at(-1) ?? '', new RegExp(`m=audio ${far.media.port?.port} `));
        assert.match(far.media.described.at(-1) ?? '', new RegExp(`m=audio ${call.media.port?.port} `));
        assert.deepEqual(far.media.events, []);
        assert.equal(far.invite.toBuffer().toString().includes(CODE), false);
        assert.equal(JSON.stringify(scene.gate.events).includes(CODE), false);
        assert.ok(scene.notes(call.callId).some((note) => note.includes('Reception')));
        call.end();
        await far.ended;
        assert.deepEqual(scene.errors, []);
        call.media.close();
      });

  for (const [way, key] of Object.entries(WAYS))
    test(`that keys three wrong codes by ${way} is refused with 403`, async () => {
      const { scene, codes } = await openAttendantScene();
      await using _ = scene;
      const call = scene.phone.call(CALLED, scene.gate, { headers: CALLERS['with early media'] });
      await call.ringing;
      for (const wrong of ['11', '222', '83920175']) {
        const tries = codes.tries.length;
        await call.media.hearsSpeech(10);
        await key(call, `${wrong}#`);
        while (codes.tries.length === tries) await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await call.media.hearsSpeech();
      const outcome = await call.settled;
      assert.equal(outcome.kind === 'refused' && outcome.response.status, 403);
      assert.match((outcome.kind === 'refused' && outcome.response.headers.get('reason')) || '', /^SIP;cause=403/);
      assert.deepEqual(
        codes.tries.map(({ digits }) => digits),
        ['11', '222', '83920175'],
      );
      assert.equal(JSON.stringify(scene.gate.events).includes('83920175'), false);
      assert.equal(scene.carrier.received.length, 0);
      call.media.close();
    });

  test('that was answered and keys three wrong codes hears why and gets a BYE that says so', async () => {
    const { scene } = await openAttendantScene();
    await using _ = scene;
    const call = scene.phone.call(CALLED, scene.gate);
    const { agent } = scene.phone;
    const take = agent.message.bind(agent);
    let bye: SipRequest | undefined;
    agent.message = (message, flow) => {
      if (message instanceof SipRequest && message.method === 'BYE') bye = message;
      take(message, flow);
    };
    await call.settled;
    await call.media.press('1#2#3#');
    await call.media.hearsSpeech(100);
    assert.equal(await call.ended, 'remote');
    assert.match(bye?.headers.get('reason') ?? '', /^SIP;cause=403/);
    call.media.close();
  });

  test('that keys a right code hears it ring, and the status of a callee who is busy', async () => {
    const { scene } = await openAttendantScene();
    await using _ = scene;
    const ring = Promise.withResolvers<void>();
    scene.carrier.onCall = ({ call }) => {
      call.ring();
      void ring.promise.then(() => call.refuse(486));
    };
    const call = scene.phone.call(CALLED, scene.gate, { headers: CALLERS['with early media'] });
    await call.ringing;
    await call.media.press(`${CODE}#`);
    await call.media.hears(425);
    ring.resolve();
    const outcome = await call.settled;
    assert.equal(outcome.kind === 'refused' && outcome.response.status, 486);
    call.media.close();
  });

  test('that cancels meanwhile leaves at once', async () => {
    const { scene } = await openAttendantScene();
    await using _ = scene;
    const call = scene.phone.call(CALLED, scene.gate, { headers: CALLERS['with reliable early media'] });
    await call.ringing;
    call.end();
    const outcome = await call.settled;
    assert.equal(outcome.kind === 'cancelled' && outcome.response?.status, 487);
    call.media.close();
  });

  const sipp = { skip: withoutSipp };
  const linphone = { skip: without('linphonec') };

  test(
    'that is SIPp hears the prompt, plays a right code of RFC 4733 keys and is joined with the callee',
    sipp,
    async () => {
      const { scene, codes } = await openAttendantScene();
      await using _ = scene;
      const captures = { keys: keyCapture(`${CODE}#`), more: keyCapture('57', 10_000) };
      await using phone = await SippPhone.open('uac-code', scene.gate.port, captures);
      await phone.hears();
      const far = await scene.carrier.getsCall();
      far.media.say(700);
      // Keys that come directly tell that the callee knows where the caller is.
      while (far.media.events.length === 0) await far.media.changed();
      assert.equal(far.media.events[0]?.payload[0], 5);
      // The ear hears whoever speaks first from where it sends to.
      phone.ear.port?.sendTo({ address: '127.0.0.1', port: far.media.port?.port ?? 0 });
      await phone.ear.hears(700);
      await far.ended;
      const { output, code } = await phone.sipp.result;
      assert.equal(code, 0, output);
      assert.equal(codes.tries.length, 1);
      assert.deepEqual(scene.errors, []);
    },
  );

  test('that is SIPp is refused with 403 after three wrong codes', sipp, async () => {
    const { scene, codes } = await openAttendantScene();
    await using _ = scene;
    await using phone = await SippPhone.open('uac-wrong-code', scene.gate.port, { keys: keyCapture('1#22#333#') });
    await phone.hears();
    const { output, code } = await phone.sipp.result;
    assert.equal(code, 0, output);
    assert.deepEqual(
      codes.tries.map(({ digits }) => digits),
      ['1', '22', '333'],
    );
    assert.equal(scene.carrier.received.length, 0);
  });
  const open = (port: number): Linphone =>
    new Linphone({
      proxy: `127.0.0.1:${port};transport=udp`,
      domain: 'one.example',
      user: USER,
      password: PASSWORD,
      authority: '/dev/null',
    });

  test('that is linphonec records the prompt, keys a right code and talks with the callee', linphone, async () => {
    const { scene, codes } = await openAttendantScene({ code: '42' });
    await using _ = scene;
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-record-'));
    using cleanup = new DisposableStack();
    cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'heard.wav');
    await using phone = open(scene.gate.port);
    phone.say(`record ${file}`);
    phone.say(`call ${CALLED}`);
    await phone.logs(STATE('StreamsRunning'));
    // The prompt is on the record before a key ends it.
    while (loudSamples(file) < 2000) await new Promise((resolve) => setTimeout(resolve, 50));
    for (const key of '42#') phone.say(key);
    const far = await scene.carrier.getsCall();
    assert.equal(codes.tries[0]?.digits, '42');
    far.media.say(700);
    // It has no microphone here, so that its keys are what is heard of it; the first may come before the ends are joined.
    const press = setInterval(() => phone.say('7'), 1000);
    while (far.media.events.length < 3) await far.media.changed();
    clearInterval(press);
    phone.say('terminate');
    await far.ended;
    await phone.logs(STATE('Released'));
    assert.equal(await phone.quit(), 0);
  });

  test('that is linphonec keys three wrong codes and is hung up', linphone, async () => {
    const { scene, codes } = await openAttendantScene();
    await using _ = scene;
    await using phone = open(scene.gate.port);
    phone.say(`call ${CALLED}`);
    await phone.logs(STATE('StreamsRunning'));
    for (const key of '1#2#3#') phone.say(key);
    await phone.logs(STATE('End'));
    assert.equal(codes.tries.length, 3);
    assert.equal(scene.carrier.received.length, 0);
    assert.equal(await phone.quit(), 0);
  });
});
