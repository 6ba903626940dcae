import { Match } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { expect, it } from 'vitest';
import { HubFunctionWithRole } from '../../../../infra/constructs/run/function-with-role.ts';
import { fixedCode, identityStatements, templateOf } from '../../synthesise.ts';

const common = () => ({
  code: fixedCode(),
  grants: { 's3:ListBucket': [{ resources: ['arn:aws:s3:::bucket'] }] },
  environment: { NAME: 'value' },
  logRetentionDays: RetentionDays.ONE_MONTH,
  roleNamePrefix: '',
});
const audit = templateOf((stack) => new HubFunctionWithRole(stack, 'Audit', { ...common(), name: 'audit' }));
const start = templateOf(
  (stack) =>
    new HubFunctionWithRole(stack, 'Start', { ...common(), name: 'start', failures: new Queue(stack, 'Failures') }),
);
const vpc = { subnets: ['subnet-12345678'], securityGroups: ['sg-12345678'] };
const attached = (ipv6: boolean) =>
  templateOf((stack) => new HubFunctionWithRole(stack, 'Audit', { ...common(), name: 'audit', vpc: { ...vpc, ipv6 } }));
const inVpc = attached(false);

it('runs under the names that trust policies and people know', () => {
  audit.hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'eks-kubelet-audit-item',
    Handler: 'item.handler',
    Environment: { Variables: { NAME: 'value' } },
  });
  audit.hasResourceProperties('AWS::IAM::Role', { RoleName: 'EksKubeletAuditItem' });
});

it('gives a cluster the longest time that Lambda gives, and reserves no concurrency, which new accounts do not have', () => {
  const properties = { Timeout: 900, MemorySize: 512, ReservedConcurrentExecutions: Match.absent() };
  audit.hasResourceProperties('AWS::Lambda::Function', properties);
  start.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: Match.absent() });
});

it('logs JSON into a group of its own, kept as long as the settings say', () => {
  audit.hasResourceProperties('AWS::Logs::LogGroup', {
    LogGroupName: '/aws/lambda/eks-kubelet-audit-item',
    RetentionInDays: 30,
  });
  audit.hasResourceProperties('AWS::Lambda::Function', {
    LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: Match.anyValue() } },
  });
});

it('tries a failed start twice more, then keeps what it was asked for', () => {
  start.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    MaximumRetryAttempts: 2,
    MaximumEventAgeInSeconds: 3600,
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('Failures'), 'Arn'] } } },
  });
  expect(identityStatements(start).flatMap((each) => each.Action)).toContain('sqs:SendMessage');
});

it('is in the VPC of the settings, and reaches IPv6 nodes only where they say so', () => {
  const inIt = { SubnetIds: vpc.subnets, SecurityGroupIds: vpc.securityGroups };
  inVpc.hasResourceProperties('AWS::Lambda::Function', {
    VpcConfig: { ...inIt, Ipv6AllowedForDualStack: Match.absent() },
  });
  attached(true).hasResourceProperties('AWS::Lambda::Function', { VpcConfig: { Ipv6AllowedForDualStack: true } });
});

it('lets Lambda make network interfaces, and the program none', () => {
  const [allowed, denied, ...others] = identityStatements(inVpc).filter((each) =>
    each.Action.includes('ec2:CreateNetworkInterface'),
  );
  expect(others).toEqual([]);
  expect(allowed?.Effect).toBe('Allow');
  expect(denied).toMatchObject({
    Effect: 'Deny',
    Action: allowed?.Action,
    Condition: { ArnEquals: { 'lambda:SourceFunctionArn': expect.anything() } },
  });
});
