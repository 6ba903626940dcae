import { EventField, type EventPattern, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { eventSource, eventTypes, type FindingTransition } from '../../../lambda/contract/events.ts';

interface RunAlertsProps {
  readonly stateMachineArn: string;
  readonly topic: ITopic;
}

/** Says once, in words that a person can act on, that something fails, that it is fixed, or that a run broke off. */
export class RunAlerts extends Construct {
  constructor(scope: Construct, id: string, { stateMachineArn, topic }: RunAlertsProps) {
    super(scope, id);

    const alert = (name: string, description: string, eventPattern: EventPattern, lines: readonly string[]) =>
      new Rule(this, name, {
        description,
        eventPattern,
        // The topic lets rules publish; CDK's own target would let them once more, by a wildcard.
        targets: [{ bind: () => ({ arn: topic.topicArn, input: textOf(lines) }) }],
      });

    const of = (field: keyof FindingTransition) => EventField.fromPath(`$.detail.${field}`);
    const where = (nodes = '') => [
      `Cluster: ${of('cluster')} in account ${of('accountId')}, ${of('region')}`,
      `Where: ${of('subject')}${nodes}`,
      `Control: ${of('controlNumber')} ${of('control')}`,
    ];
    const reference = [`Finding: ${of('findingId')}`, `Run: ${of('runId')}`];

    alert(
      'Opened',
      'Something fails or warns that did not before',
      { source: [eventSource], detailType: [eventTypes.opened] },
      [
        `EKS kubelet audit, ${of('severity')}: ${of('title')}`,
        ...where(`, nodes: ${of('nodes')}`),
        `Status: ${of('status')}, before: ${of('before')}`,
        `Why: ${of('because')}`,
        `What to do: ${of('remedy')}`,
        `Read on: ${of('link')}`,
        ...reference,
      ],
    );
    alert(
      'Resolved',
      'Something that failed or warned passes, or is gone',
      { source: [eventSource], detailType: [eventTypes.resolved] },
      [
        `EKS kubelet audit, resolved: ${of('title')}`,
        ...where(),
        `Status: ${of('status')}, before: ${of('before')}`,
        `Why: ${of('because')}`,
        ...reference,
      ],
    );
    alert(
      'Unreadable',
      'What was proved before could not be read for too long',
      { source: [eventSource], detailType: [eventTypes.unreadable] },
      [
        `EKS kubelet audit, unreadable: ${of('title')}`,
        ...where(),
        `Status: ${of('status')}, before: ${of('before')}`,
        `Why: ${of('because')}`,
        `What to do: ${of('remedy')}`,
        ...reference,
      ],
    );
    alert(
      'Withdrawn',
      'An announced failure is looked at no more',
      { source: [eventSource], detailType: [eventTypes.withdrawn] },
      [
        `EKS kubelet audit, withdrawn and not known to be fixed: ${of('title')}`,
        ...where(),
        `Status: ${of('status')}, before: ${of('before')}`,
        `Why: ${of('because')}`,
        `What to do: ${of('remedy')}`,
        ...reference,
      ],
    );
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
