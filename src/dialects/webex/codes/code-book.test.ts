import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeOffice, must, startWebex } from '../../../../test/support/webex.ts';
import { decodeId } from '../ids.ts';
import { CodeBook, type CodeTry } from './code-book.ts';
import { codeAt, stepAt } from './one-time-code.ts';

type Context = Parameters<typeof startWebex>[0];

/** An office, and a person of it who keys codes. */
async function setUp(t: Context) {
  const server = await startWebex(t);
  const office = await makeOffice(server);
  const location = decodeId(office.locationId, 'LOCATION') ?? '';
  const line = decodeId(office.personId, 'PEOPLE') ?? '';
  const key = (digits: string, more: Partial<CodeTry> = {}) =>
    server.codeBook.verify({ line, location, codeSets: [location], digits, called: '+442079460123', ...more });
  const outcome = async (digits: string, more: Partial<CodeTry> = {}) => (await key(digits, more)).outcome;
  const codes = `access-codes/${office.locationId}`;
  const make = async (code: object) => (await must(server.add(`POST ${codes}`, code), 201)).json;
  return { ...server, office, location, line, key, outcome, codes, make };
}

describe('codes that live', () => {
  test('a code expires, and its life can be prolonged', async (t) => {
    const { make, outcome, clock, add, codes } = await setUp(t);
    const at = (ms: number) => new Date(clock.now() + ms).toISOString();
    const { id } = await make({ code: '4711', description: 'Visitors', expires: at(1000) });
    assert.equal(await outcome('4711'), 'match');
    clock.advance(1000);
    assert.equal(await outcome('4711'), 'none');
    await must(add(`PUT ${codes}/${id}`, { expires: at(5000) }), 200);
    assert.equal(await outcome('4711'), 'match');
    const { json } = await must(add(`PUT ${codes}/${id}`, { expires: null }), 200);
    assert.deepEqual([json['expires'], json['uses'], json['description']], [null, 2, 'Visitors']);
  });

  test('of many calls at once only so many get a use', async (t) => {
    const { make, outcome, add, codes, ledger, line } = await setUp(t);
    const { id } = await make({ code: '4711', description: 'Three calls', maximumUses: 3 });
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcome('4711')));
    assert.equal(outcomes.filter((one) => one === 'match').length, 3);
    const { json } = await must(add(`GET ${codes}/${id}`), 200);
    assert.deepEqual([json['uses'], json['maximumUses'], json['lastLine']], [3, 3, line]);
    const uses = (await ledger.revisionsAfter(0, 1000)).filter(({ operation }) => operation === 'UseAccessCode');
    assert.deepEqual(
      uses.map(({ actor, changes }) => [actor, changes[0]?.after?.['description']]),
      Array.from({ length: 3 }, () => [`line ${line}`, 'Three calls']),
    );
    assert.doesNotMatch(JSON.stringify(uses), /4711/);
  });

  test('a code may be for some destinations only', async (t) => {
    const { make, outcome } = await setUp(t);
    await make({ code: '4711', description: 'UK', destinations: ['+44!', '+1212555XXXX'] });
    assert.equal(await outcome('4711'), 'match');
    assert.equal(await outcome('4711', { called: '+12125550100' }), 'match');
    assert.equal(await outcome('4711', { called: '+4930123456' }), 'none');
  });

  test('a time-based code is right for its time, once, and the vendor’s list shows the digits of now', async (t) => {
    const { make, outcome, clock, send, office, codes, add } = await setUp(t);
    const made = await make({ description: 'On call', timeBased: {} });
    assert.match(
      made['uri'],
      /^otpauth:\/\/totp\/Tollgate%3AOn%20call\?secret=[A-Z2-7]{32}&issuer=Tollgate&digits=6&period=30$/,
    );
    const digits = (drift = 0) => codeAt(made['secret'], stepAt(clock.now(), 30) + drift, 6);
    const path = `telephony/config/locations/${office.locationId}/outgoingPermission/accessCodes`;
    assert.deepEqual((await send(`GET ${path}`)).json, { accessCodes: [{ code: digits(), description: 'On call' }] });
    assert.equal(await outcome(digits(-2)), 'none');
    assert.equal(await outcome(digits(-1)), 'match');
    assert.equal(await outcome(digits()), 'match');
    assert.equal(await outcome(digits()), 'none', 'the same digits a second time');
    assert.equal(await outcome(digits(-1)), 'none', 'older than the last');
    clock.advance(30_000);
    assert.equal(await outcome(digits()), 'match');
    const listed = (await must(add(`GET ${codes}`), 200)).json['accessCodes'];
    assert.equal(listed.length, 1);
    assert.doesNotMatch(JSON.stringify(listed), new RegExp(`${made['secret']}|${digits()}`));
    await must(send(`PUT ${path}`, { deleteCodes: [digits()] }), 204);
    assert.deepEqual((await send(`GET ${path}`)).json, { accessCodes: [] });
  });

  test('only codes of the sets that count are right', async (t) => {
    const { make, outcome, location, line, add, office } = await setUp(t);
    await make({ code: '4711', description: 'Location' });
    await must(add(`POST access-codes/${office.personId}`, { code: '0815', description: 'Own' }), 201);
    assert.equal(await outcome('0815'), 'none');
    assert.equal(await outcome('0815', { codeSets: [line, location] }), 'match');
    assert.equal(await outcome('4711', { codeSets: [line] }), 'none');
    for (const odd of ['', '47', '47110', 'abc', '4711#', '4'.repeat(500)])
      assert.equal(await outcome(odd, { line: odd }), 'none', odd);
  });

  test('what is no life of a code is refused, in the words of the gate’s own API', async (t) => {
    const { add, codes, ledger } = await setUp(t);
    const before = await ledger.revision();
    for (const bad of [
      { description: 'neither' },
      { code: '4711', description: 'both', timeBased: {} },
      { code: '4711', description: 'x', maximumUses: 0 },
      { code: '4711', description: 'x', expires: 'tomorrow' },
      { code: '4711', description: 'x', destinations: ['abc'] },
      { code: '4711', description: 'x', destinations: [] },
      { description: 'x', timeBased: { digits: 4 } },
      { code: '47x1', description: 'x' },
    ]) {
      const { status, json } = await add(`POST ${codes}`, bad);
      assert.deepEqual([status, json['error'].code], [400, 'bad-request'], JSON.stringify(bad));
      assert.doesNotMatch(json['error'].message, /4711|47x1/);
    }
    assert.equal((await add('GET access-codes/unknown')).status, 404);
    assert.equal((await add(`GET ${codes}/unknown`)).status, 404);
    assert.equal(await ledger.revision(), before);
  });
});

describe('lock-out', () => {
  test('wrong codes lock the line for a while, and only the line', async (t) => {
    const { make, outcome, key, codeBook, line, location, clock, add, office } = await setUp(t);
    await make({ code: '4711', description: 'Right' });
    for (let index = 0; index < 9; index += 1) assert.equal(await outcome(`10${index}`), 'none');
    const until = clock.now() + 900_000;
    assert.deepEqual(await key('4711'), { outcome: 'locked', until });
    assert.equal(codeBook.lockedUntil(line, location), until);
    assert.equal(codeBook.lockedUntil('another', location), null);
    assert.equal(codeBook.lockedUntil('another', line), null, 'a line is no location');
    assert.equal(await outcome('4711', { line: 'another' }), 'match');
    const lockout = { kind: 'line', id: line, wrongCodes: 9, until: new Date(until).toISOString() };
    assert.deepEqual((await must(add('GET lockouts'), 200)).json, { lockouts: [lockout] });
    await must(add(`DELETE lockouts/${office.personId}`), 204);
    assert.equal((await add(`DELETE lockouts/${office.personId}`)).status, 404);
    assert.equal(await outcome('4711'), 'match');
    for (let index = 0; index < 9; index += 1) await outcome(`20${index}`);
    assert.equal(await outcome('4711'), 'locked');
    clock.advance(900_000);
    assert.equal(await outcome('4711'), 'match');
  });

  test('a lock-out outlives a restart, until it is over or lifted', async (t) => {
    const { make, outcome, line, location, clock, ledger, sealer } = await setUp(t);
    await make({ code: '4711', description: 'Right' });
    for (let index = 0; index < 8; index += 1) await outcome(`10${index}`);
    const before = await ledger.revision();
    await outcome('109');
    assert.equal(await ledger.revision(), before + 1, 'only the lock-out is written, not each wrong code');
    assert.equal(await outcome('109'), 'locked');
    const restart = () => CodeBook.open({ ledger, sealer, clock });
    const again = await restart();
    assert.deepEqual(again.lockouts(), [{ kind: 'line', id: line, wrongCodes: 9, until: clock.now() + 900_000 }]);
    assert.equal(again.lockedUntil(line, location), clock.now() + 900_000);
    assert.equal(await again.lift(line), true);
    assert.deepEqual((await restart()).lockouts(), []);
    for (let index = 0; index < 9; index += 1)
      await again.verify({ line, location, codeSets: [], digits: '12', called: '+442079460123' });
    assert.equal((await restart()).lockouts().length, 1);
    clock.advance(900_000);
    assert.deepEqual((await restart()).lockouts(), []);
    assert.deepEqual(await ledger.list({ dialect: 'webex', kind: 'lockout' }), []);
  });

  test('a right code clears what was wrong before; guesses at the same time all count', async (t) => {
    const { make, outcome, line, key } = await setUp(t);
    await make({ code: '4711', description: 'Right' });
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 8; index += 1) await outcome(`10${index}`);
      assert.equal(await outcome('4711'), 'match');
    }
    const guesses = await Promise.all(Array.from({ length: 50 }, (_, index) => outcome(String(5000 + index))));
    assert.equal(guesses.filter((one) => one === 'none').length, 9);
    assert.equal((await key('4711', { line })).outcome, 'locked');
  });

  test('wrong codes from many lines lock the location', async (t) => {
    const { make, outcome, codeBook, location } = await setUp(t);
    await make({ code: '4711', description: 'Right' });
    for (let index = 0; index < 90; index += 1)
      assert.equal(await outcome('9999', { line: `line ${index >> 3}` }), 'none');
    assert.equal(await outcome('4711', { line: 'yet another' }), 'locked');
    assert.equal(await outcome('4711', { line: 'far away', location: 'elsewhere' }), 'match');
    assert.equal(await codeBook.lift(location), true);
    assert.equal(await outcome('4711', { line: 'yet another' }), 'match');
  });
});
