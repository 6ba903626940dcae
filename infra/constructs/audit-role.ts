import { Stack, Validations } from 'aws-cdk-lib';
import {
  PolicyDocument,
  PolicyStatement,
  type PolicyStatementProps,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { IamAction } from '../../lambda/contract/iam-actions.ts';
import { auditRoleName, clusterNameTags, hybridClusterTag, probeDocumentName } from '../../lambda/contract/names.ts';

/** Where one action is allowed. */
type Grant = Pick<PolicyStatementProps, 'resources' | 'conditions'>;

/** The role that access entries name: fixed name, no path, exact resources, and nothing that is not in iam-actions.ts. */
export class AuditRole extends Role {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      roleName: auditRoleName,
      description:
        'Reads the kubelets of the EKS clusters in this account and Region and writes findings to Security Hub',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { audit: new PolicyDocument({ statements: statements(Stack.of(scope)), minimize: true }) },
    });
    acknowledgeWildcards(this);
  }
}

function statements(stack: Stack): PolicyStatement[] {
  return Object.entries(grants(stack)).flatMap(([action, places]) =>
    places.map((place) => new PolicyStatement({ actions: [action], ...place })),
  );
}

/** A record over every action: one that an adapter calls and nobody placed does not compile. */
function grants(stack: Stack): Readonly<Record<IamAction, readonly Grant[]>> {
  const arn = (service: string, resource: string) => stack.formatArn({ service, resource });
  const noResourceLevel: Grant = { resources: ['*'] };
  const clusters: Grant = { resources: [arn('eks', 'cluster/*')] };

  return {
    'eks:ListClusters': [noResourceLevel],
    'eks:DescribeCluster': [clusters],
    'eks:ListFargateProfiles': [clusters],
    'ec2:DescribeInstances': [noResourceLevel],
    'ec2:DescribeVpcs': [noResourceLevel],
    'ssm:DescribeInstanceInformation': [noResourceLevel],
    'ssm:ListCommandInvocations': [noResourceLevel],
    'ssm:GetCommandInvocation': [noResourceLevel],
    'ssm:CancelCommand': [noResourceLevel],
    'ssm:SendCommand': [
      { resources: [arn('ssm', `document/${probeDocumentName}`)] },
      ...clusterNameTags.map((tag) => ({
        resources: [arn('ec2', 'instance/*')],
        conditions: { StringLike: { [`ssm:resourceTag/${tag}`]: '*' } },
      })),
      {
        resources: [arn('ssm', 'managed-instance/*')],
        conditions: { StringLike: { [`ssm:resourceTag/${hybridClusterTag}`]: arn('eks', 'cluster/*') } },
      },
    ],
    'securityhub:GetFindings': [{ resources: [arn('securityhub', 'hub/default')] }],
    'securityhub:BatchImportFindings': [{ resources: [arn('securityhub', `product/${stack.account}/default`)] }],
  };
}

/** Each wildcard that is left has a reason; one that is new fails the synthesis. */
function acknowledgeWildcards(role: AuditRole): void {
  const resource = (name: string) => `AwsSolutions::AwsSolutions-IAM5[Resource::${name}]`;
  const own = (service: string, name: string) =>
    resource(`arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:${name}`);

  Validations.of(role).acknowledge(
    {
      id: resource('*'),
      reason: 'Lists, and SSM calls about commands: AWS knows no resource-level permission for them',
    },
    { id: own('eks', 'cluster/*'), reason: 'Every cluster of the account and Region is audited, with read-only calls' },
    {
      id: own('ec2', 'instance/*'),
      reason: 'Nodes come and go: the condition admits those tagged as nodes of an EKS cluster',
    },
    {
      id: own('ssm', 'managed-instance/*'),
      reason: 'Hybrid nodes: the condition admits those tagged with a cluster of ours',
    },
  );
}
