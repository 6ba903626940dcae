import { expect, it } from 'vitest';
import { postureInsights } from '../../../../infra/constructs/alerts/posture-dashboard.ts';
import { generatorIdPrefix } from '../../../../lambda/contract/names.ts';
import { resourcesOf, templateOf } from '../../synthesise.ts';

const template = templateOf((stack) => postureInsights(stack, { insights: true, resolvePassed: true }));
const insights = resourcesOf(template, 'AWS::SecurityHub::Insight').map((each) => each.Properties);
const ours = [{ Comparison: 'PREFIX', Value: generatorIdPrefix }];

it('shows what fails by account, by cluster and by control, and what could not be read', () => {
  expect(insights.map(({ Name, GroupByAttribute }) => [Name, GroupByAttribute])).toEqual([
    ['EKS kubelet audit: failed, by account', 'AwsAccountId'],
    ['EKS kubelet audit: failed, by cluster', 'ResourceId'],
    ['EKS kubelet audit: failed, by control', 'GeneratorId'],
    ['EKS kubelet audit: nodes that could not be read, by cluster', 'ResourceId'],
  ]);
});

it.each(insights.map(({ Name, Filters }) => [Name, Filters]))(
  '%s counts active findings of ours and nobody else’s',
  (_, filters) => {
    expect(filters).toMatchObject({ GeneratorId: ours, RecordState: [{ Comparison: 'EQUALS', Value: 'ACTIVE' }] });
  },
);

it('resolves what passed, changes nothing else of it, and leaves alone what an analyst suppressed', () => {
  const [rule] = resourcesOf(template, 'AWS::SecurityHub::AutomationRule');
  expect(rule?.Properties).toMatchObject({
    Criteria: {
      GeneratorId: ours,
      ComplianceStatus: [{ Comparison: 'EQUALS', Value: 'PASSED' }],
      WorkflowStatus: [
        { Comparison: 'EQUALS', Value: 'NEW' },
        { Comparison: 'EQUALS', Value: 'NOTIFIED' },
      ],
    },
  });
  expect(rule?.Properties['Actions']).toEqual([
    { Type: 'FINDING_FIELDS_UPDATE', FindingFieldsUpdate: { Workflow: { Status: 'RESOLVED' } } },
  ]);
});

it('does nothing in Security Hub that was not asked for', () => {
  const onlyInsights = templateOf((stack) => postureInsights(stack, { insights: true, resolvePassed: false }));
  const onlyRule = templateOf((stack) => postureInsights(stack, { insights: false, resolvePassed: true }));
  expect(new Set(resourcesOf(onlyInsights).map((each) => each.Type))).toEqual(new Set(['AWS::SecurityHub::Insight']));
  expect(resourcesOf(onlyRule).map((each) => each.Type)).toEqual(['AWS::SecurityHub::AutomationRule']);
});
