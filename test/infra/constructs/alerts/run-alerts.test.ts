import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RunAlerts } from '../../../../infra/constructs/alerts/run-alerts.ts';
import type { FindingTransition } from '../../../../lambda/contract/events.ts';
import { newGapsOf } from '../../../../lambda/core/run/new-gaps.ts';
import { matchesPattern } from '../../../lab/aws/events/event-pattern.ts';
import { resourcesOf, templateOf } from '../../synthesise.ts';

const template = templateOf(
  (stack) =>
    new RunAlerts(stack, 'Events', {
      stateMachineArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:EksKubeletAudit',
      topic: new Topic(stack, 'Topic'),
      isSigned: false,
    }),
);
const rules = resourcesOf(template, 'AWS::Events::Rule').map((each) =>
  z
    .looseObject({
      EventPattern: z.record(z.string(), z.unknown()),
      Targets: z.tuple([
        z.object({
          Arn: z.object({ Ref: z.string() }),
          Id: z.string(),
          InputTransformer: z.object({ InputPathsMap: z.record(z.string(), z.string()), InputTemplate: z.string() }),
        }),
      ]),
    })
    .parse(JSON.parse(JSON.stringify(each.Properties).replaceAll('{"Ref":"AWS::AccountId"}', '"111122223333"'))),
);

/** What EventBridge makes of an event: the e-mails that it leads to. */
function messagesFor(sent: object, account = '111122223333'): readonly string[] {
  const event = { ...sent, account };
  return rules
    .filter((rule) => matchesPattern(rule.EventPattern, event))
    .map(({ Targets: [{ InputTransformer: transformer }] }) =>
      transformer.InputTemplate.replaceAll(/<([\w-]+)>/g, (_, name: string) => {
        const path = transformer.InputPathsMap[name]?.split('.').slice(1) ?? [];
        return String(path.reduce<unknown>((at, key) => Object(at)[key], event) ?? '');
      }),
    );
}

const transition: FindingTransition = {
  version: 1,
  runId: '20261125T050000Z',
  findingId:
    'eks-kubelet-audit/kubelet-client-ca-file/arn:aws:eks:eu-west-1:444455556666:cluster/payments/node-group/managed/workers',
  findingShown:
    'eks-kubelet-audit/kubelet-client-ca-file/arn:aws:eks:eu-west-1:444455556666:cluster/payments/node-group/managed/workers',
  accountId: '444455556666',
  region: 'eu-west-1',
  cluster: 'payments',
  clusterArn: 'arn:aws:eks:eu-west-1:444455556666:cluster/payments',
  subject: "node group 'workers' (managed)",
  control: 'kubelet-client-ca-file',
  controlNumber: '3.2.3',
  title: 'Kubelets accept clients without a certificate of the cluster',
  before: 'PASSED',
  status: 'FAILED',
  severity: 'HIGH',
  nodes: 3,
  because: 'authentication.x509.clientCAFile is not set (file /etc/kubernetes/kubelet/config.json)',
  remedy: 'set clientCAFile to /etc/kubernetes/pki/ca.crt in the launch template and replace the nodes',
  link: 'https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/',
  page: 's3://bucket/runs/run/results/page.html',
  securityHub: 'taken',
  memory: 'kept',
};
const ours = (type: string, detail: object) => ({ source: 'eks-kubelet-audit', 'detail-type': type, detail });
const ended = (status: string, stateMachine = 'EksKubeletAudit') => ({
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  detail: {
    executionArn: `arn:aws:states:eu-west-1:111122223333:execution:${stateMachine}:20261125T050000Z`,
    stateMachineArn: `arn:aws:states:eu-west-1:111122223333:stateMachine:${stateMachine}`,
    name: '20261125T050000Z',
    status,
    error: 'States.ItemReaderFailed',
  },
});

describe('what people are told', () => {
  it('says which cluster and node group fail, why, and what to do', () => {
    expect(messagesFor(ours('Finding Opened', transition))).toMatchInlineSnapshot(`
      [
        ""EKS kubelet audit, HIGH: Kubelets accept clients without a certificate of the cluster"
      "Cluster: payments in account 444455556666, eu-west-1"
      "Where: node group 'workers' (managed), nodes: 3"
      "Control: 3.2.3 kubelet-client-ca-file"
      "Status: FAILED, before: PASSED"
      "Why: authentication.x509.clientCAFile is not set (file /etc/kubernetes/kubelet/config.json)"
      "What to do: set clientCAFile to /etc/kubernetes/pki/ca.crt in the launch template and replace the nodes"
      "Read on: https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/"
      "Page: s3://bucket/runs/run/results/page.html"
      "Finding: eks-kubelet-audit/kubelet-client-ca-file/arn:aws:eks:eu-west-1:444455556666:cluster/payments/node-group/managed/workers"
      "Run: 20261125T050000Z"",
      ]
    `);
  });

  it('says that it is fixed', () => {
    const resolved = { ...transition, before: 'FAILED', status: 'PASSED', because: 'every node passes' };
    expect(messagesFor(ours('Finding Resolved', resolved))).toMatchInlineSnapshot(`
      [
        ""EKS kubelet audit, resolved: Kubelets accept clients without a certificate of the cluster"
      "Cluster: payments in account 444455556666, eu-west-1"
      "Where: node group 'workers' (managed)"
      "Control: 3.2.3 kubelet-client-ca-file"
      "Status: PASSED, before: FAILED"
      "Why: every node passes"
      "Page: s3://bucket/runs/run/results/page.html"
      "Finding: eks-kubelet-audit/kubelet-client-ca-file/arn:aws:eks:eu-west-1:444455556666:cluster/payments/node-group/managed/workers"
      "Run: 20261125T050000Z"",
      ]
    `);
  });

  it('names what a run could not look at, the worst first', () => {
    const gap = { kind: 'opened', accountId: '444455556666', region: 'eu-west-1', cluster: 'payments' } as const;
    const beside = { since: '2026-11-25T05:00:00.000Z', because: 'no answer', remedy: 'none' };
    const gaps = newGapsOf(
      [
        { ...gap, ...beside, nodeGroup: 'managed workers', code: 'nodes-unread' },
        { ...gap, ...beside, nodeGroup: '', code: 'nodes-not-listed' },
        { ...gap, ...beside, nodeGroup: 'managed spot', code: 'nodes-distrusted' },
      ],
      {
        runId: '20261125T050000Z',
        failedItems: 1,
        summary: 's3://bucket/summary.json',
        report: 's3://bucket/report.html',
      },
    );
    expect(messagesFor(ours('Gaps Opened', gaps ?? {}))).toMatchInlineSnapshot(`
      [
        ""EKS kubelet audit, not looked at: 3 new gaps"
      "What: (1) account 444455556666, eu-west-1, cluster 'payments': nodes-not-listed; (2) account 444455556666, eu-west-1, cluster 'payments', 'managed spot': nodes-distrusted; (3) account 444455556666, eu-west-1, cluster 'payments', 'managed workers': nodes-unread"
      "Clusters and Regions that failed in this run, new or not: 1"
      "What to do: docs/runbook.md#incomplete"
      "Report: s3://bucket/report.html"
      "Summary: s3://bucket/summary.json"
      "Run: 20261125T050000Z"",
      ]
    `);
  });

  it('names the run that broke off, and the way out', () => {
    expect(messagesFor(ended('TIMED_OUT'))).toMatchInlineSnapshot(`
      [
        ""EKS kubelet audit: run 20261125T050000Z ended as TIMED_OUT, without a summary"
      "Error: States.ItemReaderFailed"
      "What to do: docs/runbook.md#run-failed"
      "Execution: arn:aws:states:eu-west-1:111122223333:execution:EksKubeletAudit:20261125T050000Z"",
      ]
    `);
  });
});

it.each([
  ['a run that is done', ours('Audit Completed', {})],
  ['an event of that name from somebody else', { ...ours('Finding Opened', transition), source: 'somebody' }],
  ['a run that succeeded', ended('SUCCEEDED')],
  ['a state machine of somebody else', ended('FAILED', 'Other')],
  ['an item, which is an execution too', ended('FAILED', 'EksKubeletAudit/AuditItems')],
])('tells nobody of %s', (_, event) => {
  expect(messagesFor(event)).toEqual([]);
});

it('fills in no field that an event does not have', () => {
  const fields = rules
    .filter((rule) => JSON.stringify(rule.EventPattern).includes('Finding'))
    .flatMap(({ Targets: [target] }) => Object.values(target.InputTransformer.InputPathsMap));
  expect(fields.length).toBeGreaterThan(10);
  for (const path of fields) expect(Object.keys(transition)).toContain(path.replace('$.detail.', ''));
});
