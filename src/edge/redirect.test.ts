import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CARRIER } from '../../test/support/rules.ts';
import type { Route } from '../rulebook/route.ts';
import { SipResponse } from '../sip/message/message.ts';
import { redirectionOf } from './redirect.ts';

/** Where a call to the route goes after this answer. */
function follow(contacts: readonly string[], route: Partial<Route> = {}, status = 302): string | undefined {
  const response = new SipResponse(status, 'Moved');
  for (const contact of contacts) response.headers.append('Contact', contact);
  const place = { trunk: 't', user: 'u', headers: [], binding: null, route: { ...CARRIER, redirects: 1, ...route } };
  const found = redirectionOf(response, place);
  if (!found) return undefined;
  assert.equal(found.redirected, true);
  assert.equal(found.route.redirects, 0, 'no second one is followed');
  const { host, port, transport } = found.route;
  return `${found.user}@${host}:${port} ${transport}`;
}

test('a call follows a 302 to the Contact of the highest q', () => {
  assert.equal(
    follow(['<sip:a@192.0.2.1>;q=0.2', '<sip:b@192.0.2.2:5070;transport=tcp>;q=0.7']),
    'b@192.0.2.2:5070 tcp',
  );
  assert.equal(follow(['<sip:a@one.example>;q=0.9', '<sip:b@two.example>']), 'b@two.example:null null');
  assert.equal(follow(['sip:192.0.2.1']), 'u@192.0.2.1:null udp', 'without a user the number stays');
});

test('it follows nothing else', () => {
  const contacts = ['<sip:a@192.0.2.1>'];
  assert.equal(follow(contacts, { redirects: 0 }), undefined);
  assert.equal(follow(contacts, { redirects: undefined }), undefined);
  assert.equal(follow(contacts, {}, 301), undefined);
  assert.equal(follow([]), undefined);
  assert.equal(follow(['*']), undefined);
  assert.equal(follow(['<tel:+12065550100>']), undefined);
  assert.equal(follow(['<http://192.0.2.1>']), undefined);
  assert.equal(follow(contacts, { transport: 'tls' }), undefined, 'encryption does not end on the way');
  assert.equal(follow(['<sips:a@192.0.2.1>'], { transport: 'tls' }), 'a@192.0.2.1:null tls');
});
