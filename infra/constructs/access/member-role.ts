import { Aws, CfnCondition, type CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type {
  accessEntryActions,
  MemberAction,
  nextNodeActions,
  ownEntryActions,
} from '../../../lambda/contract/iam-actions.ts';
import { hubFunctions, memberRoleName, probeDocumentName } from '../../../lambda/contract/names.ts';
import { remediateFunction } from '../../../lambda/contract/remediation-names.ts';
import { nodeGrants } from '../remediation/remediation-roles.ts';
import { acknowledgeWildcards, anywhere, type Grant, type Grants, policyOf } from './grants.ts';
import { type HubParameters, hubTrust } from './member-parameters.ts';

interface MemberRoleProps extends HubParameters {
  /** Role of the hub's account, as an ARN with wildcards, that people at a terminal have; empty for none. */
  readonly operatorRole: CfnParameter;
  /** Whether this is the account's one Region in which the role is made. */
  readonly here: CfnCondition;
  /** Whether the function that starts remediation may read too: it audits again before it fixes anything. */
  readonly remediation: boolean;
  /** Whether it may see who holds nodes/proxy (control 4.1.10). */
  readonly proxyHolders: boolean;
  /** Whether it shows its token to nodes (source `direct`), and so must see its own access entry. */
  readonly direct: boolean;
  /** Whether it may read what node groups launch next (setting `nextNode`). */
  readonly nextNode: boolean;
  /** What the names of this role and of the hub's begin with. */
  readonly roleNamePrefix: string;
}

/**
 * The role that access entries name, in every audited account: fixed name, no path, exact resources, and nothing that is not in iam-actions.ts.
 * It trusts the roles of the hub that read.
 */
export function memberRole(
  scope: Construct,
  { operatorRole, here, remediation, proxyHolders, direct, nextNode, roleNamePrefix, ...hub }: MemberRoleProps,
): string {
  const roleName = `${roleNamePrefix}${memberRoleName}`;
  const arn = Stack.of(scope).formatArn({ service: 'iam', region: '', resource: `role/${roleName}` });
  const operators = new CfnCondition(scope, 'OperatorsToo', {
    expression: Fn.conditionNot(Fn.conditionEquals(operatorRole.valueAsString, '')),
  });
  const allowed = {
    ...grants(Stack.of(scope)),
    ...(direct && entryGrants(Stack.of(scope), `*/role/${Aws.ACCOUNT_ID}/${roleName}/*`)),
    ...(proxyHolders && accessEntryGrants(Stack.of(scope))),
  };
  const role = new CfnRole(scope, 'Role', {
    roleName,
    description:
      'Reads the EKS clusters of this account and their kubelets for the hub; writes findings to Security Hub',
    assumeRolePolicyDocument: hubTrust(
      scope,
      hub,
    )({
      roles: [
        hubFunctions.discover.roleName,
        hubFunctions.audit.roleName,
        ...(remediation ? [remediateFunction.roleName] : []),
      ].map((name) => `${roleNamePrefix}${name}`),
      people: [Fn.conditionIf(operators.logicalId, operatorRole.valueAsString, Aws.NO_VALUE)],
    }),
    policies: [
      { policyName: 'audit', policyDocument: policyOf(allowed) },
      // A statement of its own: who reviews the role sees what the setting adds.
      ...(nextNode ? [{ policyName: 'next-node', policyDocument: policyOf(nextNodeGrants) }] : []),
    ],
  });
  role.cfnOptions.condition = here;
  acknowledgeWildcards(role, { ...allowed, ...(nextNode && nextNodeGrants) });
  return arn;
}

/** A role is global: its resources are those of its account, in any Region. */
function grants(stack: Stack): Grants<Exclude<MemberAction, AccessEntryAction | NextNodeAction>> {
  const arn = (service: string, resource: string) => stack.formatArn({ service, region: '*', resource });
  const inAnyRegion = (service: string, resource: string): Grant => ({
    resources: [arn(service, resource)],
    why: 'A role is global, and clusters are audited in every Region of the settings',
  });
  const clusters: Grant = {
    resources: [arn('eks', 'cluster/*')],
    why: 'Every cluster of the account is audited, with read-only calls',
  };

  const document = inAnyRegion('ssm', `document/${probeDocumentName}`);

  return {
    'eks:ListClusters': [anywhere],
    'eks:DescribeCluster': [clusters],
    'eks:ListFargateProfiles': [clusters],
    'eks:ListNodegroups': [clusters],
    'eks:DescribeNodegroup': [
      {
        resources: [arn('eks', 'nodegroup/*')],
        why: 'EKS makes the ids of node groups; every one of the account is read',
      },
    ],
    'ec2:DescribeInstances': [anywhere],
    'ec2:DescribeVpcs': [anywhere],
    'ec2:DescribeRegions': [anywhere],
    'ssm:DescribeInstanceInformation': [anywhere],
    'ssm:ListCommandInvocations': [anywhere],
    'ssm:GetCommandInvocation': [anywhere],
    'ssm:ListDocumentVersions': [document],
    'ssm:DescribeDocument': [document],
    'ssm:GetDocument': [document],
    'ssm:SendCommand': [document, ...nodeGrants(stack)],
    'securityhub:GetFindings': [inAnyRegion('securityhub', 'hub/default')],
    'securityhub:BatchImportFindings': [inAnyRegion('securityhub', `product/${stack.account}/default`)],
  };
}

type AccessEntryAction = (typeof accessEntryActions)[number];
type NextNodeAction = (typeof nextNodeActions)[number];

const anyTemplate: Grant = {
  resources: ['*'],
  why: 'AWS takes no narrower resource for these calls: they read the user data of every launch template of a Region, so they are off unless asked for',
};
const nextNodeGrants: Grants<NextNodeAction> = {
  'ec2:DescribeLaunchTemplateVersions': [anyTemplate],
  'ec2:DescribeImages': [anyTemplate],
  'autoscaling:DescribeAutoScalingGroups': [anyTemplate],
  'autoscaling:DescribeLaunchConfigurations': [anyTemplate],
};

const readsEntries = (stack: Stack, resource: string): Grant => ({
  resources: [stack.formatArn({ service: 'eks', region: '*', resource })],
  why: 'Whom EKS lets into any cluster of the account is read, and nothing is changed',
});

/** An entry's ARN ends in its principal and an id that is not known before: `access-entry/CLUSTER/role/ACCOUNT/NAME/ID`. */
const entryGrants = (stack: Stack, entries: string): Grants<(typeof ownEntryActions)[number]> => ({
  'eks:DescribeAccessEntry': [readsEntries(stack, `access-entry/${entries}`)],
  'eks:ListAssociatedAccessPolicies': [readsEntries(stack, `access-entry/${entries}`)],
});

const accessEntryGrants = (stack: Stack): Grants<AccessEntryAction> => ({
  'eks:ListAccessEntries': [readsEntries(stack, 'cluster/*')],
  ...entryGrants(stack, '*'),
});
