import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { REASONS, type ReasonCode } from '../../src/rulebook/decide/reasons.ts';
import type { SipRequest } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest } from '../support/edge.ts';
import { sources, termination } from '../support/rules.ts';
import { establish, fromCallee, INBOUND, NUMBER, openScene, type Established } from '../support/scene.ts';

const OWN = '+12065550199';
const LIES = {
  'P-Asserted-Identity': '<sip:+14155550000@lie>, <tel:+14155550000>',
  'P-Preferred-Identity': '<sip:+14155550000@lie>',
  'Remote-Party-ID': '<sip:+14155550000@lie>;party=calling;screen=yes',
  'P-Charge-Info': '<sip:+14155550000@lie>',
};

function assertOnlyOwn({ headers }: SipRequest): void {
  assert.equal(headers.count('p-asserted-identity'), 1);
  assert.match(headers.get('p-asserted-identity') ?? '', /^<sip:\+12065550199@127\.0\.0\.1:\d+>$/);
  for (const id of ['p-preferred-identity', 'remote-party-id', 'p-charge-info'])
    assert.equal(headers.has(id), false, id);
}

describe('9 identities (RFC 3323, RFC 3325)', () => {
  test('9 RFC 3325: what a customer asserts is replaced by the number that it was checked for', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const stated = `<sip:${OWN}@phone>`;
    const headers = { ...LIES, 'P-Asserted-Identity': stated, 'P-Preferred-Identity': stated };
    phone.send(makeRequest('INVITE', NUMBER, phone, headers), gate);
    assertOnlyOwn(await carrier.method('INVITE'));
  });

  test('9 RFC 3325: no foreign number hides in From or in a list behind one of the customer’s own', async () => {
    await using scene = await openScene();
    const { phone, gate } = scene;
    const stated: Record<string, string>[] = [
      { From: '<sip:+14155550000@one.example>;tag=caller', 'P-Asserted-Identity': `<sip:${OWN}@phone>` },
      { From: '<sip:+14155550000@one.example>;tag=caller', 'P-Preferred-Identity': `<sip:${OWN}@phone>` },
      { 'P-Asserted-Identity': `<sip:${OWN}@phone>, <tel:+14155550000>` },
    ];
    for (const headers of stated) {
      phone.send(makeRequest('INVITE', NUMBER, phone, headers), gate);
      assert.match((await phone.status(403)).headers.get('reason') ?? '', /caller-id-not-owned/);
    }
  });

  test('9 RFC 3325: P-Preferred-Identity is a hint behind an anonymous From, and Privacy goes with it to the carrier', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const From = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=caller';
    const headers = { From, 'P-Preferred-Identity': `<sip:${OWN}@phone>`, Privacy: 'id' };
    phone.send(makeRequest('INVITE', NUMBER, phone, headers), gate);
    const seen = await carrier.method('INVITE');
    assertOnlyOwn(seen);
    assert.equal(seen.headers.get('privacy'), 'id');
    assert.equal(seen.headers.get('from'), From);
  });

  for (const from of ['phone', 'carrier'] as const)
    for (const method of ['INVITE', 'UPDATE'])
      test(`9 RFC 3325: also in a ${method} of a customer within a call of the ${from}`, async () => {
        await using scene = await openScene();
        const { phone, carrier, gate } = scene;
        const call = await establish(scene, from);
        const request = from === 'phone' ? inDialog(method, call.invite, call.answer, 2) : fromCallee(method, call);
        for (const [name, value] of Object.entries(LIES)) request.headers.append(name, value);
        phone.send(request, gate);
        assertOnlyOwn(await carrier.method(method));
      });

  test('9 RFC 3325: a customer that asserts nothing within a call is not made to', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const { invite, answer } = await establish(scene);
    phone.send(inDialog('UPDATE', invite, answer, 2), gate);
    assert.equal((await carrier.method('UPDATE')).headers.has('p-asserted-identity'), false);
  });

  test('9 RFC 3325: what a carrier asserts reaches the customer, unless it asks for privacy', async () => {
    for (const [privacy, shown] of [
      ['', true],
      ['none', true],
      ['id', false],
      ['user;id;critical', false],
    ] as const) {
      await using scene = await openScene();
      const { phone, carrier, gate } = scene;
      const headers = {
        'P-Asserted-Identity': '<sip:+14155550000@carrier>',
        ...(privacy !== '' && { Privacy: privacy }),
      };
      const call = await establish(scene, 'carrier', headers);
      assert.equal(call.seen.headers.has('p-asserted-identity'), shown, privacy);
      const update = inDialog('UPDATE', call.invite, call.answer, 2);
      for (const [name, value] of Object.entries(headers)) update.headers.append(name, value);
      carrier.send(update, gate);
      assert.equal((await phone.method('UPDATE')).headers.has('p-asserted-identity'), shown);
    }
  });

  test('9 RFC 3325: the same holds for answers', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const identity = '<sip:+14155550000@x>';
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    const outbound = await carrier.method('INVITE');
    carrier.respond(outbound, 180, ({ headers }) => headers.append('P-Asserted-Identity', identity));
    assert.equal((await phone.status(180)).headers.get('p-asserted-identity'), identity);
    carrier.respond(outbound, 183, ({ headers }) => {
      headers.append('P-Asserted-Identity', identity);
      headers.append('Privacy', 'id');
    });
    assert.equal((await phone.status(183)).headers.has('p-asserted-identity'), false);

    carrier.send(makeRequest('INVITE', INBOUND, carrier), gate);
    const inbound = await phone.method('INVITE');
    phone.respond(inbound, 200, ({ headers }) => headers.append('P-Asserted-Identity', identity));
    assert.equal((await carrier.status(200)).headers.has('p-asserted-identity'), false);
  });

  test('9 RFC 8224: Identity, Date, From and To pass as they are', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const signed = {
      Identity: 'eyJhbGciOiJFUzI1NiJ9.eyJvcmlnIjp7fX0.c2ln;info=<https://cert.example/a>;alg=ES256;ppt=shaken',
      Date: 'Sat, 21 Nov 2026 12:00:00 GMT',
      From: `"Öl, \\"Ltd\\"" <sip:${OWN};x=1@one.example>;tag=caller;p=1`,
      To: '<tel:+1-206-555-0100>',
    };
    const raw = (text: string): string => Buffer.from(text).toString('latin1');
    const headers = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name, raw(value)]));
    phone.send(makeRequest('INVITE', NUMBER, phone, { ...headers, 'P-Preferred-Identity': `<sip:${OWN}@x>` }), gate);
    const seen = await carrier.method('INVITE');
    for (const [name, value] of Object.entries(headers)) assert.equal(seen.headers.get(name.toLowerCase()), value);
  });

  for (const [name, own, foreign] of [
    ['Diversion', `<sip:${OWN}@pbx>;reason=unconditional`, '<sip:+14155550000@pbx>;reason=unconditional'],
    [
      'History-Info',
      `<sip:${OWN}@pbx>;index=1, <sip:+12065550100@one.example;cause=302>;index=1.1`,
      `<sip:+14155550000@pbx>;index=1, <sip:+12065550100@one.example;cause=302>;index=1.1`,
    ],
  ] as const)
    test(`9 RFC 5806, 7044: ${name} of a customer passes only with its own numbers`, async () => {
      await using scene = await openScene();
      const { phone, carrier, gate } = scene;
      const id = name.toLowerCase();
      for (const [value, passed] of [
        [own, own],
        [foreign, undefined],
        [`${own}, ${foreign}`, undefined],
        ['nonsense', undefined],
      ] as const) {
        phone.send(makeRequest('INVITE', NUMBER, phone, { [name]: value }), gate);
        assert.equal((await carrier.method('INVITE')).headers.get(id), passed, value);
      }
      carrier.send(makeRequest('INVITE', INBOUND, carrier, { [name]: foreign }), gate);
      assert.equal((await phone.method('INVITE')).headers.get(id), foreign, 'a carrier is believed');
    });
});

describe('9 reasons (RFC 3326, RFC 3398)', () => {
  /** SIP statuses to Q.850 causes, RFC 3398 §8.2.6.1. */
  const MAPPED: Readonly<Record<number, number>> = {
    400: 41, 401: 21, 403: 21, 404: 1, 405: 63, 407: 21, 408: 102, 413: 127, 414: 127, 416: 127, 420: 127, 423: 127,
    480: 18, 481: 41, 482: 25, 483: 25, 484: 28, 486: 17, 500: 41, 501: 79, 502: 38, 503: 41, 504: 102, 505: 127,
    513: 127, 603: 21,
  }; // prettier-ignore
  /**
   * Causes that say it nearer than the table: no route to the destination, subscriber absent, congestion, no circuit, and
   * bearer not implemented, which §7.2.4.1 maps to 488 while the table has nothing for that.
   */
  const NEARER = new Set([3, 20, 34, 42, 65]);

  test('9 RFC 3398: every refusal of ours has its Q.850 cause', () => {
    for (const code of Object.keys(REASONS) as ReasonCode[]) {
      const { status, ...reason } = REASONS[code];
      // An admitted call ends elsewhere, a redirected one not at all.
      if (status < 400) continue;
      assert.ok('cause' in reason, `${code} has no cause`);
      assert.ok(
        reason.cause === MAPPED[status] || NEARER.has(reason.cause),
        `${code}: ${status} is no ${reason.cause}`,
      );
    }
  });

  test('9 RFC 3326: Reason and the id of the decision go to a source that is trusted, and to no other', async () => {
    const abroad = 'sip:+442079460000@one.example';
    {
      await using scene = await openScene();
      const { phone, carrier, gate } = scene;
      phone.send(makeRequest('INVITE', abroad, phone), gate);
      const { headers } = await phone.status(403);
      const reasons = headers.lines('reason');
      assert.match(reasons[0] ?? '', /^SIP;cause=403;text="country-not-allowed: /);
      assert.equal(reasons[1], 'Q.850;cause=21');
      assert.match(headers.get('x-tollgate-decision') ?? '', /^[0-9a-f]+$/);
      carrier.send(makeRequest('INVITE', INBOUND, carrier, { 'Max-Forwards': '0' }), gate);
      assert.deepEqual((await carrier.status(483)).headers.lines('reason')[1], 'Q.850;cause=25');
    }
    const { digest } = termination();
    await using scene = await openScene({ rules: { sources: sources('198.51.100.0/24'), digest } });
    const { phone, gate } = scene;
    for (const [uri, status, headers] of [
      [abroad, 403, {}],
      ['sip:+12065550100@elsewhere.example', 403, {}],
      [NUMBER, 483, { 'Max-Forwards': '0' }],
    ] as const) {
      phone.send(makeRequest('INVITE', uri, phone, headers), gate);
      const answer = await phone.status(status);
      assert.equal(answer.headers.has('reason') || answer.headers.has('x-tollgate-decision'), false);
    }
  });

  test('9 RFC 3326: a Reason from either side passes', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const reason = 'Q.850;cause=17;text="User busy"';
    const { invite, answer } = await establish(scene);
    const bye = inDialog('BYE', invite, answer, 2);
    bye.headers.append('Reason', reason);
    phone.send(bye, gate);
    const seen = await carrier.method('BYE');
    assert.equal(seen.headers.get('reason'), reason);
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    carrier.respond(await carrier.method('INVITE'), 486, ({ headers }) => headers.append('Reason', reason));
    assert.equal((await phone.status(486)).headers.get('reason'), reason);
  });
});

describe('9 within a call', () => {
  /** Methods with the headers that make them what they are. */
  const PASSED: readonly [rfc: string, method: string, headers: Readonly<Record<string, string>>][] = [
    ['RFC 3262', 'PRACK', { RAck: '776656 1 INVITE', Require: '100rel' }],
    ['RFC 3311', 'UPDATE', { 'Session-Expires': '1800;refresher=uac', 'Min-SE': '90', Supported: 'timer' }],
    ['RFC 6086', 'INFO', { 'Info-Package': 'dtmf', 'Content-Disposition': 'Info-Package' }],
    ['RFC 6665', 'NOTIFY', { Event: 'refer;id=1', 'Subscription-State': 'active;expires=60' }],
    ['RFC 3428', 'MESSAGE', {}],
    ['RFC 4028', 'INVITE', { 'Session-Expires': '1800;refresher=uac', 'Min-SE': '90', Require: 'timer' }],
    ['RFC 3840', 'INVITE', { Contact: '<sip:caller@192.0.2.8>;audio;+sip.instance="<urn:uuid:1>"' }],
  ];
  for (const [rfc, method, headers] of PASSED)
    test(`9 ${rfc}: ${method} passes both ways, headers and body as they are`, async () => {
      await using scene = await openScene();
      const { gate } = scene;
      const call = await establish(scene);
      const { caller, callee, invite, answer } = call;
      for (const [sender, receiver, request] of [
        [caller, callee, inDialog(method, invite, answer, 2)],
        [callee, caller, fromCallee(method, call, 2)],
      ] as const) {
        for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
        request.headers.append('Content-Type', 'multipart/mixed;boundary=x');
        request.body = Buffer.from([1, 0, 255, 13, 10]);
        sender.send(request, gate);
        const seen = await receiver.method(method);
        for (const [name, value] of Object.entries(headers)) assert.equal(seen.headers.get(name.toLowerCase()), value);
        assert.deepEqual(seen.body, request.body);
        receiver.respond(seen, 200, ({ headers: answered }) => answered.append('Session-Expires', '900;refresher=uas'));
        const ok = await sender.next((message) => 'status' in message && message.status === 200);
        assert.equal(ok.headers.get('session-expires'), '900;refresher=uas');
      }
    });

  test('9 RFC 3262: a reliable 18x keeps Require and RSeq, its PRACK comes before any 2xx', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const invite = makeRequest('INVITE', NUMBER, phone, { Supported: '100rel' });
    phone.send(invite, gate);
    const seen = await carrier.method('INVITE');
    assert.equal(seen.headers.get('supported'), '100rel');
    carrier.respond(seen, 183, ({ headers }) => {
      headers.append('Require', '100rel');
      headers.append('RSeq', '776656');
    });
    const early = await phone.status(183);
    assert.equal(early.headers.get('require'), '100rel');
    assert.equal(early.headers.get('rseq'), '776656');
    phone.send(inDialog('PRACK', invite, early, 2), gate);
    carrier.respond(await carrier.method('PRACK'), 200);
    await phone.status(200);
  });

  test('9 RFC 4028: 422 goes up with its Min-SE and is final', async () => {
    await using scene = await openScene();
    const { phone, carrier, carriers, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone, { 'Session-Expires': '60', Supported: 'timer' }), gate);
    const seen = await carrier.method('INVITE');
    assert.equal(seen.headers.get('session-expires'), '60');
    carrier.respond(seen, 422, ({ headers }) => headers.append('Min-SE', '1800'));
    assert.equal((await phone.status(422)).headers.get('min-se'), '1800');
    assert.equal(carriers[1].received.length, 0);
  });

  test('9 RFC 3891: Replaces passes in an INVITE that may be made', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const replaces = '425928@pbx;to-tag=7743;from-tag=6472;early-only';
    phone.send(makeRequest('INVITE', NUMBER, phone, { Replaces: replaces, Require: 'replaces' }), gate);
    assert.equal((await carrier.method('INVITE')).headers.get('replaces'), replaces);
  });
});

describe('9 transfers (RFC 3515)', () => {
  const refer = (call: Established, ...targets: string[]): SipRequest => {
    const request = inDialog('REFER', call.invite, call.answer, 2);
    for (const target of targets) request.headers.append('Refer-To', target);
    return request;
  };

  test('9 RFC 3515: a customer may transfer to whom it may call', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const call = await establish(scene);
    for (const target of ['<sip:+12065550111@carrier>', 'tel:+1-206-555-0111', '<sip:12065550111@x;user=phone>']) {
      phone.send(refer(call, target), gate);
      const seen = await carrier.method('REFER');
      assert.equal(seen.headers.get('refer-to'), target);
      carrier.respond(seen, 202);
      await phone.status(202);
    }
    assert.equal(gate.events.filter((event) => event.kind === 'transfer').length, 3);
  });

  test('9 RFC 3515: nor by another spelling of REFER, which a lenient carrier takes for the same', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const call = await establish(scene);
    for (const method of ['refer', 'Refer', 'invite']) {
      const request = inDialog(method, call.invite, call.answer, 2);
      request.headers.append('Refer-To', '<sip:+442079460000@carrier>');
      phone.send(request, gate);
      await phone.status(501);
    }
    // A method that only nobody knows is still carried.
    phone.send(inDialog('DANCE', call.invite, call.answer, 3), gate);
    await carrier.method('DANCE');
    assert.deepEqual(carrier.received, []);
  });

  test('9 RFC 3515: and to nobody else; the decision is journalled', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const call = await establish(scene);
    for (const [target, status] of [
      ['<sip:+442079460000@carrier>', 403],
      ['<sip:%2B442079460000@carrier>', 403],
      ['<tel:+44-20-7946-0000>', 403],
      ['<sip:+442079460000@carrier?Replaces=1%40x%3Bto-tag%3D1%3Bfrom-tag%3D2>', 403],
      ['<sip:+88299912345@carrier>', 403],
      ['<sip:00442079460000@carrier>', 484],
      ['<sip:bob@elsewhere.example>', 484],
      ['<sip:elsewhere.example>', 484],
    ] as const) {
      phone.send(refer(call, target), gate);
      const answer = await phone.status(status);
      const id = answer.headers.get('x-tollgate-decision');
      const judged = gate.events.at(-1);
      assert.ok(judged?.kind === 'transfer' && judged.decision.id === id, target);
    }
    for (const targets of [
      [],
      ['<sip:+12065550111@a>', '<sip:+442079460000@a>'],
      ['<sip:+12065550111@a'],
      ['<cid:list@x>', 'x'],
    ]) {
      phone.send(refer(call, ...targets), gate);
      await phone.status(400);
    }
    phone.send(refer(call, '<cid:list@x>'), gate);
    await phone.status(484);
    assert.deepEqual(carrier.received, []);
  });

  test('9 RFC 3891: an attended transfer joins a call that is there', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const call = await establish(scene);
    const target = '<sip:gw-7f3a@192.0.2.9:5060?Replaces=1%40x%3Bto-tag%3D1%3Bfrom-tag%3D2>';
    phone.send(refer(call, target), gate);
    assert.equal((await carrier.method('REFER')).headers.get('refer-to'), target);
  });

  test('9 RFC 3515: the called side is bound as well when it is the customer, a carrier is not', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const abroad = '<sip:+442079460000@x>';
    const inbound = await establish(scene, 'carrier');
    const request = fromCallee('REFER', inbound);
    request.headers.append('Refer-To', abroad);
    phone.send(request, gate);
    await phone.status(403);
    const outbound = await establish(scene);
    const other = fromCallee('REFER', outbound);
    other.headers.append('Refer-To', abroad);
    carrier.send(other, gate);
    assert.equal((await phone.method('REFER')).headers.get('refer-to'), abroad);
  });

  test('9 RFC 3515: a transfer counts as a call for the rate of the trunk', async () => {
    const { callsPerSecond } = termination();
    await using scene = await openScene({ rules: { callsPerSecond } });
    const { phone, carrier, gate } = scene;
    const call = await establish(scene);
    phone.send(refer(call, '<sip:+12065550111@x>'), gate);
    await carrier.method('REFER');
    phone.send(refer(call, '<sip:+12065550112@x>'), gate);
    await phone.status(503);
  });

  test('9 RFC 3966: a transfer to a local number is judged in its context', async () => {
    await using scene = await openScene();
    const { phone, gate } = scene;
    const call = await establish(scene);
    for (const to of ['<tel:2079460000;phone-context=+44>', '<sip:2079460000;phone-context=+44@one.example>']) {
      phone.send(refer(call, to), gate);
      await phone.status(403);
    }
  });
});

describe('9 numbers (RFC 3966)', () => {
  test('9 RFC 3966: tel URIs and visual separators do not hide a country', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    for (const user of ['+44-20-7946-0000', '+44(20)79460000', '%2B442079460000', '+44.20.79460000;phone-context=+1']) {
      phone.send(makeRequest('INVITE', `sip:${user}@one.example;user=phone`, phone), gate);
      await phone.status(403);
    }
    const To = '<sip:one.example>';
    phone.send(makeRequest('INVITE', 'tel:+44-20-7946-0000;phone-context=+1', phone, { To }), gate);
    await phone.status(403);
    phone.send(makeRequest('INVITE', 'tel:+1-206-555-0100', phone, { To }), gate);
    assert.match((await carrier.method('INVITE')).uri, /^sip:\+12065550100@/);
  });

  test('9 RFC 3966: a local number is called in its context, and nowhere else', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const To = '<sip:one.example>';
    for (const [uri, status] of [
      ['tel:2079460000;phone-context=+44', 403],
      ['sip:2079460000;phone-context=%2B44@one.example;user=phone', 403],
      ['tel:12065550100;phone-context=two.example', 484],
    ] as const) {
      phone.send(makeRequest('INVITE', uri, phone, { To }), gate);
      await phone.status(status);
    }
    for (const uri of ['tel:2065550100;phone-context=+1', 'tel:12065550100;phone-context=one.example']) {
      phone.send(makeRequest('INVITE', uri, phone, { To }), gate);
      assert.match((await carrier.method('INVITE')).uri, /^sip:\+12065550100@/);
    }
  });
});
