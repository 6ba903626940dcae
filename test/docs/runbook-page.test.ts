import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withRunbookSteps } from './runbook-steps.ts';

it('docs/runbook.md names the steps of the runbook as they are, each that can fail with its meaning', () => {
  const page = readFileSync('docs/runbook.md', 'utf8');
  expect(withRunbookSteps(page)).toBe(page);
});
