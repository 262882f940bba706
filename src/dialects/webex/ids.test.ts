import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeId, encodeId } from './ids.ts';

const ID = '2c8a7b1e-0d1f-4b3a-9c7d-5e6f70819203';

test('ids are the vendor’s: base64 without padding of a ciscospark URI', () => {
  const text = encodeId('LOCATION', ID);
  assert.equal(Buffer.from(text, 'base64').toString(), `ciscospark://us/LOCATION/${ID}`);
  assert.doesNotMatch(text, /=/);
  assert.equal(decodeId(text, 'LOCATION'), ID);
  assert.equal(decodeId(text, 'PEOPLE', 'LOCATION'), ID);
});

test('padding, another region and a bare UUID are taken; another type and what is no id are not', () => {
  assert.equal(decodeId(`${encodeId('PLACE', ID)}==`, 'PLACE'), ID);
  const region = Buffer.from(`ciscospark://urn:TEAM:eu/PLACE/${ID}`).toString('base64');
  assert.equal(decodeId(region, 'PLACE'), undefined);
  assert.equal(decodeId(Buffer.from(`ciscospark://eu-central/PLACE/${ID}`).toString('base64'), 'PLACE'), ID);
  assert.equal(decodeId(ID.toUpperCase(), 'TRUNK'), ID);
  for (const bad of [
    '',
    'x',
    encodeId('PEOPLE', ID),
    encodeId('PLACE', 'x'),
    encodeId('PLACE', `${ID}/x`),
    'A'.repeat(9999),
  ])
    assert.equal(decodeId(bad, 'PLACE'), undefined, bad.slice(0, 40));
});
