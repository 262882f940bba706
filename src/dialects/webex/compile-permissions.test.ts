import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { attempt } from '../../../test/support/rules.ts';
import { location, virtualLine, WebexRules } from '../../../test/support/webex-rules.ts';
import { decide } from '../../rulebook/decide/decide.ts';
import type { Decision } from '../../rulebook/decide/decision.ts';
import type { OutgoingPermission } from './documents.ts';
import { ACTIONS, CALL_TYPES, defaultPermissions, type Action, type CallTypeName } from './permissions.ts';

const GOLDEN = join(import.meta.dirname, 'compile-permissions.golden.txt');

/** A number of each type, from the US. */
const DIALLED: Readonly<Record<CallTypeName, string>> = {
  INTERNAL_CALL: '1002',
  TOLL_FREE: '+18005550199',
  INTERNATIONAL: '+442079460000',
  OPERATOR_ASSISTED: '0',
  CHARGEABLE_DIRECTORY_ASSISTED: '411',
  SPECIAL_SERVICES_I: '211',
  SPECIAL_SERVICES_II: '7005554141',
  PREMIUM_SERVICES_I: '+19005550123',
  PREMIUM_SERVICES_II: '+12069761234',
  NATIONAL: '+12065550100',
};

const SWITCHES = ['useCustomPermissions', 'useCustomDigitPatterns', 'useCustomAccessCodes', 'useCustomTransferNumbers'] as const; // prettier-ignore
type Switches = Readonly<Record<(typeof SWITCHES)[number], boolean>>;

/** What is set at a level: the same action for a type, and the numbers and codes of that level. */
function settings(level: 'location' | 'line', action: Action, type: CallTypeName, on: Switches): OutgoingPermission {
  const digit = level === 'location' ? 1 : 2;
  const own = { callType: type, action, transferEnabled: true };
  return {
    owner: { kind: level === 'location' ? 'location' : 'virtual-line', id: level },
    useCustomEnabled: true,
    callingPermissions: defaultPermissions().map((other) => (other.callType === type ? own : other)),
    autoTransferNumbers: [`+1206555017${digit}`, `+1206555018${digit}`, level === 'location' ? '+12065550191' : null],
    ...on,
  };
}

const ALL: Switches = { useCustomPermissions: true, useCustomDigitPatterns: true, useCustomAccessCodes: true, useCustomTransferNumbers: true }; // prettier-ignore

/** What became of a call, in a word or two. */
function outcome({ verdict, reason, direction, targets, permission }: Decision): string {
  if (verdict !== 'admit') return reason;
  const [target] = targets;
  if (target?.application !== undefined) return `code of ${permission?.codeSets[0]}`;
  return direction === 'internal' ? 'line' : `to ${target?.user}`;
}

async function judge(rules: WebexRules, type: CallTypeName): Promise<string> {
  const requestUri = { user: DIALLED[type], host: 'location.bcld.webex.com' };
  return outcome(decide(rules.rulebook, attempt({ requestUri, digest: { outcome: 'valid', username: 'line' } }), 0));
}

async function office(): Promise<WebexRules> {
  const rules = new WebexRules();
  await rules.put('location', 'location', location('location'));
  for (const [id, extension] of [
    ['line', '1001'],
    ['other', '1002'],
  ] as const) {
    // prettier-ignore
    const owner = { kind: 'virtual-line', id } as const;
    await rules.put('virtual-line', id, virtualLine(id, 'location', extension));
    await rules.put('line-access', id, { owner, locationId: 'location', username: id, registration: true });
  }
  return rules;
}

/** Sets a pattern of the line, or takes it away. */
function pattern(rules: WebexRules, type: CallTypeName, action: Action | null): Promise<void> {
  const owner = { kind: 'virtual-line', id: 'line' } as const;
  const text = DIALLED[type];
  const body = action && { id: 'p', owner, name: 'p', pattern: text, action, transferEnabled: true, created: '' };
  return rules.put('digit-pattern', 'line/p', body);
}

/** Every type and action at each level, with each of the custom switches on and off. */
async function matrix(): Promise<string> {
  const rules = await office();
  const lines: string[] = [];
  for (const type of CALL_TYPES) {
    for (const action of ACTIONS) {
      await rules.put('outgoing-permission', 'location', settings('location', action, type, ALL));
      await rules.put('outgoing-permission', 'line', null);
      await pattern(rules, type, null);
      lines.push(`${type} ${action} at the location: ${await judge(rules, type)}`);
      // At the line, over a location that says the opposite.
      const opposite = action === 'BLOCK' ? 'ALLOW' : 'BLOCK';
      await rules.put('outgoing-permission', 'location', settings('location', opposite, type, ALL));
      for (let bits = 0; bits < 16; bits += 1) {
        const on = Object.fromEntries(SWITCHES.map((name, bit) => [name, (bits & (1 << bit)) !== 0])) as Switches;
        // The pattern has the action of the row; the table has it only while the pattern does not count.
        const table = on.useCustomDigitPatterns ? opposite : action;
        await rules.put('outgoing-permission', 'line', settings('line', table, type, on));
        await pattern(rules, type, action);
        const custom = SWITCHES.filter((name) => on[name]).map((name) => name.slice('useCustom'.length));
        lines.push(
          `${type} ${action} at the line, custom ${custom.join('+') || 'nothing'}: ${await judge(rules, type)}`,
        );
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

test('every type, action, level and switch comes to what the golden file says', async () => {
  const found = await matrix();
  // To write it anew: TOLLGATE_WRITE_GOLDEN=1 node --test …, and read the difference.
  if (process.env['TOLLGATE_WRITE_GOLDEN']) writeFileSync(GOLDEN, found);
  assert.deepEqual(found.split('\n'), readFileSync(GOLDEN, 'utf8').split('\n'));
});
