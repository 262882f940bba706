import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDocument } from './document.ts';
import { TwimlFault } from './faults.ts';

test('a document becomes elements with their attributes and words', () => {
  const [say, gather] = parseDocument(
    `<?xml version="1.0" encoding="UTF-8"?>
     <Response><!-- hello --><Say voice="man">  Caf&#233; &amp; <break time="1s"/>bar<![CDATA[ <3 &amp;]]></Say>
     <Gather><Play>a.wav</Play></Gather></Response>`,
  );
  assert.equal(say?.name, 'Say');
  assert.equal(say?.attributes.get('voice'), 'man');
  assert.equal(say?.text.replace(/\s+/g, ' '), 'Café & bar <3 &amp;');
  assert.deepEqual(
    gather?.children.map(({ name, text }) => [name, text]),
    [['Play', 'a.wav']],
  );
});

const BROKEN: Record<string, { text: string; code: number }> = {
  nothing: { text: '', code: 12100 },
  'white space': { text: ' \n', code: 12100 },
  'no XML': { text: 'hello', code: 12100 },
  JSON: { text: '{"a":1}', code: 12100 },
  'an open element': { text: '<Response><Say>', code: 12100 },
  'elements that cross': { text: '<Response><Say><b></Say></b></Response>', code: 12100 },
  'an attribute without quotes': { text: '<Response><Pause length=1/></Response>', code: 12100 },
  'an attribute twice': { text: '<Response><Pause length="1" length="2"/></Response>', code: 12100 },
  'a bare ampersand': { text: '<Response><Say>a & b</Say></Response>', code: 12100 },
  'an entity of nobody': { text: '<Response><Say>&nope;</Say></Response>', code: 12100 },
  'an entity that only JavaScript knows': { text: '<Response><Say>&constructor;</Say></Response>', code: 12100 },
  'a character that XML forbids': { text: '<Response><Say>&#0;</Say></Response>', code: 12100 },
  'two roots': { text: '<Response/><Response/>', code: 12100 },
  'words after the end': { text: '<Response/>x', code: 12100 },
  'another root': { text: '<response/>', code: 12102 },
  'a document type': { text: '<!DOCTYPE Response><Response/>', code: 12100 },
  'entities of its own': { text: '<!DOCTYPE r [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>', code: 12100 },
  'a constructor': { text: '<Response><constructor/></Response>', code: 12100 },
  'a prototype': { text: '<Response><__proto__/></Response>', code: 12100 },
  'elements without end': { text: `<Response>${'<a/>'.repeat(2000)}</Response>`, code: 12100 },
  'elements in elements': { text: `<Response>${'<a>'.repeat(20)}${'</a>'.repeat(20)}</Response>`, code: 12100 },
  'a deep abyss': { text: '<a>'.repeat(20_000), code: 12100 },
};

for (const [what, { text, code }] of Object.entries(BROKEN))
  test(`refused as ${code}: ${what}`, () => {
    assert.throws(
      () => parseDocument(text),
      (error) => error instanceof TwimlFault && error.code === code && error.message.length < 300,
    );
  });
