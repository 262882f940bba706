import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../kit/clock.ts';
import { hashPassword } from '../rulebook/credential.ts';
import { answerChallenge } from '../sip/digest.ts';
import { SipRequest } from '../sip/message/message.ts';
import { DigestCheck } from './digest-check.ts';

const REALM = 'one.example';
const CLIENT = '198.51.100.7';
const record = { username: 'jdoe', realm: REALM, secrets: hashPassword('jdoe', REALM, 'right'), resource: 'x' };

function answer(check: DigestCheck, password: string): SipRequest {
  const request = new SipRequest('INVITE', 'sip:1@one.example');
  const [challenge = ''] = check.challenges(REALM, false, CLIENT);
  const { method, uri } = request;
  request.headers.set(
    'Proxy-Authorization',
    answerChallenge({ challenge, username: 'jdoe', password, method, uri }) ?? '',
  );
  return request;
}

test('5.12 the count of a nonce is kept only after a right answer', () => {
  const check = new DigestCheck({
    algorithms: ['SHA-256'],
    nonceKeys: () => [Buffer.alloc(32, 1)],
    nonceLifetime: 60_000,
    clock: new ManualClock(),
  });
  const judged = (request: SipRequest) =>
    check.check(request, { realm: REALM, client: CLIENT, serves: () => true }, () => [record]);
  for (let turn = 0; turn < 100; turn += 1)
    assert.deepEqual(judged(answer(check, 'wrong')), { outcome: 'wrong-response', username: 'jdoe' });
  assert.equal(check.countedNonces, 0);
  const right = answer(check, 'right');
  assert.deepEqual(judged(right), { outcome: 'valid', username: 'jdoe' });
  assert.equal(check.countedNonces, 1);
  assert.deepEqual(judged(right), { outcome: 'nonce-replayed', username: 'jdoe' });
});

test('of several credentials with one name any will do, and no other', () => {
  const check = new DigestCheck({
    algorithms: ['SHA-256'],
    nonceKeys: () => [Buffer.alloc(32, 1)],
    nonceLifetime: 60_000,
    clock: new ManualClock(),
  });
  const other = { ...record, secrets: hashPassword('jdoe', REALM, 'other') };
  const judged = (password: string) =>
    check.check(answer(check, password), { realm: REALM, client: CLIENT, serves: () => true }, () => [other, record]);
  assert.deepEqual(judged('right'), { outcome: 'valid', username: 'jdoe' });
  assert.deepEqual(judged('other'), { outcome: 'valid', username: 'jdoe' });
  assert.deepEqual(judged('wrong'), { outcome: 'wrong-response', username: 'jdoe' });
});

test('10.3 a request proves its address only by a nonce that was sent there', () => {
  const check = new DigestCheck({
    algorithms: ['SHA-256'],
    nonceKeys: () => [Buffer.alloc(32, 1)],
    nonceLifetime: 60_000,
    clock: new ManualClock(),
  });
  const request = answer(check, 'wrong');
  assert.equal(check.provesAddress(request, CLIENT), true);
  assert.equal(check.provesAddress(request, '198.51.100.8'), false);
  assert.equal(check.provesAddress(new SipRequest('INVITE', 'sip:x'), CLIENT), false);
  assert.deepEqual(
    check.check(request, { realm: REALM, client: '198.51.100.8', serves: () => true }, () => [record]),
    {
      outcome: 'nonce-stale',
      username: 'jdoe',
    },
  );
});
