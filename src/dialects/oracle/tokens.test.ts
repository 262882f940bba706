import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, READER } from '../../../test/support/sbc.ts';
import { ManualClock } from '../../kit/clock.ts';
import { TOKEN_LIFETIME, Tokens } from './tokens.ts';

test('a token ends after ten minutes, to the millisecond', () => {
  const clock = new ManualClock();
  const tokens = new Tokens(clock, [ADMIN, READER]);
  const token = tokens.issue(ADMIN);
  clock.advance(TOKEN_LIFETIME - 1);
  assert.equal(tokens.session(token)?.user, 'admin');
  clock.advance(1);
  assert.equal(tokens.session(token), undefined);
});

test("another user's token, or one that has ended, renews nothing", () => {
  const clock = new ManualClock();
  const tokens = new Tokens(clock, [ADMIN, READER]);
  const first = tokens.issue(ADMIN);
  const sessionOf = (token: string) => tokens.session(token)?.id;
  assert.equal(sessionOf(tokens.issue(ADMIN, first)), sessionOf(first));
  assert.notEqual(sessionOf(tokens.issue(READER, first)), sessionOf(first));
  assert.equal(tokens.session(tokens.issue(READER, first))?.class, 'user');
  const before = sessionOf(first);
  clock.advance(TOKEN_LIFETIME);
  assert.notEqual(sessionOf(tokens.issue(ADMIN, first)), before);
});

test('a thousand tokens are known at once, the newest ones', () => {
  const tokens = new Tokens(new ManualClock(), [ADMIN]);
  const issued = Array.from({ length: 1500 }, () => tokens.issue(ADMIN));
  assert.equal(issued.filter((token) => tokens.session(token)).length, 1000);
  assert.ok(tokens.session(issued.at(-1) ?? ''));
});

test('a user who asks for tokens without end logs nobody else out', () => {
  const tokens = new Tokens(new ManualClock(), [ADMIN, READER]);
  const held = tokens.issue(ADMIN);
  const first = tokens.issue(READER);
  for (let count = 0; count < 1000; count += 1) tokens.issue(READER);
  assert.equal(tokens.session(held)?.user, 'admin');
  assert.equal(tokens.session(first), undefined);
});
