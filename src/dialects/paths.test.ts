import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOT_THERE } from './amazon/not-there.ts';
import { OPERATIONS as AMAZON } from './amazon/operations.ts';
import { AMAZON_PATHS } from './amazon/paths.ts';
import { OPERATIONS as TWILIO } from './twilio/operations.ts';
import { TWILIO_PATHS } from './twilio/paths.ts';
import { OPERATIONS as WEBEX } from './webex/operations.ts';
import { WEBEX_PATHS } from './webex/paths.ts';

const DIALECTS: Readonly<Record<string, { paths: readonly string[]; operations: readonly string[] }>> = {
  amazon: { paths: AMAZON_PATHS, operations: [...AMAZON, ...NOT_THERE].map(({ path }) => path) },
  twilio: { paths: TWILIO_PATHS, operations: TWILIO.map(({ path }) => path) },
  webex: { paths: WEBEX_PATHS, operations: WEBEX.map(({ path }) => `/v1/${path}`) },
};

/** The paths at or above this one. */
const above = (operation: string, paths: readonly string[]): string[] =>
  paths.filter((path) => operation === path || operation.startsWith(`${path}/`));

for (const [dialect, { paths, operations }] of Object.entries(DIALECTS))
  test(`every operation of ${dialect} is below one of its paths, and none below another's`, () => {
    for (const operation of operations) assert.equal(above(operation, paths).length, 1, operation);
    for (const [name, { paths: theirs }] of Object.entries(DIALECTS))
      if (name !== dialect) for (const operation of operations) assert.deepEqual(above(operation, theirs), []);
    for (const path of paths) assert.ok(operations.some((operation) => above(operation, [path]).length > 0));
  });
