import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fits, permit, type Permission, type PermissionAction, type PermissionPlan } from './permission.ts';

const NOTHING: PermissionPlan = { callTypes: null, patterns: null, transferNumbers: null, codeSets: null };

function permission(action: PermissionAction, field = action): Permission {
  return { action, transferable: action === 'allow', rule: { resource: 'Location L', field } };
}

function pattern(text: string, action: PermissionAction) {
  return { name: `of ${text}`, pattern: text, permission: permission(action) };
}

function plan(parts: Partial<PermissionPlan>): PermissionPlan {
  return { ...NOTHING, ...parts };
}

describe('permissions', () => {
  it('match digit by digit', () => {
    const rows: [string, string, boolean][] = [
      ['1XXX', '1234', true],
      ['1XXX', '12345', false],
      ['1XXX', '2234', false],
      ['1XXX', '12a4', false],
      ['3XXX2', '34562', true],
      ['+496196!', '+4961967', true],
      ['+496196!', '+496196', false],
      ['+496196!', '496196123', false],
      ['!', '1', true],
      ['911', '911', true],
    ];
    for (const [text, number, expected] of rows) assert.equal(fits(text, number), expected, `${text} ${number}`);
  });

  it('count patterns before types, and the line before its place', () => {
    const place = plan({ callTypes: { national: permission('allow') }, patterns: [pattern('2001', 'block')] });
    const blocked = permit([NOTHING, place], 'national', ['2001']);
    assert.equal(blocked.outcome, 'block');
    // As traces go on: "… are blocked".
    assert.equal('because' in blocked && blocked.because, 'calls of pattern 2001 (of 2001)');
    const line = plan({ patterns: [pattern('2XXX', 'allow')] });
    assert.equal(permit([line, place], 'national', ['2001']).outcome, 'allow');
    const typed = plan({ callTypes: { national: permission('allow') } });
    assert.equal(permit([typed, place], 'national', ['2001']).outcome, 'block', 'patterns of the place outrank types');
    const strict = plan({ callTypes: { national: permission('block') } });
    assert.equal(permit([strict, place], 'national', ['2999']).outcome, 'block');
    assert.equal(permit([NOTHING, place], 'national', ['2999']).outcome, 'allow');
  });

  it('take the most specific pattern of a level, in whatever order they were made', () => {
    const patterns = [pattern('+49!', 'block'), pattern('+496196!', 'allow'), pattern('+496196XXX', 'code')];
    for (const order of [patterns, patterns.toReversed()]) {
      const levels = [plan({ patterns: order, codeSets: ['L'] })];
      assert.equal(permit(levels, 'international', ['+496196123']).outcome, 'code');
      assert.equal(permit(levels, 'international', ['+4961961234']).outcome, 'allow');
      assert.equal(permit(levels, 'international', ['+4912345678']).outcome, 'block');
    }
  });

  it('say nothing of a type that the table leaves out: that is no permission', () => {
    assert.equal(permit([plan({ callTypes: {} })], 'unknown', ['1']).outcome, 'silent');
    assert.equal(permit([NOTHING], 'national', ['1']).outcome, 'silent');
  });

  it('find codes and transfer numbers level by level, each by itself', () => {
    const rule = { resource: 'Location L', field: 'autoTransferNumbers' };
    const place = plan({
      callTypes: { international: permission('code'), national: permission('transfer-2') },
      transferNumbers: { numbers: [null, '+12065550100', null], rule },
      codeSets: ['L'],
    });
    const own = plan({ codeSets: ['P', 'L'], transferNumbers: { numbers: ['+12065550101', null, null], rule } });
    const code = permit([own, place], 'international', ['+4930123456']);
    assert.deepEqual(code.outcome === 'code' && code.codeSets, ['P', 'L']);
    const inherited = permit([NOTHING, place], 'national', ['2065550100']);
    assert.equal(inherited.outcome === 'transfer' && inherited.number, '+12065550100');
    const unset = permit([own, place], 'national', ['2065550100']);
    assert.equal(unset.outcome === 'transfer' && unset.number, null);
  });
});
