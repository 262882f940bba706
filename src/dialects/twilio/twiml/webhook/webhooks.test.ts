import assert from 'node:assert/strict';
import { test } from 'node:test';
import { content, redirect, WebhookServer, type Page } from '../../../../../test/support/webhook-server.ts';
import { ManualClock, systemClock } from '../../../../kit/clock.ts';
import { TwimlFault } from '../faults.ts';
import type { Resolve } from './addresses.ts';
import { signatureOf } from './signature.ts';
import { Webhooks, type WebhookWish } from './webhooks.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const PARAMETERS = [
  ['To', 'sip:+12065550100@acme.sip.twilio.com'],
  ['Note', 'ä & = +'],
] as const;

function ask(webhooks: Webhooks, wish: Partial<WebhookWish> & { url: string }) {
  const { signal } = new AbortController();
  return webhooks.ask({ method: 'POST', parameters: PARAMETERS, authToken: TOKEN, most: 1000, signal, ...wish });
}

function fault(code: number): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TwimlFault, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };
}

test('the signature is that of the vendor', () => {
  const parameters = [
    ['CallSid', 'CA0123456789abcdef0123456789abcdef'],
    ['From', 'sip:alice@acme.sip.twilio.com'],
    ['SipDomain', 'acme.sip.twilio.com'],
    ['To', 'sip:+12065550100@acme.sip.twilio.com'],
  ] as const;
  const url = 'https://app.example.net/voice?x=1';
  assert.equal(signatureOf(TOKEN, url, parameters), 'o9DWB4+lctH2DUb8zBIH17rYl1M=');
});

test('forms and queries arrive whole, signed so that the vendor’s library agrees', async () => {
  await using server = await WebhookServer.open({ '/a': '<Response/>' }, TOKEN);
  const webhooks = new Webhooks({ clock: systemClock, allowPrivate: true });
  for (const method of ['POST', 'GET'] as const) {
    const url = `${server.url.replace('//', '//user:p%40ss@')}/a?x=1#ct=2000`;
    const reply = await ask(webhooks, { url, method });
    assert.equal(reply.contentType, 'text/xml');
    assert.equal(reply.body.toString(), '<Response/>');
    const request = await server.next('/a');
    assert.equal(request.method, method);
    assert.ok(request.signed);
    assert.equal(request.parameters.get('Note'), 'ä & = +');
    assert.match(request.target, /^\/a\?x=1/);
    assert.equal(request.headers.authorization, `Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    assert.match(String(request.headers['i-twilio-idempotency-token']), /^[\da-f-]{36}$/);
  }
});

test('a name or password whose escapes cannot be read goes as it is written', async () => {
  await using server = await WebhookServer.open({ '/a': '<Response/>' }, TOKEN);
  const webhooks = new Webhooks({ clock: systemClock, allowPrivate: true });
  await ask(webhooks, { url: `${server.url.replace('//', '//%zz:100%@')}/a` });
  const { headers } = await server.next('/a');
  assert.equal(headers.authorization, `Basic ${Buffer.from('%zz:100%').toString('base64')}`);
});

test('redirects are followed: 307 with the form, 302 without, each signed for where it goes', async () => {
  const pages = { '/302': redirect(302, '/end?y=2'), '/307': redirect(307, '/end'), '/end': '<Response/>' };
  await using server = await WebhookServer.open(pages, TOKEN);
  const webhooks = new Webhooks({ clock: systemClock, allowPrivate: true });
  assert.equal((await ask(webhooks, { url: `${server.url}/302` })).url, `${server.url}/end?y=2`);
  await ask(webhooks, { url: `${server.url}/307` });
  const [first, second] = [await server.next('/end'), await server.next('/end')];
  assert.deepEqual([first.method, first.parameters.get('To'), first.signed], ['GET', null, true]);
  assert.deepEqual([second.method, second.parameters.has('To'), second.signed], ['POST', true, true]);
});

const FAILURES: Record<string, { page: Page; code: number }> = {
  'answers 500': { page: (_request, response) => response.writeHead(500).end(), code: 11200 },
  'answers 404': { page: (_request, response) => response.writeHead(404).end(), code: 11200 },
  closes: { page: (_request, response) => void response.destroy(), code: 11205 },
  'closes half way': {
    page: (_request, response) => {
      response.writeHead(200, { 'content-length': '500' });
      response.write('<Resp', () => response.destroy());
    },
    code: 11205,
  },
  'sends 50 MB': {
    page: (_request, response) => {
      const chunk = Buffer.alloc(65_536, 'a');
      response.writeHead(200, { 'content-type': 'text/xml' });
      let left = 800;
      const more = (): void => {
        while (left > 0 && !response.destroyed) {
          left -= 1;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    },
    code: 11750,
  },
  'redirects in a circle': { page: redirect(302, '/page'), code: 11215 },
  'redirects nowhere': { page: redirect(302, 'ftp://example.com/'), code: 11216 },
  'speaks no HTTP': { page: (_request, response) => response.socket?.end('what?\r\n\r\n'), code: 11206 },
  compresses: {
    page: (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    code: 11206,
  },
};

for (const [what, { page, code }] of Object.entries(FAILURES))
  test(`a web server that ${what} is ${code}`, async () => {
    await using server = await WebhookServer.open({ '/page': page }, TOKEN);
    const webhooks = new Webhooks({ clock: systemClock, allowPrivate: true });
    await assert.rejects(ask(webhooks, { url: `${server.url}/page` }), fault(code));
  });

test('a web server that is slow is given up after fifteen seconds, or what the URL says', async () => {
  await using server = await WebhookServer.open({ '/slow': () => {} }, TOKEN);
  const clock = new ManualClock();
  const webhooks = new Webhooks({ clock, allowPrivate: true });
  for (const [fragment, ms] of [
    ['', 15_000],
    ['#tt=300', 300],
  ] as const) {
    const asked = ask(webhooks, { url: `${server.url}/slow${fragment}` });
    await server.next('/slow');
    let over = false;
    asked.catch(() => (over = true));
    clock.advance(ms - 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(over, false);
    clock.advance(1);
    await assert.rejects(asked, fault(11203));
  }
  assert.equal(clock.waiting, 0);
});

test('nobody listening is 11202, tried once more; a name that nobody has is 11210; no web address 11100', async () => {
  const server = await WebhookServer.open({}, TOKEN);
  await server[Symbol.asyncDispose]();
  const unknown: Resolve = (_host, done) => done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
  const webhooks = new Webhooks({ clock: systemClock, allowPrivate: true, resolve: unknown });
  await assert.rejects(ask(webhooks, { url: `${server.url}/` }), fault(11202));
  await assert.rejects(ask(webhooks, { url: 'http://no.example/' }), fault(11210));
  await assert.rejects(ask(webhooks, { url: 'file:///etc/passwd' }), fault(11100));
});

test('private addresses are not asked: by number, by name, by redirect, nor by a name that changes', async () => {
  await using server = await WebhookServer.open({ '/': content('text/xml', '<Response/>') }, TOKEN);
  const { port } = new URL(server.url);
  let lookups = 0;
  const webhooks = new Webhooks({
    clock: systemClock,
    allowPrivate: false,
    resolve: (_host, done) => {
      lookups += 1;
      done(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '169.254.169.254', family: 4 },
      ]);
    },
  });
  for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', 'localhost', 'evil.example'])
    await assert.rejects(ask(webhooks, { url: `http://${host}:${port}/` }), fault(11205), host);
  assert.equal(lookups, 2);
  assert.deepEqual(server.requests, []);
});

test('what was judged is what is connected to: one look-up decides both', async () => {
  await using server = await WebhookServer.open({ '/': '<Response/>' }, TOKEN);
  let lookups = 0;
  const webhooks = new Webhooks({
    clock: systemClock,
    allowPrivate: true,
    resolve: (_host, done) => {
      lookups += 1;
      // The second answer would lead elsewhere.
      done(null, [{ address: lookups === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }]);
    },
  });
  const { port } = new URL(server.url);
  await ask(webhooks, { url: `http://app.example:${port}/` });
  assert.equal(lookups, 1);
});

test('a redirect from an open place to a private one is not followed', async () => {
  const pages = { '/in': redirect(302, 'http://169.254.169.254/latest/meta-data') };
  await using server = await WebhookServer.open(pages, TOKEN);
  const webhooks = new Webhooks({ clock: systemClock, allowPrivate: true });
  await assert.rejects(ask(webhooks, { url: `${server.url}/in` }), fault(11205));
});

test('what asked has gone: the request ends with its reason', async () => {
  await using server = await WebhookServer.open({ '/slow': () => {} }, TOKEN);
  const webhooks = new Webhooks({ clock: systemClock, allowPrivate: true });
  const gone = new AbortController();
  const asked = ask(webhooks, { url: `${server.url}/slow`, signal: gone.signal });
  await server.next('/slow');
  gone.abort(new Error('the caller hung up'));
  await assert.rejects(asked, /the caller hung up/);
});
