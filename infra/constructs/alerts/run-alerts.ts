import { Stack } from 'aws-cdk-lib';
import { EventField, type EventPattern, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import {
  type AuditCompleted,
  type ClusterChange,
  eventSource,
  eventTypes,
  type NewGaps,
} from '../../../lambda/contract/events.ts';

interface RunAlertsProps {
  readonly stateMachineArn: string;
  readonly topic: ITopic;
  /** Whether runs are signed: each then sends the hash of its statement out of the hub. */
  readonly isSigned: boolean;
}

/** Where EventBridge finds a field of the event. */
const of = (field: keyof ClusterChange) => EventField.fromPath(`$.detail.${field}`);
const ofGaps = (field: keyof NewGaps) => EventField.fromPath(`$.detail.${field}`);
const ofRun = (field: keyof AuditCompleted) => EventField.fromPath(`$.detail.${field}`);

/** Runs that ended without a summary, as Step Functions reports them. */
export const failedRuns = (stateMachineArn: string) => ({
  source: ['aws.states'],
  detailType: ['Step Functions Execution Status Change'],
  detail: { stateMachineArn: [stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
});

/** Says once, in words that a person can act on, that something fails, that it is fixed, or that a run broke off. */
export function runAlerts(scope: Construct, { stateMachineArn, topic, isSigned }: RunAlertsProps): void {
  const alert = (name: string, description: string, eventPattern: EventPattern, lines: readonly string[]) =>
    new Rule(scope, name, {
      description,
      // Another account that the bus admits could send events of this source, too.
      eventPattern: { ...eventPattern, account: [Stack.of(scope).account] },
      // A line each: nothing else keeps lines apart in an e-mail. The topic lets rules publish; CDK's own target would let them once more, by a wildcard.
      targets: [{ bind: () => ({ arn: topic.topicArn, input: RuleTargetInput.fromMultilineText(lines.join('\n')) }) }],
    });

  const ofProgram = (kind: keyof typeof eventTypes) => ({ source: [eventSource], detailType: [eventTypes[kind]] });

  alert('Changed', 'Something in a cluster fails, is fixed, or is looked at no more', ofProgram('changed'), [
    `EKS kubelet audit, ${of('headline')}: ${of('title')}`,
    `Cluster: ${of('cluster')} in account ${of('accountId')}, ${of('region')}`,
    `Where: ${of('where')}`,
    `Control: ${of('controlNumber')} ${of('control')}`,
    `Status: ${of('status')}, before: ${of('before')}`,
    `Why: ${of('because')}`,
    `What to do: ${of('remedy')}`,
    `Read on: ${of('link')}`,
    `Page: ${of('page')}`,
    `Finding: ${of('findingShown')}`,
    `All changes of this cluster: ${of('changes')}`,
    `Run: ${of('runId')}`,
    ...(isSigned ? [`Head before this run: ${of('head')}`] : []),
  ]);
  alert(
    'NewGaps',
    'A run could not look at something that the run before could look at, or did not know',
    ofProgram('gapsOpened'),
    [
      `EKS kubelet audit, not looked at: ${ofGaps('title')}`,
      `What: ${ofGaps('gaps')}`,
      `Clusters and Regions that failed in this run, new or not: ${ofGaps('failedItems')}`,
      'What to do: docs/runbook.md#incomplete',
      `Report: ${ofGaps('report')}`,
      `Summary: ${ofGaps('summary')}`,
      `Run: ${ofGaps('runId')}`,
    ],
  );
  if (isSigned)
    alert('Signed', 'A run was signed', ofProgram('completed'), [
      `EKS kubelet audit, signed: run ${ofRun('runId')}`,
      'Keep this mail where the owner of the bucket cannot delete it; docs/evidence.md says how to verify with it.',
      `Head: ${ofRun('head')}`,
      `Statement: ${ofRun('statement')}`,
      `SHA-256: ${ofRun('statementSha256')}`,
      `The statement before: ${ofRun('previousStatementSha256')}`,
      `Clusters: ${ofRun('clusters')}, nodes: ${ofRun('nodes')}, gaps: ${ofRun('gaps')}`,
      `Summary: ${ofRun('summary')}`,
    ]);
  const ofExecution = (field: string) => EventField.fromPath(`$.detail.${field}`);
  alert('RunFailed', 'A run ended without a summary', failedRuns(stateMachineArn), [
    `EKS kubelet audit: run ${ofExecution('name')} ended as ${ofExecution('status')}, without a summary`,
    `Error: ${ofExecution('error')}`,
    'What to do: docs/runbook.md#run-failed',
    `Execution: ${ofExecution('executionArn')}`,
  ]);
}
