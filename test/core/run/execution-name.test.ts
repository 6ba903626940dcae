import { expect, it } from 'vitest';
import { executionName } from '../../../lambda/core/run/item.ts';

it.each([
  ['2026-11-25T05:00:00Z', '20261125T050000Z'],
  ['2026-11-25T05:00:59.999Z', '20261125T050059Z'],
  ['2026-11-25T06:00:00+01:00', '20261125T050000Z'],
])('names the execution of %s by its time in UTC, in characters that a name may have', (at, name) => {
  expect(executionName(new Date(at))).toBe(name);
});
