import { describe, expect, it } from 'vitest';
import { findingsOf } from '../../../../lambda/core/findings/finding.ts';
import { arn, compliant, options } from '../../../core/findings/compliant-audit.ts';
import type { LabError } from '../../wire/service.ts';
import { SecurityHubService } from './security-hub.ts';

const { accountId, region } = arn;
const day = 86_400_000;
const sound: Readonly<Record<string, unknown>> = { ...findingsOf(compliant, options).toArray()[0]! };

/** A hub that is switched on, its clock, and a caller of the account. */
function hub() {
  let now = Date.parse('2026-11-24T10:02:00Z');
  const service = new SecurityHubService({ clock: () => now });
  service.enable(accountId, region);
  const principalArn = `arn:aws:iam::${accountId}:user/someone`;
  const call = async (operation: string, input: object): Promise<object> => {
    now += 1000;
    const place = { service: 'securityhub', accountId, region, principalArn };
    return Object(await service.handle({ ...place, operation, input: { ...input } }));
  };
  return {
    call,
    send: (...findings: readonly object[]) => call('BatchImportFindings', { Findings: findings }),
    analyst: (changes: object) =>
      call('BatchUpdateFindings', {
        FindingIdentifiers: [{ Id: sound['Id'], ProductArn: sound['ProductArn'] }],
        ...changes,
      }),
    held: () => service.findings(accountId, region),
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

const later = (minutes: number, change: object = {}) => ({
  ...sound,
  UpdatedAt: new Date(Date.parse('2026-11-24T10:01:00Z') + minutes * 60_000).toISOString(),
  ...change,
});
const ofCompliance = (Status: string) => ({ Compliance: { Status } });
const refusal = (promise: Promise<unknown>): Promise<Partial<LabError>> =>
  promise.then(
    () => ({}),
    (error: LabError) => error,
  );

describe("the lab's Security Hub", () => {
  describe('importing', () => {
    it.each([
      ["another account's finding", { AwsAccountId: '999999999999' }],
      [
        "another account's product",
        { ProductArn: `arn:aws:securityhub:${region}:999999999999:product/999999999999/default` },
      ],
      [
        "another Region's product",
        { ProductArn: `arn:aws:securityhub:us-east-1:${accountId}:product/${accountId}/default` },
      ],
      ["another vendor's product", { ProductArn: `arn:aws:securityhub:${region}::product/aquasecurity/aquasecurity` }],
    ])('refuses %s', async (_, change) => {
      expect(await refusal(hub().send({ ...sound, ...change }))).toMatchObject({ code: 'AccessDeniedException' });
    });
  });

  describe('updating', () => {
    it.each([
      ['RESOLVED', 'PASSED', 'FAILED', 'NEW'],
      ['NOTIFIED', 'PASSED', 'WARNING', 'NEW'],
      ['RESOLVED', 'PASSED', 'NOT_AVAILABLE', 'NEW'],
      ['RESOLVED', 'FAILED', 'PASSED', 'RESOLVED'],
      ['RESOLVED', 'WARNING', 'FAILED', 'RESOLVED'],
      ['SUPPRESSED', 'PASSED', 'FAILED', 'SUPPRESSED'],
    ])('of workflow %s that goes from %s to %s is then %s', async (workflow, before, after, expected) => {
      const { send, analyst, held } = hub();
      await send(later(0, ofCompliance(before)));
      await analyst({ Workflow: { Status: workflow } });
      await send(later(1, ofCompliance(after)));

      expect(held()[0]).toMatchObject({ Workflow: { Status: expected } });
    });
  });

  it.each([
    ['ACTIVE', 90],
    ['ARCHIVED', 30],
  ])('forgets %s findings %i days after the last update', async (RecordState, days) => {
    const { send, held, wait } = hub();
    await send(later(0, { RecordState }));

    wait(days * day - 1000);
    expect(held()).toHaveLength(1);
    wait(2000);
    expect(held()).toEqual([]);
  });

  describe('searching', () => {
    const values = (Comparison: string, ...Values: readonly string[]) => Values.map((Value) => ({ Value, Comparison }));

    it.each<[string, object, code?: string]>([
      ['more than ten attributes', Object.fromEntries([...'abcdefghijk'].map((name) => [name, values('EQUALS', 'x')]))],
      ['more than twenty values', { Id: values('EQUALS', ...Array(21).fill('x')) }],
      ['CONTAINS, which is for automation rules', { Id: values('CONTAINS', 'x') }],
      ["the new Security Hub's CONTAINS_WORD", { Id: values('CONTAINS_WORD', 'x') }],
      ['a filter that the lab does not know', { Confidence: [{ Gte: 0 }] }, 'NotImplemented'],
    ])('refuses %s', async (_, filters, code = 'InvalidInputException') => {
      expect(await refusal(hub().call('GetFindings', { Filters: filters }))).toMatchObject({ code });
    });
  });
});
