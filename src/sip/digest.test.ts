import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, test } from 'node:test';
import { ManualClock } from '../kit/clock.ts';
import { answerChallenge, challengeHeaders, computeHa1, NonceIssuer, parseDigest, verifyResponse } from './digest.ts';
import type { DigestAlgorithm, DigestCredentials } from './digest.ts';

const EMPTY = Buffer.alloc(0);

function credentials(header: string): DigestCredentials {
  const parsed = parseDigest(header);
  assert.ok(parsed, header);
  return parsed;
}

describe('published examples', () => {
  const rfc2617 = {
    challenge:
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    username: 'Mufasa',
    password: 'Circle Of Life',
    method: 'GET',
    uri: '/dir/index.html',
    cnonce: '0a4f113b',
  };
  const rfc7616 = (algorithm: string): typeof rfc2617 => ({
    ...rfc2617,
    challenge: `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
    password: 'Circle of Life',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  });
  const cases = [
    ['RFC 2617 §3.5', rfc2617, 'MD5', '6629fae49393a05397450978507c4ef1'],
    ['RFC 7616 §3.9.1, MD5', rfc7616('MD5'), 'MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['RFC 7616 §3.9.1, SHA-256', rfc7616('SHA-256'), 'SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const; // prettier-ignore

  for (const [name, example, algorithm, response] of cases)
    test(name, () => {
      const answer = credentials(answerChallenge(example) ?? '');
      assert.equal(answer.response, response);
      const ha1 = computeHa1(algorithm, example.username, answer.realm, example.password);
      assert.equal(verifyResponse(answer, ha1, 'GET', EMPTY), true);
      assert.equal(verifyResponse(answer, ha1, 'POST', EMPTY), false);
      assert.equal(verifyResponse({ ...answer, uri: '/other' }, ha1, 'GET', EMPTY), false);
      assert.equal(verifyResponse({ ...answer, nc: '00000002' }, ha1, 'GET', EMPTY), false);
      assert.equal(verifyResponse({ ...answer, response: response.toUpperCase() }, ha1, 'GET', EMPTY), true);
      assert.equal(verifyResponse({ ...answer, response: response.slice(1) }, ha1, 'GET', EMPTY), false);
      assert.equal(verifyResponse({ ...answer, response: `${response}0` }, ha1, 'GET', EMPTY), false);
    });

  describe('5.4 SHA-512-256 is SHA-512/256 of FIPS 180-4', () => {
    const username = 'Jäsøn Doe';
    const password = 'Secret, or not?';
    const realm = 'api@example.org';
    const header = answerChallenge({
      challenge: `Digest realm="${realm}", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8`,
      username,
      password,
      method: 'GET',
      uri: '/doe.json',
      cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
    });
    const answer = credentials(header ?? '');
    const ha1 = computeHa1('SHA-512-256', username, realm, password);

    test('the right value of RFC 7616 §3.9.2 (erratum 4897) is given and taken', () => {
      assert.equal(answer.response, '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5');
      assert.equal(answer.username, username);
      assert.equal(verifyResponse(answer, ha1, 'GET', EMPTY), true);
    });

    test('the value printed there, of SHA-512 cut short, is refused', () => {
      const response = 'ae66e67d6b427bd3f120414a82e4acff38e8ecd9101d6c861229025f607a79dd';
      assert.equal(verifyResponse({ ...answer, response }, ha1, 'GET', EMPTY), false);
      const cut = hash('sha512', `${username}:${realm}:${password}`).slice(0, 64);
      assert.notEqual(ha1, cut);
      assert.equal(verifyResponse({ ...answer, response }, cut, 'GET', EMPTY), false);
    });
  });

  test('HA1 of RFC 2617 is the published one', () => {
    const ha1 = computeHa1('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life');
    assert.equal(ha1, '939e7578ed9e3c518a452acee763bce9');
  });
});

describe('an answer that is well formed', () => {
  const plain = 'username="u", realm="r", nonce="n", uri="sip:h", response="00"';

  test('may have blanks, any case, any order, empty elements and quotes where tokens belong', () => {
    const parsed = credentials(
      '  dIgEsT\tQOP = "AUTH" ,, NC=0000000A,cnonce="c",Response = "Ab" , uri="sip:a,b;c=d", ALGORITHM = "sha-256" ,nonce="n=\\"x", realm="r",username="u" , ',
    );
    assert.deepEqual(parsed, {
      username: 'u', realm: 'r', nonce: 'n="x', uri: 'sip:a,b;c=d', response: 'Ab', algorithm: 'SHA-256', qop: 'AUTH', cnonce: 'c', nc: '0000000A',
    }); // prettier-ignore
  });

  test('5.8 means MD5 without an algorithm', () => assert.equal(credentials(`Digest ${plain}`).algorithm, 'MD5'));

  test('names people in UTF-8, with escapes read', () => {
    const name = Buffer.from('J\\"äs@example.org').toString('latin1');
    assert.equal(credentials(`Digest ${plain.replace('"u"', `"${name}"`)}`).username, 'J"äs@example.org');
  });

  test('may carry fields that nobody knows', () => {
    const parsed = credentials(`Digest ${plain}, __proto__="x", constructor=y, opaque="o"`);
    assert.equal(parsed.opaque, 'o');
  });
});

describe('5.20 an answer that is malformed', () => {
  const fields = ['username="u"', 'realm="r"', 'nonce="n"', 'uri="sip:h"', 'response="00"'];
  const full = `Digest ${fields.join(', ')}`;
  const cases = [
    '', 'Digest', 'Digest ', 'Basic dTpw', `Basic ${fields.join(', ')}`, `Digestx ${fields.join(', ')}`,
    ...fields.map((field) => `Digest ${fields.filter((other) => other !== field).join(', ')}`),
    `${full}, username="v"`, `${full}, USERNAME="u"`, `${full}, x`, `${full}, =x`, `${full}, x=`, `${full}, x="y`, `${full} x="y"`, `${full}; x=y`,
    `${full}, x="y"z`, full.replace('"n"', '""'), `${full}, qop=auth`, `${full}, qop=auth, nc=00000001`, `${full}, qop=auth, cnonce="c"`,
    `${full}, qop=auth, cnonce="c", nc=1`, `${full}, qop=auth, cnonce="c", nc=0000000g`, `${full}, qop=auth, cnonce="c", nc=000000001`, `Digest,${fields.join()}`,
  ]; // prettier-ignore
  for (const header of cases) test(JSON.stringify(header), () => assert.equal(parseDigest(header), undefined));
});

describe('verifying', () => {
  const ha1 = computeHa1('SHA-256', 'u', 'r', 'p');
  const base = { username: 'u', password: 'p', method: 'INVITE', uri: 'sip:h' };
  const answer = (challenge: string, body?: Buffer): DigestCredentials =>
    credentials(answerChallenge({ ...base, challenge, ...(body ? { body } : {}) }) ?? '');

  test('5.6 auth-int covers the body, an empty one too', () => {
    const signed = answer('Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth-int"', Buffer.from('sdp'));
    assert.equal(signed.qop, 'auth-int');
    assert.equal(verifyResponse(signed, ha1, 'INVITE', Buffer.from('sdp')), true);
    assert.equal(verifyResponse(signed, ha1, 'INVITE', Buffer.from('spd')), false);
    const empty = answer('Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth-int"');
    assert.equal(verifyResponse(empty, ha1, 'INVITE', EMPTY), true);
  });

  test('5.3 without qop passes only by leave', () => {
    const old = answer('Digest realm="r", nonce="n", algorithm=SHA-256');
    assert.equal(old.qop, undefined);
    assert.equal(verifyResponse(old, ha1, 'INVITE', EMPTY), false);
    assert.equal(verifyResponse(old, ha1, 'INVITE', EMPTY, true), true);
  });

  test('an algorithm or qop that is not ours never passes', () => {
    const right = answer('Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"');
    assert.equal(verifyResponse(right, ha1, 'INVITE', EMPTY), true);
    for (const algorithm of ['SHA-512', 'MD5', 'SHA-512-256', 'MD5-SESS', 'SHA-1', '', 'constructor'])
      assert.equal(verifyResponse({ ...right, algorithm }, ha1, 'INVITE', EMPTY), false);
    for (const qop of ['auth-conf', '', 'auth,auth-int'])
      assert.equal(verifyResponse({ ...right, qop }, ha1, 'INVITE', EMPTY), false);
  });

  test('5.7 names and passwords of any script hash as UTF-8, unescaped', () => {
    const header = answerChallenge({
      ...base,
      username: 'Jäs"\\',
      password: 'пароль',
      challenge: 'Digest realm="r\\"\u00c3\u00a9", nonce="n", qop="auth"',
    });
    const parsed = credentials(header ?? '');
    assert.equal(parsed.username, 'Jäs"\\');
    assert.equal(parsed.realm, 'r"é');
    assert.equal(verifyResponse(parsed, computeHa1('MD5', 'Jäs"\\', 'r"é', 'пароль'), 'INVITE', EMPTY), true);
  });
});

describe('answering', () => {
  const base = { username: 'u', password: 'p', method: 'REGISTER', uri: 'sip:h', cnonce: 'c' };

  test('reads tokens in any case with blanks round the equals sign', () => {
    const header = answerChallenge({
      ...base,
      challenge: 'digest realm = "r" , qop="AUTH,auth-Int", nonce="n", algorithm = md5 , stale = TRUE',
      nc: 26,
    });
    assert.match(header ?? '', /, algorithm=MD5, cnonce="c", qop=auth, nc=0000001a$/);
  });

  test('gives opaque back, and no algorithm that was not named', () => {
    const header = answerChallenge({ ...base, challenge: 'Digest realm="r", nonce="n", opaque="o\\"p"' }) ?? '';
    assert.match(header, /, opaque="o\\"p"$/);
    assert.doesNotMatch(header, /algorithm|qop|cnonce|nc=/);
  });

  test('a random cnonce is used once', () => {
    const challenge = 'Digest realm="r", nonce="n", qop="auth"';
    const { cnonce: _, ...rest } = base;
    assert.notEqual(answerChallenge({ ...rest, challenge }), answerChallenge({ ...rest, challenge }));
  });

  for (const challenge of [
    '',
    'Basic realm="r"',
    'Digest realm="r"',
    'Digest nonce="n"',
    'Digest realm="r", nonce="n", algorithm=SHA-512',
    'Digest realm="r", nonce="n", algorithm=MD5-sess',
    'Digest realm="r", nonce="n", qop="auth-conf"',
    'Digest realm="r", nonce="n',
  ])
    test(`nothing is said to ${JSON.stringify(challenge)}`, () =>
      assert.equal(answerChallenge({ ...base, challenge }), undefined));
});

describe('challenging', () => {
  const issuer = new NonceIssuer({ keys: () => [Buffer.alloc(32, 1)], clock: new ManualClock() });
  const challenge = (algorithms: DigestAlgorithm[], stale = false, realm = 'r'): string[] =>
    challengeHeaders({ realm, algorithms, issuer, stale });

  test('5.2 offers one header per algorithm, the strongest first whatever the order', () => {
    assert.match(challenge(['MD5', 'SHA-256', 'SHA-512-256'])[0] ?? '', /algorithm=SHA-512-256/);
    const headers = challenge(['MD5', 'SHA-256']);
    assert.match(headers[0] ?? '', /^Digest realm="r", nonce="[\w-]+", algorithm=SHA-256, qop="auth"$/);
    assert.match(headers[1] ?? '', /^Digest realm="r", nonce="[\w-]+", algorithm=MD5, qop="auth"$/);
    assert.equal(challenge(['SHA-256']).length, 1);
  });

  test('5.10 says stale as a token, and only when it is', () => {
    assert.match(challenge(['MD5'], true)[0] ?? '', /, stale=true$/);
    assert.doesNotMatch(challenge(['MD5'])[0] ?? '', /stale/);
  });

  test('5.8 can be answered, and the nonce serves its own algorithm and realm only', () => {
    for (const header of challenge(['MD5', 'SHA-256'], false, 'réalm "x"')) {
      const answer = credentials(
        answerChallenge({ challenge: header, username: 'u', password: 'p', method: 'M', uri: 'sip:h' }) ?? '',
      );
      const other = answer.algorithm === 'MD5' ? 'SHA-256' : 'MD5';
      assert.equal(answer.realm, 'réalm "x"');
      assert.equal(issuer.check(answer.nonce, answer.realm, answer.algorithm), 'fresh');
      assert.equal(issuer.check(answer.nonce, answer.realm, other), 'foreign');
      assert.equal(issuer.check(answer.nonce, 'r', answer.algorithm), 'foreign');
    }
  });
});
