import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { BatchImportFindingsCommand, BatchUpdateFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findingsOf } from '../../../../lambda/core/findings/finding.ts';
import { arn, compliant, options } from '../../../core/findings/compliant-audit.ts';
import { type Lab, startLab } from '../../lab.ts';
import { matchesPattern } from './event-pattern.ts';

const { accountId, region } = arn;
let now = Date.now();
let lab: Lab;
beforeEach(async () => {
  now = Date.now();
  lab = await startLab({ clock: () => now });
  lab.addAccount(accountId);
});
afterEach(() => lab.close());

const settings = () => ({ endpoint: lab.endpoint, region, credentials: lab.credentials(accountId), maxAttempts: 1 });
const sound: PutEventsRequestEntry = { Source: 'eks-kubelet-audit', DetailType: 'Audit Completed', Detail: '{"a":1}' };
const put = (...entries: readonly Partial<PutEventsRequestEntry>[]) =>
  new EventBridgeClient(settings()).send(
    new PutEventsCommand({ Entries: entries.map((entry) => ({ ...sound, ...entry })) }),
  );

describe('PutEvents', () => {
  it.each<[ErrorCode: string, entry: Partial<PutEventsRequestEntry>]>([
    ['InvalidArgument', { Source: undefined }],
    ['InvalidArgument', { DetailType: '' }],
    ['MalformedDetail', { Detail: '[1]' }],
    ['MalformedDetail', { Detail: '{' }],
    ['NotAuthorizedForSourceException', { Source: 'aws.securityhub' }],
  ])('fails a single entry with %s and takes the others', async (ErrorCode, entry) => {
    const answer = await put(entry, {});

    expect(answer).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode }, { EventId: expect.any(String) }] });
    expect(lab.events.events(accountId, region)).toHaveLength(1);
  });
});

describe("Security Hub's own events", () => {
  const rule = {
    source: ['aws.securityhub'],
    'detail-type': ['Security Hub Findings - Imported'],
    detail: { findings: { GeneratorId: [{ prefix: 'eks-kubelet-audit/' }], Workflow: { Status: ['NOTIFIED'] } } },
  };

  it('arrive one a finding, for each import and each change by an analyst, where rules match them', async () => {
    const hub = new SecurityHubClient(settings());
    const [finding] = findingsOf(compliant, options);
    lab.securityHub.enable(accountId, region);

    await hub.send(new BatchImportFindingsCommand({ Findings: [{ ...finding }] as never }));
    await hub.send(
      new BatchUpdateFindingsCommand({
        FindingIdentifiers: [{ Id: finding?.Id, ProductArn: finding?.ProductArn }],
        Workflow: { Status: 'NOTIFIED' },
      }),
    );

    const events = lab.events.events(accountId, region);
    expect(events.map((event) => event.resources)).toEqual(Array(2).fill([`${finding?.ProductArn}/${finding?.Id}`]));
    expect(events.map((event) => matchesPattern(rule, event))).toEqual([false, true]);
  });
});
