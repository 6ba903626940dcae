import { Topic } from 'aws-cdk-lib/aws-sns';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { RunAlerts } from '../../../../infra/constructs/alerts/run-alerts.ts';
import { matchesPattern } from '../../../lab/aws/events/event-pattern.ts';
import { type InputTransformer, transformed } from '../../../lab/aws/events/input-transformer.ts';
import { resourcesOf, templateOf } from '../../synthesise.ts';

// What findings and gaps read like, docs/alerts.md shows and its test compares.

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
      Targets: z.tuple([z.looseObject({ InputTransformer: z.custom<InputTransformer>() })]),
    })
    .parse(JSON.parse(JSON.stringify(each.Properties).replaceAll('{"Ref":"AWS::AccountId"}', '"111122223333"'))),
);

/** What EventBridge makes of an event: the e-mails that it leads to. */
const messagesFor = (event: object) =>
  rules
    .filter(({ EventPattern }) => matchesPattern(EventPattern, { account: '111122223333', ...event }))
    .map(({ Targets: [{ InputTransformer: transformer }] }) => transformed(transformer, event));
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

it.each([
  ['a run that is done', { source: 'eks-kubelet-audit', 'detail-type': 'Audit Completed', detail: {} }],
  ['an event of that name from somebody else', { source: 'somebody', 'detail-type': 'Finding Opened', detail: {} }],
  ['a run that succeeded', ended('SUCCEEDED')],
  ['a state machine of somebody else', ended('FAILED', 'Other')],
  ['an item, which is an execution too', ended('FAILED', 'EksKubeletAudit/AuditItems')],
])('mails nothing of %s', (_, event) => {
  expect(messagesFor(event)).toEqual([]);
});
