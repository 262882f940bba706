import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openAttendantScene, CODE, CALLED } from '../support/attendant-scene.ts';
import { PASSWORD, USER } from '../support/edge.ts';
import { Linphone } from '../support/linphone.ts';
import { without } from '../support/programs.ts';
import { scenario, Sipp } from '../support/sipp.ts';
import { keyCapture } from '../support/sipp-keys.ts';
import { PhoneMedia } from '../support/voice-phone.ts';

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

describe('with the attendant,', { concurrency: 4 }, () => {
  const sipp = { skip: withoutSipp };
  const linphone = { skip: without('linphonec') };

  test('SIPp hears the prompt, plays a right code of RFC 4733 keys and is joined with the callee', sipp, async () => {
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
  });

  test('SIPp is refused with 403 after three wrong codes', sipp, async () => {
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

  test('linphonec records the prompt, keys a right code and talks with the callee', linphone, async () => {
    const { scene, codes } = await openAttendantScene();
    await using _ = scene;
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-record-'));
    using cleanup = new DisposableStack();
    cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'heard.wav');
    await using phone = open(scene.gate.port);
    phone.say(`record ${file}`);
    phone.say(`call ${CALLED}`);
    await phone.logs(STATE('StreamsRunning'));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const key of `${CODE}#`) phone.say(key);
    const far = await scene.carrier.getsCall();
    assert.equal(codes.tries[0]?.digits, CODE);
    far.media.say(700);
    // It has no microphone here, so that its keys are what is heard of it; the first may come before the ends are joined.
    const press = setInterval(() => phone.say('7'), 1000);
    while (far.media.events.length < 3) await far.media.changed();
    clearInterval(press);
    phone.say('terminate');
    await far.ended;
    await phone.logs(STATE('Released'));
    assert.equal(await phone.quit(), 0);
    const recorded = readFileSync(file).subarray(44);
    const levels = new Int16Array(recorded.buffer, recorded.byteOffset, Math.floor(recorded.length / 2));
    const loud = levels.filter((level) => Math.abs(level) > 1000).length;
    assert.ok(loud > 2000, `${loud} of ${levels.length} samples are no silence`);
  });

  test('linphonec keys three wrong codes and is hung up', linphone, async () => {
    const { scene, codes } = await openAttendantScene();
    await using _ = scene;
    await using phone = open(scene.gate.port);
    phone.say(`call ${CALLED}`);
    await phone.logs(STATE('StreamsRunning'));
    for (const key of '1#22#333#') phone.say(key);
    await phone.logs(STATE('End'));
    assert.equal(codes.tries.length, 3);
    assert.equal(scene.carrier.received.length, 0);
    assert.equal(await phone.quit(), 0);
  });
});
