import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CONNECTOR_USER, openTermination } from '../support/connector.ts';
import { TestGate } from '../support/gate.ts';
import { Linphone } from '../support/linphone.ts';
import { without } from '../support/programs.ts';

const STATE = (name: string): RegExp => new RegExp(`CallSession .* moving from state \\w+ to LinphoneCall${name}$`);

/** What a phone of the kind that people have does with the challenges of the gate. */
const GATES = [
  { title: 'the strongest of the default algorithms', flags: [], algorithm: 'SHA-256' },
  { title: 'MD5 where nothing else is offered', flags: ['--digest-algorithms', 'MD5'], algorithm: 'MD5' },
] as const;

for (const { title, flags, algorithm } of GATES) {
  describe(`linphonec uses ${title}`, { skip: without('linphonec') }, () => {
    for (const transport of ['udp', 'tcp', 'tls'] as const) {
      test(`over ${transport}: its call is answered, talks and is ended`, async () => {
        await using gate = await TestGate.start({ flags });
        const { host: domain } = await openTermination(gate.voiceClient());
        await using phone = new Linphone({
          // By name: its TLS library does not compare addresses with those in a certificate.
          proxy: `localhost:${gate.sip[transport]};transport=${transport}`,
          domain,
          user: CONNECTOR_USER.Username,
          password: CONNECTOR_USER.Password,
          authority: join(gate.data, 'tls/ca.pem'),
        });

        phone.say(`call sip:+12065550100@${domain}`);
        const answer = await phone.logs(/^Proxy-Authorization:/);
        assert.match(answer, new RegExp(`algorithm=${algorithm},`));
        await phone.logs(STATE('StreamsRunning'));
        phone.say('terminate');
        await phone.logs(/^BYE /);
        await phone.logs(/^SIP\/2\.0 200 /);
        await phone.logs(STATE('Released'));
        assert.equal(await phone.quit(), 0);

        const { calls } = (await gate.api('GET', '/calls')) as { calls: readonly object[] };
        assert.partialDeepStrictEqual(calls, [
          { state: 'ended', status: 200, endedBy: 'caller', source: { transport }, reason: 'admitted' },
        ]);
      });
    }
  });
}
