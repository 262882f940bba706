import type { CallType } from './dial-plan/dial-plan.ts';
import type { RuleReference } from './rule.ts';

/** What is done about a call: let it through, refuse it, ask the caller for a code, or send it to somebody who decides. */
export type PermissionAction = 'allow' | 'block' | 'code' | 'transfer-1' | 'transfer-2' | 'transfer-3';

export interface Permission {
  readonly action: PermissionAction;
  /** Whether calls may be transferred or forwarded there, which an allowed call does not imply. */
  readonly transferable: boolean;
  readonly rule: RuleReference;
}

/** A permission for some numbers. `X` is one digit; a final `!` is one or more. */
export interface DigitPattern {
  readonly name: string;
  readonly pattern: string;
  readonly permission: Permission;
}

/** E.164 numbers of those who decide, first to third; null where none is set. */
export interface TransferNumbers {
  readonly numbers: readonly [string | null, string | null, string | null];
  readonly rule: RuleReference;
}

/**
 * Whom one level lets call what. A null part leaves it to the level below, each part by itself: a line may have
 * patterns of its own and the codes of its place.
 */
export interface PermissionPlan {
  readonly callTypes: Readonly<Partial<Record<CallType, Permission>>> | null;
  readonly patterns: readonly DigitPattern[] | null;
  readonly transferNumbers: TransferNumbers | null;
  /** Names of the sets whose codes are right here. */
  readonly codeSets: readonly string[] | null;
}

interface Found {
  readonly permission: Permission;
  /** Null: the type of the call decided. */
  readonly pattern: DigitPattern | null;
  readonly because: string;
}

/** What the plans say of a call. */
export type Permitted =
  | (Found & { readonly outcome: 'allow' })
  | (Found & { readonly outcome: 'block' })
  | (Found & { readonly outcome: 'code'; readonly codeSets: readonly string[] })
  | (Found & {
      readonly outcome: 'transfer';
      /** Null: the number is not set, and the call goes nowhere. */
      readonly number: string | null;
      readonly index: 1 | 2 | 3;
    })
  /** No level says anything of this type of call: not the same as letting it through. */
  | { readonly outcome: 'silent' };

/**
 * Asks the levels, nearest first (a line, then its place). Patterns count before types, at any level; among the
 * patterns of one level the most specific counts: more fixed digits, then more digits.
 */
export function permit(levels: readonly PermissionPlan[], type: CallType, spellings: readonly string[]): Permitted {
  for (const { patterns } of levels) {
    const pattern = mostSpecific(
      (patterns ?? []).filter((candidate) => spellings.some((text) => fits(candidate.pattern, text))),
    );
    if (pattern) {
      const because = `calls of pattern ${pattern.pattern} (${pattern.name})`;
      return carryOut({ permission: pattern.permission, pattern, because }, levels);
    }
  }
  const own = levels.find(({ callTypes }) => callTypes !== null);
  const permission = own?.callTypes?.[type];
  return permission ? carryOut({ permission, pattern: null, because: `${type} calls` }, levels) : { outcome: 'silent' };
}

/** Whether a number fits a pattern; the plus sign and the order of digits count, separators do not. */
export function fits(pattern: string, text: string): boolean {
  const open = pattern.endsWith('!');
  const fixed = open ? pattern.slice(0, -1) : pattern;
  if (open ? text.length <= fixed.length : text.length !== fixed.length) return false;
  for (let index = 0; index < fixed.length; index += 1) {
    const wanted = fixed[index];
    if (wanted === 'X' ? !isDigit(text[index]) : wanted !== text[index]) return false;
  }
  return true;
}

function carryOut(found: Found, levels: readonly PermissionPlan[]): Permitted {
  const { action } = found.permission;
  if (action === 'allow' || action === 'block') return { ...found, outcome: action };
  if (action === 'code') {
    const codeSets = levels.find((level) => level.codeSets !== null)?.codeSets ?? [];
    return { ...found, outcome: 'code', codeSets };
  }
  const index = Number(action.slice('transfer-'.length)) as 1 | 2 | 3;
  const numbers = levels.find(({ transferNumbers }) => transferNumbers !== null)?.transferNumbers?.numbers;
  return { ...found, outcome: 'transfer', number: numbers?.[index - 1] ?? null, index };
}

function mostSpecific(patterns: readonly DigitPattern[]): DigitPattern | undefined {
  return patterns.toSorted(
    (a, b) =>
      fixedDigits(b.pattern) - fixedDigits(a.pattern) ||
      b.pattern.length - a.pattern.length ||
      (a.pattern < b.pattern ? -1 : 1),
  )[0];
}

function fixedDigits(pattern: string): number {
  return pattern.replaceAll(/[X!]/g, '').length;
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}
