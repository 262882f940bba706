import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configElement, startSbc, valueOf } from '../../../../test/support/sbc.ts';

const BOOT = '/configuration/bootparams';

function bootParams(values: Readonly<Record<string, string>>): string {
  const nodes = Object.entries(values).map(
    ([name, value]) => `<bootparam><name>${name}</name><value>${value}</value></bootparam>`,
  );
  return `<bootparams>${nodes.join('')}</bootparams>`;
}

describe('statistics', () => {
  test('the KPI types are links to their description, and that links to the figures', async (t) => {
    const { send } = await startSbc(t);
    const links = (text: string): string[] =>
      [...text.matchAll(/<link>https:\/\/sbc\.example(?::443)?(.*?)<\/link>/g)].map(([, path = '']) => path);
    const types = links((await send('GET /statistics/kpiTypes')).text);
    assert.equal(types.length, 5);
    for (const path of types) {
      const type = path.split('=')[1] ?? '';
      const described = await send(`GET ${path}`);
      assert.match(described.text, new RegExp(`<data><${type}><kpi><name>\\w+</name><type>integer</type><units>`));
      assert.match(
        (await send(`GET ${links(described.text)[0]}`)).text,
        new RegExp(`<data><${type}><\\w+>\\d+</\\w+>`),
      );
    }
    for (const line of ['kpis?type=none', 'kpiTypes?type=constructor', 'kpis?type=toString'])
      assert.equal((await send(`GET /statistics/${line}`)).status, 404, line);
    assert.equal((await send('GET /statistics/kpis')).status, 400);
  });

  test('the figures are those of the edge', async (t) => {
    const { send } = await startSbc(t);
    const figure = async (type: string, name = type) =>
      valueOf((await send(`GET /statistics/kpis?type=${type}`)).text, name);
    assert.equal(await figure('globalSessions', 'sysGlobalConSessions'), '12');
    assert.equal(await figure('globalSessions', 'sysGlobalCPS'), '3');
    assert.equal(await figure('sessCapacityUtil'), '25');
    assert.equal(await figure('sipRegistrations'), '5');
    assert.equal(await figure('sysCPUUtil'), '17');
    assert.equal(await figure('sysMemoryUtil'), '41');
  });
});

describe('the system', () => {
  test('tells its role, how long it has run, and what it is', async (t) => {
    const { send, clock } = await startSbc(t);
    clock.advance(90_500);
    const { text } = await send('GET /system/status');
    assert.match(
      text,
      /<data><uptimeSeconds>90<\/uptimeSeconds><hostName>tollgate<\/hostName><systemState>online<\/systemState><role>standalone<\/role>/,
    );
    await send('POST /configuration/configElements', {
      body: configElement('system-config', { hostname: 'edge', location: 'Berlin' }),
    });
    const before = await send('GET /system/information');
    assert.match(before.text, /<location\/><name>tollgate<\/name><serialNum>abc<\/serialNum>/);
    await send('PUT /configuration/management?action=save');
    await send('POST /configuration/management?action=activate');
    const after = await send('GET /system/information');
    assert.match(
      after.text,
      /<productName>Tollgate<\/productName><buildVersion>1\.2\.3<\/buildVersion><upTimeSeconds>90/,
    );
    assert.match(after.text, /<location>Berlin<\/location><name>edge<\/name>/);
    assert.match((await send('GET /system/version')).text, /<buildVersion>1\.2\.3</);
  });

  test('reboots where it can, and says why where it cannot; there is nothing to switch over to', async (t) => {
    let reboots = 0;
    const system = {
      version: '',
      serialNumber: '',
      startedAt: 0,
      figures: () => assert.fail(),
      reboot: () => (reboots += 1),
    };
    const able = await startSbc(t, { system });
    const { status, text } = await able.send('POST /admin/reboot');
    assert.equal(status, 202);
    assert.match(text, /<data>Rebooting in 5 seconds<\/data><messages\/><links><link>https:.*\/system\/status<\/link>/);
    assert.equal(reboots, 1);
    const { send } = await startSbc(t);
    assert.deepEqual(
      [(await send('POST /admin/reboot')).status, (await send('POST /admin/switchover')).status],
      [500, 500],
    );
    assert.match((await send('POST /admin/switchover')).message ?? '', /no standby system/);
  });
});

describe('boot parameters', () => {
  test('are read and written as a whole or in part; the target name is what the system goes by', async (t) => {
    const { send } = await startSbc(t);
    const { text } = await send(`GET ${BOOT}`);
    assert.match(text, /<data><bootparams><bootparam><name>Boot File<\/name><value>\/boot\/bzImage<\/value>/);
    const whole = /<bootparams>.*<\/bootparams>/.exec(text)?.[0].replace('>tollgate<', '>gate7<') ?? '';
    const put = await send(`PUT ${BOOT}`, { body: `<?xml version="1.0"?>${whole}` });
    assert.equal(put.status, 200);
    assert.match(put.text, /<name>Target Name<\/name><value>gate7</);
    assert.equal((await send(`PUT ${BOOT}`, { body: bootParams({ 'IP Address': '192.0.2.1' }) })).status, 200);
    const again = (await send(`GET ${BOOT}`)).text;
    assert.match(again, /<name>IP Address<\/name><value>192.0.2.1<.*<name>Target Name<\/name><value>gate7</);
    assert.equal(valueOf((await send('GET /system/status')).text, 'hostName'), 'gate7');
  });

  test('what is unknown or not valid changes nothing; the password is kept and not shown', async (t) => {
    const { send, ledger } = await startSbc(t);
    const wrong = { 'Boot Flie': 'x', 'IP Address': '300.1.1.1', 'Target Name': '', VLAN: 'x' };
    for (const [name, value] of Object.entries(wrong)) {
      const { status, message } = await send(`PUT ${BOOT}`, { body: bootParams({ [name]: value }) });
      assert.deepEqual([status, /boot parameter/i.test(message ?? '')], [400, true]);
    }
    const twice = bootParams({ VLAN: '1' }).replace(
      '</bootparams>',
      '<bootparam><name>VLAN</name></bootparam></bootparams>',
    );
    assert.equal((await send(`PUT ${BOOT}`, { body: twice })).status, 400);
    assert.equal(await ledger.revision(), 0);
    const { text } = await send(`PUT ${BOOT}`, { body: bootParams({ 'FTP password': 'Hagebutte.5' }) });
    assert.doesNotMatch(text, /Hagebutte/);
    const stored = async () =>
      (await ledger.get({ dialect: 'oracle', kind: 'boot-parameters', id: 'boot' }))?.body['FTP password'];
    const sealed = await stored();
    assert.ok(typeof sealed === 'string');
    assert.match(sealed, /^[A-Za-z0-9+/=]{20,}$/);
    await send(`PUT ${BOOT}`, { body: bootParams({ 'FTP password': '' }) });
    assert.equal(await stored(), sealed);
  });
});
