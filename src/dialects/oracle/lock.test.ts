import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startSbc } from '../../../test/support/sbc.ts';
import { TOKEN_LIFETIME } from './tokens.ts';

const LOCK = 'POST /configuration/lock';
const UNLOCK = 'POST /configuration/unlock';
const OTHER = 'Resource locked by another user';
const NOBODY = 'User does not have the lock';
const SAVE = 'PUT /configuration/management?action=save';

describe('the configuration lock', () => {
  test('has one owner, who may take it again, and both messages of the vendor', async (t) => {
    const { send, login } = await startSbc(t);
    const other = await login();
    assert.equal((await send(LOCK)).status, 204);
    for (const line of [LOCK, UNLOCK, SAVE]) {
      const { status, message } = await send(line, { token: other });
      assert.deepEqual([status, message], [423, OTHER], line);
    }
    assert.equal((await send(UNLOCK)).status, 204);
    for (const line of [UNLOCK, SAVE]) {
      const { status, message } = await send(line);
      assert.deepEqual([status, message], [423, NOBODY], line);
    }
    assert.equal((await send(LOCK, { token: other })).status, 204);
    assert.equal((await send(SAVE)).message, OTHER);
  });

  test('is free when the token of its owner has expired, and not before', async (t) => {
    const { send, login, clock, lock } = await startSbc(t);
    clock.advance(TOKEN_LIFETIME - 1);
    const other = await login();
    assert.equal((await send(LOCK, { token: other })).message, OTHER);
    assert.equal((await send(SAVE)).status, 202);
    clock.advance(1);
    assert.equal((await send(SAVE)).message, 'Client not authorized.');
    assert.equal(lock.holder, null);
    assert.equal((await send(SAVE, { token: other })).message, NOBODY);
    assert.equal((await send(LOCK, { token: other })).status, 204);
  });

  test('stays with who renews the token in time, by either token', async (t) => {
    const { send, login, clock, token } = await startSbc(t);
    const authorization = `Basic ${btoa('admin:Sauerkirsche.7')}`;
    for (const [body, type] of [
      [`token=${token}`, 'application/x-www-form-urlencoded'],
      [`access_token=${token}`, 'x-www-form-urlencoded'],
      [token, 'text/plain'],
    ] as const) {
      const { text } = await send('POST /auth/token', { body, headers: { authorization, 'content-type': type } });
      const renewed = /<accessToken>(.*)<\/accessToken>/.exec(text)?.[1] ?? '';
      assert.notEqual(renewed, token);
      assert.equal((await send(SAVE, { token: renewed })).status, 202, body);
    }
    clock.advance(TOKEN_LIFETIME - 1);
    const { text } = await send('POST /auth/token', { body: `token=${token}`, headers: { authorization } });
    const renewed = /<accessToken>(.*)<\/accessToken>/.exec(text)?.[1] ?? '';
    clock.advance(2);
    assert.equal((await send(SAVE)).status, 401);
    assert.equal((await send(SAVE, { token: renewed })).status, 202);
    assert.equal((await send(LOCK, { token: await login() })).message, OTHER);
  });

  test('tells who holds it, since when, until when, and what for', async (t) => {
    const { send, clock, lock } = await startSbc(t);
    clock.advance(5000);
    await send(SAVE);
    assert.deepEqual(lock.report(), {
      holder: 'admin',
      since: '2026-11-21T12:00:00.000Z',
      expires: '2026-11-21T12:10:00.000Z',
      lastAction: { name: 'save', at: '2026-11-21T12:00:05.000Z' },
    });
    await send(UNLOCK);
    assert.deepEqual(lock.report(), { holder: null });
  });

  test('two tokens race for it a thousand times: exactly one gets it', async (t) => {
    const { send, login, token } = await startSbc(t);
    const tokens = [token, await login()] as const;
    await send(UNLOCK);
    for (let round = 0; round < 1000; round += 1) {
      const [first, second] = round % 2 === 0 ? tokens : tokens.toReversed();
      const answers = await Promise.all([send(LOCK, { token: first ?? '' }), send(LOCK, { token: second ?? '' })]);
      assert.deepEqual(
        answers.map(({ status }) => status).toSorted((a, b) => a - b),
        [204, 423],
        `round ${round}`,
      );
      const won = answers[0]?.status === 204 ? first : second;
      assert.equal(answers.find(({ status }) => status === 423)?.message, OTHER);
      assert.equal((await send(UNLOCK, { token: won ?? '' })).status, 204);
    }
  });
});
