import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PASSWORD, USER } from '../../test/support/edge.ts';
import { Linphone } from '../../test/support/linphone.ts';
import { without } from '../../test/support/programs.ts';
import { keysOf, openVoiceScene, toneOf, wishFor } from '../../test/support/voice-scene.ts';

const STATE = (name: string): RegExp => new RegExp(`CallSession .* moving from state \\w+ to LinphoneCall${name}$`);

/** The telephone that people have is heard, presses keys, and is joined with a number, also by re-INVITEs. */
for (const media of ['relay', 'direct'] as const)
  test(`linphonec talks with an application, ${media}`, { skip: without('linphonec') }, async () => {
    let keys = '';
    await using scene = await openVoiceScene(async (call) => {
      await call.answer();
      const pressed = keysOf(call, 2);
      await call.play(toneOf(500, 0.2));
      keys = await pressed;
      await call.dial(wishFor([{ kind: 'number', number: '+12065550100' }], { media }));
    });
    await using phone = new Linphone({
      proxy: `127.0.0.1:${scene.gate.port};transport=udp`,
      domain: 'one.example',
      user: USER,
      password: PASSWORD,
      authority: '/dev/null',
    });
    phone.say('call sip:app@one.example');
    await phone.logs(STATE('StreamsRunning'));
    phone.say('4');
    phone.say('2');
    const far = await scene.carrier.getsCall();
    assert.equal(keys, '42');
    // It has no microphone here, so that its keys are what is heard of it; the first may come before the ends are joined.
    const press = setInterval(() => phone.say('7'), 1000);
    while (far.media.events.length < 3) await far.media.changed();
    clearInterval(press);
    const place = /m=audio (\d+)/.exec(far.media.described.at(-1) ?? '')?.[1];
    if (media === 'direct') assert.ok(phone.log.some((line) => line.includes(`m=audio ${place} RTP/AVP`)));
    phone.say('terminate');
    await far.ended;
    await phone.logs(STATE('Released'));
    assert.equal(await phone.quit(), 0);
  });
