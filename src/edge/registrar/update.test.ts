import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { registration } from '../../../test/support/rules.ts';
import { SipRequest } from '../../sip/message/message.ts';
import type { Binding } from './binding.ts';
import { readContacts } from './contacts.ts';
import { update, type Update } from './update.ts';

const NOW = 1_000_000;
const A = '<sip:a@192.0.2.1>';
const B = '<sip:b@192.0.2.2:5070;transport=tcp>';

interface Said {
  readonly contacts: readonly string[];
  readonly expires?: string;
  readonly callId?: string;
  readonly cseq?: number;
}

function wishOf({ contacts, expires }: Said) {
  const request = new SipRequest('REGISTER', 'sip:one.example');
  for (const contact of contacts) request.headers.append('Contact', contact);
  if (expires !== undefined) request.headers.append('Expires', expires);
  return readContacts(request);
}

function say(before: readonly Binding[], said: Said, terms = registration()): Update {
  const wish = wishOf(said);
  assert.ok(wish);
  const { callId = 'c', cseq = 1 } = said;
  return update(before, { wish, callId, cseq, path: [], flowFor: () => null, now: NOW }, terms);
}

function bound(...said: Said[]): readonly Binding[] {
  let bindings: readonly Binding[] = [];
  for (const one of said) {
    const { bindings: after } = say(bindings, one);
    assert.ok(after);
    bindings = after;
  }
  return bindings;
}

const seconds = (bindings: readonly Binding[] = []): [string, number][] =>
  bindings.map(({ contact, expiresAt }) => [contact, (expiresAt - NOW) / 1000]);

describe('7.1 the preference of a contact (RFC 3261 §25.1)', () => {
  for (const q of ['0', '0.', '0.7', '0.125', '1', '1.000'])
    test(`${q} is one`, () => assert.equal(bound({ contacts: [`${A};q=${q}`] })[0]?.q, Number(q)));

  for (const q of ['q=1.5', 'q=1.001', 'q=-0.1', 'q=0.1234', 'q=.5', 'q=high', 'q'])
    test(`${q} is none, and nothing of the request is kept`, () =>
      assert.equal(wishOf({ contacts: [B, `${A};${q}`] }), undefined));
});

describe('7.2 the star', () => {
  for (const [contacts, expires] of [
    [['*'], undefined],
    [['*'], '60'],
    [['*'], 'x'],
    [['*', A], '0'],
    [['*', '*'], '0'],
    [[`${A}, *`], '0'],
  ] as const)
    test(`is refused in ${contacts.join(' and ')} with Expires ${expires}`, () => {
      assert.equal(wishOf({ contacts, ...(expires === undefined ? {} : { expires }) }), undefined);
    });

  test('alone with Expires 0 removes every binding, whoever made it', () => {
    const before = bound({ contacts: [A] }, { contacts: [B], callId: 'other' });
    assert.deepEqual(say(before, { contacts: ['*'], expires: '0', cseq: 2 }).bindings, []);
  });

  test('is refused when the same client said something newer about one of them', () => {
    const before = bound({ contacts: [A], cseq: 5 }, { contacts: [B], callId: 'other' });
    assert.equal(say(before, { contacts: ['*'], expires: '0', cseq: 5 }).reason, 'registration-out-of-order');
  });
});

describe('7.2 the time of a binding', () => {
  test("is the contact's own, else that of Expires, else the trunk's", () => {
    const both = say([], { contacts: [`${A};expires=100`, B], expires: '200' });
    assert.deepEqual(seconds(both.bindings), [['sip:a@192.0.2.1', 100], ['sip:b@192.0.2.2:5070;transport=tcp', 200]]); // prettier-ignore
    assert.deepEqual(seconds(say([], { contacts: [A] }).bindings), [['sip:a@192.0.2.1', 600]]);
  });

  test('that cannot be read counts as none', () => {
    for (const text of ['x', '-1', '1.5', '"60"'])
      assert.deepEqual(seconds(say([], { contacts: [`${A};expires=${text}`] }).bindings)[0]?.[1], 600, text);
  });

  test('is cut down to the maximum, however large the number', () => {
    for (const text of ['3601', '4294967295', '9'.repeat(400)])
      assert.equal(seconds(say([], { contacts: [A], expires: text }).bindings)[0]?.[1], 3600);
  });

  test('that is too brief is refused with 423, but zero and an hour or more never are', () => {
    for (const text of ['1', '59'])
      assert.equal(say([], { contacts: [A], expires: text }).reason, 'registration-too-brief');
    assert.deepEqual(say([], { contacts: [A], expires: '0' }).bindings, []);
    const slow = registration({ minimumSeconds: 7200, maximumSeconds: 86_400 });
    assert.equal(say([], { contacts: [A], expires: '3599' }, slow).reason, 'registration-too-brief');
    assert.equal(seconds(say([], { contacts: [A], expires: '3600' }, slow).bindings)[0]?.[1], 3600);
  });
});

describe('7.1 bindings', () => {
  test('no Contact asks, and changes nothing', () => {
    const before = bound({ contacts: [A] });
    assert.equal(say(before, { contacts: [] }).bindings, before);
  });

  test('a newer CSeq of the same Call-ID updates, an equal or older one is refused', () => {
    const before = bound({ contacts: [A], cseq: 7 });
    assert.deepEqual(seconds(say(before, { contacts: [A], cseq: 8, expires: '60' }).bindings)[0]?.[1], 60);
    for (const cseq of [7, 6])
      for (const expires of ['60', '0'])
        assert.equal(say(before, { contacts: [A], cseq, expires }).reason, 'registration-out-of-order');
  });

  test('another Call-ID updates whatever the CSeq', () => {
    const before = bound({ contacts: [A], cseq: 7 });
    assert.deepEqual(say(before, { contacts: [A], cseq: 1, callId: 'd', expires: '0' }).bindings, []);
  });

  test('the change is atomic: one contact out of order and none is changed', () => {
    const before = bound({ contacts: [A], cseq: 7 });
    const both = say(before, { contacts: [B, A], cseq: 7 });
    assert.equal(both.reason, 'registration-out-of-order');
    assert.equal(both.bindings, undefined);
  });

  test('contacts are the same by RFC 3261 §19.1.4', () => {
    const before = bound({ contacts: [A] });
    assert.equal(say(before, { contacts: ['<SIP:%61@192.0.2.1>'], cseq: 2 }).bindings?.length, 1);
    assert.equal(say(before, { contacts: ['<sip:A@192.0.2.1>'], cseq: 2 }).bindings?.length, 2);
    assert.equal(say(before, { contacts: ['<sip:a@192.0.2.1:5060>'], cseq: 2 }).bindings?.length, 2);
  });

  test('a telephone that came back elsewhere takes the place of what it was', () => {
    const device = ';+sip.instance="<urn:uuid:1>"';
    const before = bound({ contacts: [`${A}${device}`] }, { contacts: [B], callId: 'e' });
    const after = say(before, { contacts: [`<sip:a@192.0.2.9>${device}`], callId: 'new' }).bindings;
    assert.deepEqual(after?.map(({ contact }) => contact), ['sip:b@192.0.2.2:5070;transport=tcp', 'sip:a@192.0.2.9']); // prettier-ignore
  });

  test('7.4 no more than the trunk allows; what is there can still be refreshed and removed', () => {
    const full = bound(...[1, 2, 3].map((host) => ({ contacts: [`<sip:a@192.0.2.${host}>`], callId: `c${host}` })));
    assert.equal(say(full, { contacts: ['<sip:a@192.0.2.4>'], callId: 'x' }).reason, 'too-many-contacts');
    assert.equal(say(full, { contacts: ['<sip:a@192.0.2.3>'], callId: 'x' }).bindings?.length, 3);
    const swapped = say(full, { contacts: ['<sip:a@192.0.2.3>;expires=0', '<sip:a@192.0.2.4>'], callId: 'x' });
    assert.equal(swapped.bindings?.length, 3);
    const lowered = registration({ contactsPerUser: 2 });
    assert.equal(say(full, { contacts: ['<sip:a@192.0.2.3>'], callId: 'x' }, lowered).bindings?.length, 3);
    const flood = Array.from({ length: 500 }, (_, port) => `<sip:a@192.0.2.1:${port + 1}>`);
    assert.equal(say([], { contacts: flood }).reason, 'too-many-contacts');
  });
});

describe('7.3 a Contact', () => {
  test('without <> has parameters of the header, within <> of the URI', () => {
    const [bare] = bound({ contacts: ['sip:a@192.0.2.1;transport=tcp;q=0.5'] });
    assert.deepEqual([bare?.contact, bare?.params, bare?.q], ['sip:a@192.0.2.1', ';transport=tcp;q=0.5', 0.5]);
    const [inside] = bound({ contacts: ['<sip:a@192.0.2.1;transport=tcp;expires=1>'] });
    assert.deepEqual([inside?.contact, inside?.params], ['sip:a@192.0.2.1;transport=tcp;expires=1', '']);
    assert.equal(seconds([inside as Binding])[0]?.[1], 600);
  });

  test('keeps escaped headers', () => {
    const [binding] = bound({ contacts: ['<sip:a@192.0.2.1?Route=%3Csip:evil.example%3E>'] });
    assert.equal(binding?.contact, 'sip:a@192.0.2.1?Route=%3Csip:evil.example%3E');
  });

  for (const contact of [
    '<tel:+12065550100>',
    '<mailto:a@b.example>',
    '<sip:>',
    'nonsense',
    '<sip:a@b@c>',
    `<sip:${'a'.repeat(1100)}@h>`,
    '',
  ])
    // prettier-ignore
    test(`that is no place to call is refused: ${contact.slice(0, 30)}`, () =>
      assert.equal(wishOf({ contacts: [contact] }), undefined));
});
