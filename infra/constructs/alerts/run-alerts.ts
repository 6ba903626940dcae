import { Stack } from 'aws-cdk-lib';
import { EventField, type EventPattern, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import {
  type AuditCompleted,
  eventSource,
  eventTypes,
  type FindingTransition,
  type NewGaps,
} from '../../../lambda/contract/events.ts';

interface RunAlertsProps {
  readonly stateMachineArn: string;
  readonly topic: ITopic;
  /** Whether runs are signed: each then sends the hash of its statement out of the hub. */
  readonly isSigned: boolean;
}

/** Where EventBridge finds a field of the event. */
const of = (field: keyof FindingTransition) => EventField.fromPath(`$.detail.${field}`);
const ofGaps = (field: keyof NewGaps) => EventField.fromPath(`$.detail.${field}`);
const ofRun = (field: keyof AuditCompleted) => EventField.fromPath(`$.detail.${field}`);
const whatToDo = `What to do: ${of('remedy')}`;

interface TransitionAlert {
  readonly name: string;
  readonly description: string;
  readonly kind: keyof Pick<typeof eventTypes, 'opened' | 'suppressed' | 'resolved' | 'unreadable' | 'withdrawn'>;
  /** How the first line begins, which is the subject of the mail. */
  readonly subject: string;
  /** Whether nodes are named beside what the finding covers. */
  readonly nodes?: true;
  readonly advice: readonly string[];
}

const transitionAlerts: readonly TransitionAlert[] = [
  {
    name: 'Opened',
    description: 'Something fails or warns that did not before',
    kind: 'opened',
    subject: of('severity'),
    nodes: true,
    advice: [whatToDo, `Read on: ${of('link')}`],
  },
  {
    name: 'Resolved',
    description: 'Something that failed or warned passes, or is gone',
    kind: 'resolved',
    subject: 'resolved',
    advice: [],
  },
  {
    name: 'Suppressed',
    description: 'Something that fails is suppressed in the account, without a waiver',
    kind: 'suppressed',
    subject: 'suppressed without a waiver',
    nodes: true,
    advice: [whatToDo],
  },
  {
    name: 'Unreadable',
    description: 'What was proved before could not be read for too long',
    kind: 'unreadable',
    subject: 'unreadable',
    advice: [whatToDo],
  },
  {
    name: 'Withdrawn',
    description: 'An announced failure is looked at no more',
    kind: 'withdrawn',
    subject: 'withdrawn and not known to be fixed',
    advice: [whatToDo],
  },
];

/** Says once, in words that a person can act on, that something fails, that it is fixed, or that a run broke off. */
export class RunAlerts extends Construct {
  constructor(scope: Construct, id: string, { stateMachineArn, topic, isSigned }: RunAlertsProps) {
    super(scope, id);

    const alert = (name: string, description: string, eventPattern: EventPattern, lines: readonly string[]) =>
      new Rule(this, name, {
        description,
        // Another account that the bus admits could send events of this source, too.
        eventPattern: { ...eventPattern, account: [Stack.of(this).account] },
        // The topic lets rules publish; CDK's own target would let them once more, by a wildcard.
        targets: [{ bind: () => ({ arn: topic.topicArn, input: textOf(lines) }) }],
      });

    for (const { name, description, kind, subject, nodes, advice } of transitionAlerts)
      alert(name, description, { source: [eventSource], detailType: [eventTypes[kind]] }, [
        `EKS kubelet audit, ${subject}: ${of('title')}`,
        `Cluster: ${of('cluster')} in account ${of('accountId')}, ${of('region')}`,
        `Where: ${of('subject')}${nodes ? `, nodes: ${of('nodes')}` : ''}`,
        `Control: ${of('controlNumber')} ${of('control')}`,
        `Status: ${of('status')}, before: ${of('before')}`,
        `Why: ${of('because')}`,
        ...advice,
        `Page: ${of('page')}`,
        `Finding: ${of('findingShown')}`,
        `Run: ${of('runId')}`,
        ...(isSigned ? [`Head before this run: ${of('head')}`] : []),
      ]);
    alert(
      'NewGaps',
      'A run could not look at something that the run before could look at, or did not know',
      { source: [eventSource], detailType: [eventTypes.gapsOpened] },
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
      alert('Signed', 'A run was signed', { source: [eventSource], detailType: [eventTypes.completed] }, [
        `EKS kubelet audit, signed: run ${ofRun('runId')}`,
        'Keep this mail where the owner of the bucket cannot delete it; docs/evidence.md says how to verify with it.',
        `Head: ${ofRun('head')}`,
        `Statement: ${ofRun('statement')}`,
        `SHA-256: ${ofRun('statementSha256')}`,
        `The statement before: ${ofRun('previousStatementSha256')}`,
        `Clusters: ${ofRun('clusters')}, nodes: ${ofRun('nodes')}, gaps: ${ofRun('gaps')}`,
        `Summary: ${ofRun('summary')}`,
      ]);
    alert(
      'RunFailed',
      'A run ended without a summary',
      {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      [
        `EKS kubelet audit: run ${EventField.fromPath('$.detail.name')} ended as ${EventField.fromPath('$.detail.status')}, without a summary`,
        `Error: ${EventField.fromPath('$.detail.error')}`,
        'What to do: docs/runbook.md#run-failed',
        `Execution: ${EventField.fromPath('$.detail.executionArn')}`,
      ],
    );
  }
}

/** A text, line by line: EventBridge puts each line between quotes, and nothing else keeps lines apart in an e-mail. */
const textOf = (lines: readonly string[]): RuleTargetInput => RuleTargetInput.fromMultilineText(lines.join('\n'));
