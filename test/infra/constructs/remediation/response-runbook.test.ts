import { Aws, CfnCondition, Fn } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import { ResponseRunbook } from '../../../../infra/constructs/remediation/response-runbook.ts';
import { resourcesOf, statementsOf, templateOf, textOf } from '../../synthesise.ts';

const template = templateOf((stack) => {
  const here = new CfnCondition(stack, 'Here', { expression: Fn.conditionEquals(Aws.REGION, 'eu-west-1') });
  new ResponseRunbook(stack, 'Response', { here });
});
const [role] = resourcesOf(template, 'AWS::IAM::Role');
const [document] = resourcesOf(template, 'AWS::SSM::Document');

it('has names that the role of Automated Security Response may start and pass', () => {
  expect(document?.Properties['Name']).toMatch(/^ASR-/);
  expect(role?.Properties['RoleName']).toMatch(/^SO0111-/);
});

it('takes the two parameters that Automated Security Response gives', () => {
  expect(Object.keys(Object(document?.Properties['Content']).parameters)).toEqual(['Finding', 'AutomationAssumeRole']);
});

it('acts under its own role, whatever role it is given', () => {
  expect(textOf(Object(document?.Properties['Content']).assumeRole)).toBe(
    'arn:<AWS::Partition>:iam::<AWS::AccountId>:role/SO0111-EksKubeletAuditRemediateFinding',
  );
});

it('may read a cluster and start the runbook that asks, and touches no node', () => {
  const actions = role ? statementsOf(role).flatMap((each) => each.Action) : [];
  expect(actions.toSorted()).toEqual([
    'ec2:DescribeInstances',
    'eks:DescribeCluster',
    'iam:PassRole',
    'ssm:AddTagsToResource',
    'ssm:DescribeAutomationExecutions',
    'ssm:DescribeDocument',
    'ssm:DescribeInstanceInformation',
    'ssm:GetAutomationExecution',
    'ssm:StartAutomationExecution',
  ]);
});

it('serves Systems Manager alone', () => {
  const { Statement: statements } = Object(role?.Properties['AssumeRolePolicyDocument']);
  expect(statements.map((each: object) => Object(each).Principal)).toEqual([{ Service: 'ssm.amazonaws.com' }]);
});
