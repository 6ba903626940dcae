import { describe, expect, it } from 'vitest';
import { findingsOf } from '../../../../lambda/core/findings/finding.ts';
import { arn, compliant, options } from '../../../core/findings/compliant-audit.ts';
import type { LabError } from '../../wire/service.ts';
import { EventsService } from '../events/events.ts';
import { SecurityHubService } from './security-hub.ts';
import { refusals } from './security-hub-rules.ts';

const { accountId, region } = arn;
const day = 86_400_000;
const sound: Readonly<Record<string, unknown>> = { ...findingsOf(compliant, options)[0]! };

interface Answer {
  readonly Findings: readonly { readonly Id: string }[];
  readonly NextToken?: string;
}

/** A hub that is switched on, its clock, and a caller of the account. */
function hub({ enabled = true } = {}) {
  let now = Date.parse('2026-11-24T10:02:00Z');
  const bus = new EventsService({ clock: () => now });
  const service = new SecurityHubService({ clock: () => now, bus });
  if (enabled) service.enable(accountId, region);

  const call = async (operation: string, input: object, change: { accountId?: string; region?: string } = {}) => {
    now += 1000;
    const place = { accountId, region, ...change };
    const principalArn = `arn:aws:iam::${place.accountId}:user/someone`;
    return (await service.handle({
      service: 'securityhub',
      operation,
      ...place,
      principalArn,
      input: { ...input },
    })) as Answer;
  };
  return {
    service,
    bus,
    call,
    send: (...findings: readonly object[]) => call('BatchImportFindings', { Findings: findings }),
    get: (Filters: object, more: object = {}) => call('GetFindings', { Filters, ...more }),
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
const named = (...ids: readonly string[]) => ids.map((Id) => ({ ...sound, Id }));
const ofCompliance = (Status: string) => ({ Compliance: { Status } });
const refusal = (promise: Promise<unknown>): Promise<Partial<LabError>> =>
  promise.then(
    () => ({}),
    (error: LabError) => error,
  );

describe("the lab's Security Hub", () => {
  describe('importing', () => {
    it('refuses a call of more than 6 MB', async () => {
      const big = { ...sound, Note: { Text: 'x'.repeat(61_000), UpdatedBy: 'me' } };

      expect(await refusal(hub().send(...Array(100).fill(big)))).toMatchObject({ code: 'InvalidInputException' });
    });

    it('fails a single bad finding and takes the others', async () => {
      const { send, held } = hub();
      const answer = await send(...named('a', 'b').map((each, index) => (index ? { ...each, Title: ' ' } : each)));

      expect(answer).toMatchObject({
        SuccessCount: 1,
        FailedCount: 1,
        FailedFindings: [{ Id: 'b', ErrorCode: 'InvalidInput' }],
      });
      expect(held().map((each) => each['Id'])).toEqual(['a']);
    });

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

    it.each<[string, object]>([
      ['no Severity at all', { FindingProviderFields: { Types: ['Effects'] } }],
      ['no Types at all', { FindingProviderFields: { Severity: { Label: 'LOW' } } }],
      ['an unknown namespace of types', { FindingProviderFields: { Severity: { Label: 'LOW' }, Types: ['Mine/Own'] } }],
      ['an unknown label', { FindingProviderFields: { Severity: { Label: 'BAD' }, Types: ['Effects'] } }],
      ['an unknown status', ofCompliance('UNKNOWN')],
      ['a reason without a code', { Compliance: { Status: 'FAILED', StatusReasons: [{ Description: 'x' }] } }],
      ['a confidence of 101', { Confidence: 101 }],
      ['a partition that ASFF does not know', { Resources: [{ Type: 'Other', Id: 'x', Partition: 'aws-eusc' }] }],
      ['a resource without an Id', { Resources: [{ Type: 'Other' }] }],
      ['another schema', { SchemaVersion: '2017-01-01' }],
      ['no title', { Title: undefined }],
    ])('finds fault with %s', (_, change) => {
      expect(refusals({ ...sound, ...change })).toHaveLength(1);
    });
  });

  describe('updating', () => {
    it.each([0, -1])(
      'ignores an update whose UpdatedAt is no later, without an error (%i minutes)',
      async (minutes) => {
        const { send, held, service } = hub();
        await send(later(0));

        expect(await send(later(minutes, { Title: 'changed' }))).toMatchObject({ SuccessCount: 1 });
        expect(held()[0]).toMatchObject({ Title: sound['Title'] });
        expect(service.events(accountId, region)).toHaveLength(1);
      },
    );

    it("leaves the analyst's fields alone, even when the provider sends them", async () => {
      const { send, analyst, held } = hub();
      await send(later(0));
      await analyst({
        Note: { Text: 'mine', UpdatedBy: 'me' },
        Workflow: { Status: 'SUPPRESSED' },
        UserDefinedFields: { team: 'blue' },
        VerificationState: 'BENIGN_POSITIVE',
        Severity: { Label: 'LOW' },
      });
      const theirs = {
        Note: { Text: 'theirs', UpdatedBy: 'x' },
        Workflow: { Status: 'NEW' },
        UserDefinedFields: { team: 'x' },
      };
      await send(
        later(1, { ...theirs, FindingProviderFields: { Severity: { Label: 'CRITICAL' }, Types: ['Effects'] } }),
      );

      expect(held()[0]).toMatchObject({
        Note: { Text: 'mine' },
        Workflow: { Status: 'SUPPRESSED' },
        UserDefinedFields: { team: 'blue' },
        VerificationState: 'BENIGN_POSITIVE',
        Severity: { Label: 'LOW', Normalized: 1 },
        FindingProviderFields: { Severity: { Label: 'CRITICAL' } },
      });
    });

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

    it.each(['NOTIFIED', 'RESOLVED', 'SUPPRESSED'])(
      'leaves workflow %s alone when a finding is archived, or only said again',
      async (workflow) => {
        const { send, analyst, held } = hub();
        await send(later(0));
        await analyst({ Workflow: { Status: workflow } });
        await send(later(1));
        await send(later(2, { RecordState: 'ARCHIVED' }));

        expect(held()[0]).toMatchObject({ Workflow: { Status: workflow } });
      },
    );

    it("leaves UpdatedAt to the provider: the analyst's change does not move it", async () => {
      const { send, analyst, held, service } = hub();
      await send(later(0));
      await analyst({ Workflow: { Status: 'NOTIFIED' } });

      expect(held()[0]).toMatchObject({ UpdatedAt: later(0).UpdatedAt, Workflow: { Status: 'NOTIFIED' } });
      expect(service.events(accountId, region)).toHaveLength(2);
      await send(later(0, { Title: 'changed' }));
      expect(held()[0]).toMatchObject({ Title: sound['Title'] });
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
    const filled = async () => {
      const made = hub();
      await made.send(
        ...named('a', 'b', 'c').map((each, index) => ({
          ...each,
          Title: `title ${index}`,
          GeneratorId: `tool-${index}/x`,
        })),
      );
      return {
        ...made,
        idsOf: async (filters: object) => (await made.get(filters)).Findings.map((each: { Id: string }) => each.Id),
      };
    };

    it.each<[string, object, readonly string[]]>([
      ['without filters', {}, ['a', 'b', 'c']],
      ['EQUALS', { Id: [{ Value: 'b', Comparison: 'EQUALS' }] }, ['b']],
      ['EQUALS of several values', { Id: ['a', 'c'].map((Value) => ({ Value, Comparison: 'EQUALS' })) }, ['a', 'c']],
      ['NOT_EQUALS of several values', { Id: ['a', 'c'].map((Value) => ({ Value, Comparison: 'NOT_EQUALS' })) }, ['b']],
      ['PREFIX', { GeneratorId: [{ Value: 'tool-1/', Comparison: 'PREFIX' }] }, ['b']],
      ['PREFIX_NOT_EQUALS', { GeneratorId: [{ Value: 'tool-1/', Comparison: 'PREFIX_NOT_EQUALS' }] }, ['a', 'c']],
      [
        'PREFIX less NOT_EQUALS',
        {
          GeneratorId: [
            { Value: 'tool-', Comparison: 'PREFIX' },
            { Value: 'tool-2/x', Comparison: 'NOT_EQUALS' },
          ],
        },
        ['a', 'b'],
      ],
      ['a number', { SeverityNormalized: [{ Gte: 0, Lt: 1 }] }, ['a', 'b', 'c']],
      ['a number out of range', { SeverityNormalized: [{ Gt: 0 }] }, []],
      [
        'severity of the provider',
        { FindingProviderFieldsSeverityLabel: [{ Value: 'LOW', Comparison: 'EQUALS' }] },
        [],
      ],
      ['a value in a list', { ResourceId: [{ Value: arn.arn, Comparison: 'EQUALS' }] }, ['a', 'b', 'c']],
      [
        'two attributes',
        { Id: [{ Value: 'a', Comparison: 'EQUALS' }], Title: [{ Value: 'title 1', Comparison: 'EQUALS' }] },
        [],
      ],
      ['times', { UpdatedAt: [{ End: '2026-11-24T10:00:59Z', Start: '2026-01-01T00:00:00Z' }] }, []],
      ['the last days', { UpdatedAt: [{ DateRange: { Value: 1, Unit: 'DAYS' } }] }, ['a', 'b', 'c']],
      ['older days', { UpdatedAt: [{ DateRange: { Value: 1, Unit: 'DAYS', Comparison: 'OLDER_THAN' } }] }, []],
      [
        'a product field',
        { ProductFields: [{ Key: 'eks-kubelet-audit/cluster', Value: 'green', Comparison: 'EQUALS' }] },
        [],
      ],
    ])('finds by %s', async (_, filters, expected) => {
      expect(await (await filled()).idsOf(filters)).toEqual(expected);
    });

    it.each<[string, object]>([
      [
        'more than ten attributes',
        Object.fromEntries([...'abcdefghijk'].map((name) => [name, [{ Value: 'x', Comparison: 'EQUALS' }]])),
      ],
      ['more than twenty values', { Id: Array(21).fill({ Value: 'x', Comparison: 'EQUALS' }) }],
      ['EQUALS beside NOT_EQUALS', { Id: ['EQUALS', 'NOT_EQUALS'].map((Comparison) => ({ Value: 'x', Comparison })) }],
      ['CONTAINS, which is for automation rules', { Id: [{ Value: 'x', Comparison: 'CONTAINS' }] }],
      ["the new Security Hub's CONTAINS_WORD", { Id: [{ Value: 'x', Comparison: 'CONTAINS_WORD' }] }],
      ['a prefix in a map', { ProductFields: [{ Key: 'a', Value: 'x', Comparison: 'PREFIX' }] }],
      ['an unknown comparison', { Id: [{ Value: 'x', Comparison: 'LIKE' }] }],
    ])('refuses %s', async (_, filters) => {
      expect(await refusal((await filled()).get(filters))).toMatchObject({ code: 'InvalidInputException' });
    });
  });

  it.each([
    ['GetFindings', 6, 1000 / 3],
    ['DescribeHub', 30, 100],
  ])('throttles %s after a burst of %i, until time has passed', async (operation, burst, milliseconds) => {
    let now = 0;
    const service = new SecurityHubService({ clock: () => now });
    service.enable(accountId, region);
    const call = () =>
      service.handle({
        service: 'securityhub',
        operation,
        accountId,
        region,
        principalArn: `arn:aws:iam::${accountId}:root`,
        input: {},
      });

    for (let calls = 0; calls < burst; calls++) await call();
    expect(await refusal(call())).toMatchObject({ code: 'TooManyRequestsException', status: 429 });
    now += milliseconds + 1;
    await expect(call()).resolves.toBeDefined();
  });
});
