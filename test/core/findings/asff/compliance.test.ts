import { expect, it } from 'vitest';
import { complianceStatus, type FindingStatus, severityLabel } from '../../../../lambda/core/findings/description.ts';
import { severities } from '../../../../lambda/core/judge/control.ts';
import type { FoundWaiver } from '../../../../lambda/core/judge/waivers/find-waiver.ts';
import { mark } from '../compliant-audit.ts';

const labels = (status: FindingStatus, state?: FoundWaiver['state']) =>
  severities.map((severity) => severityLabel({ status, ...(state && { waiver: { state, mark } }) }, { severity }));

it.each([
  ['fail', ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']],
  ['warn', ['INFORMATIONAL', 'LOW', 'MEDIUM', 'MEDIUM', 'MEDIUM']],
  ['unknown', ['INFORMATIONAL', 'LOW', 'LOW', 'LOW', 'LOW']],
  ['pass', Array(5).fill('INFORMATIONAL')],
] as const)('%s weighs no more than the failure of the control would', (status, expected) => {
  expect(labels(status)).toEqual(expected);
  expect(labels(status, 'expired')).toEqual(expected);
  expect(labels(status, 'active')).toEqual(['INFORMATIONAL', 'LOW', 'LOW', 'LOW', 'LOW']);
});

it('is a warning while it is waived, and what it is when the waiver is over', () => {
  const of = (status: FindingStatus, state?: FoundWaiver['state']) =>
    complianceStatus({ status, ...(state && { waiver: { state, mark } }) });
  expect([of('fail', 'active'), of('warn', 'active'), of('fail', 'expired')]).toEqual(['WARNING', 'WARNING', 'FAILED']);
  expect([of('pass'), of('fail'), of('warn'), of('unknown')]).toEqual(['PASSED', 'FAILED', 'WARNING', 'NOT_AVAILABLE']);
});
