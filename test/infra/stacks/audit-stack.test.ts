import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { iamActions } from '../../../lambda/contract/iam-actions.ts';
import { appAsDeployed, auditStack, identityStatements, resourcesOf, textOf } from '../synthesise.ts';

const template = Template.fromStack(auditStack(appAsDeployed()));
const text = JSON.stringify(template.toJSON());

describe('the audit stack', () => {
  it('deploys the template that was reviewed', () => {
    // The shell inside the document has tests of its own.
    const reviewed = JSON.parse(text, (key, value: unknown) => (key === 'runCommand' ? ['(the probe)'] : value));
    expect(reviewed).toMatchSnapshot();
  });

  it('prints the command that gives the role its access entry', () => {
    const output: unknown = template.toJSON()['Outputs']['CreateAccessEntry'].Value;
    expect(textOf(output)).toMatch(
      /^aws eks create-access-entry --region <AWS::Region> --cluster-name CLUSTER --principal-arn <Role\w+\.Arn> --kubernetes-groups eks-kubelet-audit$/,
    );
  });

  it('has nothing that CloudFormation makes by running code of its own', () => {
    expect(resourcesOf(template).map((each) => each.Type)).not.toContain('AWS::CloudFormation::CustomResource');
    expect(text).not.toContain('Custom::');
  });

  it('writes no partition into an ARN', () => {
    expect(text).not.toMatch(/arn:aws/);
  });
});

describe('laws for every resource', () => {
  it.each(resourcesOf(template, 'AWS::Lambda::Function').map((each) => each.Properties))(
    'every function is arm64 on nodejs24.x',
    (properties) => {
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    },
  );

  it('every log group is kept for a while and not forever', () => {
    const groups = resourcesOf(template, 'AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(0);
    for (const group of groups) expect(group.Properties['RetentionInDays']).toBeGreaterThan(0);
  });

  it('every function writes to a log group of the stack', () => {
    for (const each of resourcesOf(template, 'AWS::Lambda::Function')) {
      expect(each.Properties['LoggingConfig']).toMatchObject({ LogGroup: { Ref: expect.any(String) } });
    }
  });

  it('no allowed action is a wildcard', () => {
    const allowed = identityStatements(template).filter((each) => each.Effect === 'Allow');
    expect(allowed.length).toBeGreaterThan(0);
    expect(allowed.flatMap((each) => each.Action).filter((action) => action.includes('*'))).toEqual([]);
  });

  it('no role has a path or a managed policy', () => {
    for (const role of resourcesOf(template, 'AWS::IAM::Role')) {
      expect(role.Properties).not.toHaveProperty('Path');
      expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });

  it('only AWS services may use its roles', () => {
    const trusted = resourcesOf(template, 'AWS::IAM::Role').map((role) =>
      JSON.stringify(role.Properties['AssumeRolePolicyDocument']),
    );
    for (const policy of trusted)
      expect(policy).toMatch(/"Principal":\{"Service":"(lambda|scheduler)\.amazonaws\.com"\}/);
  });

  it('actions on any resource are those for which AWS knows no other', () => {
    const anywhere = identityStatements(template).filter((each) => each.Resource?.includes('*'));
    expect(anywhere.flatMap((each) => each.Action).toSorted()).toEqual([
      'ec2:DescribeInstances',
      'ec2:DescribeVpcs',
      'eks:ListClusters',
      'ssm:CancelCommand',
      'ssm:DescribeInstanceInformation',
      'ssm:GetCommandInvocation',
      'ssm:ListCommandInvocations',
    ]);
  });

  it('grants what the adapters call, the logs and the start of the audit, and nothing else', () => {
    const granted = new Set(identityStatements(template).flatMap((each) => each.Action));
    const called = Object.values(iamActions).flat();
    const service = ['logs:CreateLogStream', 'logs:PutLogEvents', 'lambda:InvokeFunction', 'sqs:SendMessage'];
    expect([...granted].toSorted()).toEqual([...called, ...service].toSorted());
  });

  it('nothing can run a document that is not ours', () => {
    const send = identityStatements(template).filter((each) => each.Action.includes('ssm:SendCommand'));
    const documents = send
      .flatMap((each) => each.Resource ?? [])
      .map(textOf)
      .filter((resource) => resource.includes(':document/'));
    expect(documents).toEqual([
      'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:document/EksKubeletAudit-KubeletProbe',
    ]);
    expect(text).not.toContain('AWS-RunShellScript');
  });

  it('nothing can run on a machine that is not tagged as a node of a cluster', () => {
    const send = identityStatements(template).filter((each) => each.Action.includes('ssm:SendCommand'));
    const machines = send.filter(
      (each) => !each.Resource?.map(textOf).some((resource) => resource.includes(':document/')),
    );
    expect(
      machines.map((each) => [each.Resource?.map(textOf), Object.keys(Object(Object(each.Condition).StringLike))]),
    ).toEqual([
      [['arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:instance/*'], ['ssm:resourceTag/eks:cluster-name']],
      [
        ['arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:instance/*'],
        ['ssm:resourceTag/eks:eks-cluster-name'],
      ],
      [
        ['arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:instance/*'],
        ['ssm:resourceTag/aws:eks:cluster-name'],
      ],
      [
        ['arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:managed-instance/*'],
        ['ssm:resourceTag/EKSClusterARN'],
      ],
    ]);
  });
});
