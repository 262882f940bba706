import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify from 'fastify';
import { attempt, rulebookOf, trunk } from '../../../test/support/rules.ts';
import { ROUTE_SCHEMAS } from '../../http/route-schemas.ts';
import { decide } from '../../rulebook/decide/decide.ts';
import { nativePlugin, type NativeOptions } from './plugin.ts';

const decision = decide(rulebookOf([trunk()]), attempt(), 0);
const authorization = 'Bearer letmein';

async function serve(changes: Partial<NativeOptions> = {}) {
  const routes: { method: string; url: string }[] = [];
  const app = Fastify({ schemaController: ROUTE_SCHEMAS });
  app.addHook('onRoute', ({ method, url }) => {
    routes.push({ method: String(method), url });
  });
  const options: NativeOptions = {
    adminToken: 'letmein',
    explain: async () => decision,
    placeCall: async (call) => ({ placed: call }),
    gateways: async () => ({ gateways: [{ target: 'udp:192.0.2.9:5060', state: 'out' }] }),
    calls: async (query) => ({ query }),
    call: async (callId) => (callId === 'known' ? { callId } : undefined),
    decision: async (id) => (id === decision.id ? decision : undefined),
    abusers: async () => ({ bans: [{ source: '192.0.2.7' }], silenced: [{ source: '192.0.2.8' }] }),
    liftBan: async (address) => address === '2001:db8::/64',
    lock: () => ({ holder: null }),
    candidateDiff: async (candidate) => ({ candidate }),
    candidateImpact: async (candidate, hours) => ({ candidate, hours }),
    drops: async (limit) => [{ limit }],
    spending: async (limit) => ({ limit }),
    liftSpending: async (id, user) => id === 'test:one' && (user === null || user === 'j doe'),
    ...changes,
  };
  await app.register(nativePlugin(options));
  return { app, routes };
}

test('every route asks for the admin token', async () => {
  const { app, routes } = await serve();
  assert.ok(routes.length >= 5);
  for (const { method, url } of routes) {
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic letmein' }]) {
      const response = await app.inject({ method: method.split(',')[0] as 'GET', url, headers });
      assert.equal(response.statusCode, 401, `${method} ${url}`);
    }
  }
});

test('answers what it is asked', async () => {
  const { app } = await serve();
  const get = (url: string) => app.inject({ method: 'GET', url: `/tollgate/v1${url}`, headers: { authorization } });
  assert.deepEqual((await get('/calls?limit=3&before=9')).json(), { query: { before: 9, limit: 3 } });
  assert.deepEqual((await get('/calls/known')).json(), { callId: 'known' });
  assert.deepEqual((await get('/gateways')).json(), { gateways: [{ target: 'udp:192.0.2.9:5060', state: 'out' }] });
  assert.equal((await get('/calls/unknown')).statusCode, 404);
  assert.equal((await get(`/decisions/${decision.id}`)).json<{ reason: string }>().reason, 'admitted');
  assert.equal((await get('/decisions/unknown')).statusCode, 404);
  assert.deepEqual((await get('/bans')).json(), {
    bans: [{ source: '192.0.2.7' }],
    silenced: [{ source: '192.0.2.8' }],
  });
  assert.deepEqual((await get('/lock')).json(), { holder: null });
  assert.deepEqual((await get('/candidate/diff')).json(), { candidate: 'editing' });
  assert.deepEqual((await get('/candidate/diff?candidate=saved')).json(), { candidate: 'saved' });
  assert.deepEqual((await get('/drops?limit=7')).json(), { drops: [{ limit: 7 }] });
  const lift = (address: string) =>
    app.inject({ method: 'DELETE', url: `/tollgate/v1/bans/${address}`, headers: { authorization } });
  assert.equal((await lift('2001:db8::/64')).statusCode, 204);
  assert.equal((await lift(encodeURIComponent('2001:db8::/64'))).statusCode, 204);
  assert.equal((await lift('192.0.2.8')).statusCode, 404);
  assert.deepEqual((await get('/spending?limit=7')).json(), { limit: 7 });
  const liftSpending = (path: string) =>
    app.inject({ method: 'DELETE', url: `/tollgate/v1/spending/${path}`, headers: { authorization } });
  assert.equal((await liftSpending('test:one')).statusCode, 204);
  assert.equal((await liftSpending('test:one?user=j%20doe')).statusCode, 204);
  assert.equal((await liftSpending('test:one?user=other')).statusCode, 404);
  assert.equal((await liftSpending('test:two')).statusCode, 404);
  const post = (url: string, payload: object) =>
    app.inject({ method: 'POST', url: `/tollgate/v1${url}`, headers: { authorization }, payload });
  assert.equal((await post('/explain', { to: 'sip:+12065550100@x', source: '127.0.0.1' })).statusCode, 200);
  const bare = { method: 'POST', url: '/tollgate/v1/candidate/impact', headers: { authorization } } as const;
  assert.deepEqual((await app.inject(bare)).json(), { candidate: 'editing', hours: 24 });
  const impact = await post('/candidate/impact', { candidate: 'saved', hours: 0.5 });
  assert.deepEqual(impact.json(), { candidate: 'saved', hours: 0.5 });
  assert.deepEqual((await post('/exchange/calls', { to: '+12065550100' })).json(), { placed: { to: '+12065550100' } });
});

test('says what is wrong with a question, in one shape', async () => {
  const { app } = await serve({ placeCall: null });
  const post = (url: string, payload: object | string) =>
    app.inject({
      method: 'POST',
      url: `/tollgate/v1${url}`,
      headers: { authorization, 'content-type': 'application/json' },
      payload,
    });
  for (const [url, payload, status] of [
    ['/explain', {}, 400],
    ['/explain', { to: 'sip:a@b', source: '127.0.0.1', tpyo: 1 }, 400],
    ['/explain', '{', 400],
    ['/exchange/calls', { to: '+12065550100' }, 409],
    ['/candidate/impact', { candidate: 'running' }, 400],
    ['/candidate/impact', { hours: 0 }, 400],
    ['/nothing', {}, 404],
  ] as const) {
    const response = await post(url, payload);
    assert.equal(response.statusCode, status, `${url} ${JSON.stringify(payload)} ${response.body}`);
    const { error } = response.json<{ error: { code: string; message: string } }>();
    assert.ok(error.code && error.message, response.body);
  }
  const carried = await post('/explain', { to: 'sip:a@b', source: '127.0.0.1', transport: 'foo' });
  assert.match(carried.body, /body\/transport must be one of udp, tcp, tls, ws, wss"/);
  const candidate = await post('/candidate/impact', { candidate: 'running' });
  assert.match(candidate.body, /body\/candidate must be one of editing, saved"/);
});
