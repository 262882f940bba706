import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { systemNameServer, type NameServer } from './resolve-dns.ts';

const A = 1;
const SRV = 33;
const NAPTR = 35;
const NO_SUCH_NAME = 3;

const u16 = (...values: number[]): Buffer => Buffer.from(values.flatMap((value) => [value >> 8, value & 255]));
const text = (value: string): Buffer => Buffer.from(`${String.fromCharCode(value.length)}${value}`, 'latin1');
const domain = (name: string): Buffer => Buffer.concat([...name.split('.').map(text), Buffer.from([0])]);

/** A name server of a few lines (RFC 1035 §4): one record for each question that it knows. */
async function serve(t: TestContext, records: Record<string, { ttl: number; data: Buffer }>): Promise<NameServer> {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.on('message', (query, from) => {
    const end = query.indexOf(0, 12) + 5;
    const question = query.subarray(12, end);
    const type = question.readUInt16BE(question.length - 4);
    const labels: string[] = [];
    for (let at = 0; question[at]; at += (question[at] ?? 0) + 1)
      labels.push(question.toString('latin1', at + 1, at + 1 + (question[at] ?? 0)));
    const found = records[`${type} ${labels.join('.').toLowerCase()}`];
    const flags = 0x8180 | (found ? 0 : NO_SUCH_NAME);
    const head = Buffer.concat([query.subarray(0, 2), u16(flags, 1, found ? 1 : 0, 0, 0), question]);
    const answer = found && Buffer.concat([u16(0xc00c, type, 1, 0, found.ttl, found.data.length), found.data]);
    socket.send(answer ? Buffer.concat([head, answer]) : head, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return systemNameServer([`127.0.0.1:${socket.address().port}`]);
}

describe('6.9 asking name servers', () => {
  test('6.9 for addresses, with their time to live', async (t) => {
    const names = await serve(t, { [`${A} gw.example`]: { ttl: 17, data: Buffer.from([192, 0, 2, 1]) } });
    assert.deepEqual(await names.addresses('gw.example', 4), { ttl: 17, records: ['192.0.2.1'] });
  });

  test('6.9 for SRV and NAPTR', async (t) => {
    const data = Buffer.concat([u16(10, 20), text('s'), text('SIP+D2U'), text(''), domain('_sip._udp.gw.example')]);
    const names = await serve(t, {
      [`${SRV} _sip._udp.gw.example`]: { ttl: 17, data: Buffer.concat([u16(1, 2, 5070), domain('one.example')]) },
      [`${NAPTR} gw.example`]: { ttl: 17, data },
    });
    const [srv] = (await names.srv('_sip._udp.gw.example')).records;
    assert.partialDeepStrictEqual(srv, { name: 'one.example', port: 5070, priority: 1, weight: 2 });
    const [naptr] = (await names.naptr('gw.example')).records;
    const replacement = '_sip._udp.gw.example';
    const expected = { flags: 's', service: 'SIP+D2U', regexp: '', replacement, order: 10, preference: 20 };
    assert.partialDeepStrictEqual(naptr, expected);
  });

  test('6.9 "no such name" is an answer', async (t) => {
    const names = await serve(t, {});
    assert.deepEqual((await names.addresses('gw.example', 6)).records, []);
    assert.deepEqual((await names.srv('gw.example')).records, []);
    assert.deepEqual((await names.naptr('gw.example')).records, []);
  });

  test('6.9 what only this machine knows', async () => {
    const { records } = await systemNameServer().local('localhost');
    assert.ok(records.some((address) => address === '127.0.0.1' || address === '::1'));
  });
});
