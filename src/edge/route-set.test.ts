import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipRequest } from '../sip/message/message.ts';
import { OwnAddresses } from './addresses.ts';
import { RouteSet } from './route-set.ts';
import { RouteTokens, type RouteContent } from './route-token.ts';

const tokens = new RouteTokens(Buffer.alloc(32, 1));
const routes = new RouteSet(new OwnAddresses([{ transport: 'udp', address: '192.0.2.1', port: 5060 }], null), tokens);

function routed(...contents: RouteContent[]): SipRequest {
  const request = new SipRequest('UPDATE', 'sip:other@192.0.2.9');
  request.headers.append('From', '<sip:a@x>;tag=a');
  request.headers.append('To', '<sip:b@x>;tag=b');
  request.headers.append('Call-ID', 'c');
  for (const content of contents)
    request.headers.append('Route', `<sip:${tokens.seal('c', 'a', content)}@192.0.2.1:5060;lr>`);
  return request;
}

const callerFlow = { transport: 'tcp', address: '2001:db8::7', port: 50_000 } as const;
const outward: RouteContent = {
  callerFlow,
  calleeFlow: null,
  direction: 'termination',
  trunk: 'test:one',
  number: '+12065550199',
};
const inward: RouteContent = {
  callerFlow: null,
  calleeFlow: null,
  direction: 'origination',
  trunk: 'test:two',
  number: null,
};

test('4.4 a token keeps what it was sealed with', () => {
  for (const content of [outward, inward]) {
    const onward = routes.takeOff(routed(content));
    const { isBound, ...claim } = onward?.claim ?? assert.fail();
    assert.deepEqual(claim, { sender: 'caller', ...content });
    assert.equal(isBound(), false);
    assert.equal(onward?.request.headers.has('route'), false);
  }
});

test('4.4 of a call that came through here twice, the sender is known by its own leg', () => {
  const onward = routes.takeOff(routed(outward, inward));
  assert.equal(onward?.claim.trunk, 'test:one');
  assert.equal(onward?.last.trunk, 'test:two');
});

test('4.3 two strict routes of ours are taken off as well', () => {
  const request = routed(outward, outward);
  const [first = '', second = ''] = request.headers.values('route');
  request.headers.set('Route', `${second}, <${request.uri}>`);
  request.uri = first.slice(1, -1);
  const onward = routes.takeOff(request);
  assert.equal(onward?.request.uri, 'sip:other@192.0.2.9');
  assert.equal(onward?.request.headers.has('route'), false);
});
