import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSbc } from '../../../../test/support/sbc.ts';
import { ELEMENT_TYPES } from '../element-types/element-types.ts';

test('the types are listed with what they are, singletons marked', async (t) => {
  const { send } = await startSbc(t);
  const { text } = await send('GET /configuration/elementTypes');
  assert.match(
    text,
    /^<\?xml[^\n]*\?>\n<response><data><elementTypes><elementType><name>access-control<\/name><description>/,
  );
  assert.match(text, /<elementType single="true"><name>sip-config<\/name>/);
  assert.equal(text.split('<elementType').length - 2, ELEMENT_TYPES.length);
});

test('metadata tell name, key, type, default and limits of each attribute', async (t) => {
  const { send } = await startSbc(t);
  const metadata = async (type: string): Promise<string[]> => {
    const { text } = await send(`GET /configuration/elementTypes/metadata?elementType=${type}`);
    return [...text.matchAll(/<attributeMetadata>(.*?)<\/attributeMetadata>/g)].map(([, found = '']) => found);
  };
  const access = await metadata('access-control');
  assert.equal(access.filter((one) => one.includes('<key>true</key>')).length, 5);
  assert.ok(
    access.includes(
      '<name>deny-period</name><key>false</key><required>false</required><type>integer</type><list>false</list><default>30</default><minimum>0</minimum><maximum>4294967295</maximum>',
    ),
  );
  assert.ok(
    access.includes(
      '<name>access</name><key>false</key><required>false</required><type>enumeration</type><list>false</list><default>permit</default><value>permit</value><value>deny</value>',
    ),
  );
  const [realm] = await metadata('access-control');
  assert.match(realm ?? '', /<type>reference<\/type>.*<reference>realm-config<\/reference>/);
  const { text } = await send('GET /configuration/elementTypes/metadata?elementType=session-agent');
  assert.match(
    text,
    /<subElementMetadata><name>rate-constraints<\/name><\/subElementMetadata><subElementMetadata><name>auth-attribute</,
  );
  assert.equal((await metadata('sip-interface/sip-port'))[0]?.includes('<name>address</name><key>true</key>'), true);
});

test('a template is bare, with what is asked for inside, or just that', async (t) => {
  const { send } = await startSbc(t);
  const template = async (query: string) => send(`GET /configuration/elementTypes/template?elementType=${query}`);
  assert.doesNotMatch((await template('sip-interface')).text, /subElement/);
  assert.match(
    (await template('sip-interface&subElement=sip-port')).text,
    /<subElement><subElementType>sip-port<\/subElementType>.*<\/subElement><\/configElement>/,
  );
  const inner = await template('sip-interface/sip-port');
  assert.match(inner.text, /<data><configElement><subElementType>sip-port<\/subElementType><attribute><name>address</);
  for (const [query, status] of [
    ['sip-port', 404],
    ['sip-interface/none', 404],
    ['sip-interface&subElement=none', 400],
    ['', 400],
  ] as const)
    assert.equal((await template(query)).status, status, query);
});
