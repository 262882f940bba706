// The telephone that people have, on a SIP domain of Twilio's: it registers, is called by a script, and calls a number by one.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readWav } from '../../src/dialects/twilio/twiml/audio/wav.ts';
import { Linphone } from '../support/linphone.ts';
import { without } from '../support/programs.ts';
import { PASSWORD } from '../support/twilio-gate.ts';
import { HOST, openTwimlScene, OWN_NUMBER } from '../support/twiml-scene.ts';
import { VoicePhone } from '../support/voice-phone.ts';
import { sine, strengthOf, wavOf } from '../support/wav.ts';

const FAR_NUMBER = '+12065550123';
const STREAMS = / to LinphoneCallStreamsRunning$/;
const RELEASED = / to LinphoneCallReleased$/;
/** What the telephone says, and what it hears. */
const [ITS_TONE, OUR_TONE] = [700, 500];

/** Seconds of the recording in which the telephone heard our tone. */
async function secondsHeard(file: string): Promise<number> {
  let seconds = 0;
  for await (const piece of readWav(readFileSync(file)).pieces())
    for (let at = 0; at + 160 <= piece.length; at += 160)
      if (strengthOf(OUR_TONE, piece.subarray(at, at + 160)) > 4000) seconds += 0.02;
  return seconds;
}

for (const transport of ['udp', 'tcp', 'tls'] as const)
  test(
    `linphonec over ${transport}: registered, called by a script, calling by one`,
    { skip: without('linphonec') },
    async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'twilio-linphone-'));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const file = (name: string): string => join(folder, `${name}.wav`);
      writeFileSync(file('says'), wavOf(sine(ITS_TONE, { seconds: 2 })));
      await using carrier = await VoicePhone.open();
      await using scene = await openTwimlScene(['--carriers', `sip:127.0.0.1:${carrier.endpoint.port}`]);
      const { client, server } = scene;
      await using dave = new Linphone({
        proxy: `localhost:${scene.gate.sip[transport]};transport=${transport}`,
        domain: HOST,
        realm: 'sip.twilio.com',
        user: 'dave',
        password: PASSWORD,
        authority: join(scene.gate.data, 'tls/ca.pem'),
        registers: true,
      });
      await dave.logs(/ to \[LinphoneRegistrationOk\]/);

      scene.serve({ '/': `<Response><Dial answerOnBridge="true"><Sip>sip:dave@${HOST}</Sip></Dial></Response>` });
      dave.say(`record ${file('called')}`);
      const call = scene.call();
      assert.equal(await call.ringing, 180);
      // The gate rings at once; the telephone needs a moment.
      await dave.logs(/ to LinphoneCallIncomingReceived$/);
      dave.say('answer');
      assert.equal((await call.settled).kind, 'answered');
      await dave.logs(STREAMS);
      // It has no microphone here, and says nothing but this.
      dave.say(`play ${file('says')}`);
      call.media.say(OUR_TONE);
      await call.media.hears(ITS_TONE, 20);
      dave.say('terminate');
      assert.equal(await call.ended, 'remote');
      await dave.logs(RELEASED);
      assert.ok((await secondsHeard(file('called'))) > 0.1, 'the telephone heard its caller');
      await server.next('/status', ({ parameters }) => parameters.get('SipCallId') === call.callId);

      scene.serve({ '/': `<Response><Dial callerId="${OWN_NUMBER}">${FAR_NUMBER}</Dial></Response>` });
      dave.say(`record ${file('calls')}`);
      dave.say(`call sip:${FAR_NUMBER}@${HOST}`);
      await dave.logs(STREAMS);
      const asked = await server.next('/');
      assert.equal(asked.parameters.get('From'), `sip:dave@${HOST}`);
      const far = await carrier.getsCall();
      assert.match(far.invite.uri, new RegExp(`^sip:\\${FAR_NUMBER}@`));
      dave.say(`play ${file('says')}`);
      far.media.say(OUR_TONE);
      await far.media.hears(ITS_TONE, 20);
      dave.say('terminate');
      await far.ended;
      await dave.logs(RELEASED);
      assert.ok((await secondsHeard(file('calls'))) > 0.1, 'the telephone heard whom it called');
      const { parameters } = await server.next('/status');
      const sid = parameters.get('CallSid') ?? '';
      assert.equal(parameters.get('CallStatus'), 'completed');
      const legs = await client.calls.list({ parentCallSid: sid });
      assert.deepEqual(
        legs.map(({ to, from, status }) => [to, from, status]),
        [[FAR_NUMBER, OWN_NUMBER, 'completed']],
      );
      assert.equal(await dave.quit(), 0);
    },
  );
