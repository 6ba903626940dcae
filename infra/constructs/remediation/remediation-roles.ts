import { Aws, type CfnCondition, Stack } from 'aws-cdk-lib';
import { CfnRole, type CfnRoleProps } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { clusterNameTags, hybridClusterTag } from '../../../lambda/contract/names.ts';
import {
  approvalTopicName,
  approverRoleName,
  executionTag,
  remediateDocumentName,
  remediateFunction,
  type remediationActions,
  remediationRoleName,
  remediationRunbookName,
  remedyLockPath,
  runbookRoleName,
} from '../../../lambda/contract/remediation-names.ts';
import { acknowledgeWildcards, anywhere, type Grant, type Grants, policyOf } from '../access/grants.ts';
import { type HubParameters, hubTrust, orElse } from '../access/member-parameters.ts';
import { serviceTrust } from '../access/service-role.ts';

interface RemediationRolesProps extends HubParameters {
  /** Roles of the hub's account whose people may approve, as ARNs with wildcards. */
  readonly approvers: readonly string[];
  /** Those who ask for a change; they may not approve it. */
  readonly requesters?: readonly string[];
  /** Whether this is the account's one Region in which roles are made. */
  readonly here: CfnCondition;
}

/** Three roles that start, approve and act. None can do what another can. @returns the account of the hub, as these roles know it */
export function remediationRoles(
  scope: Construct,
  { approvers, requesters = [], here, ...hub }: RemediationRolesProps,
): string {
  const stack = Stack.of(scope);

  const trust = hubTrust(scope, hub);
  const role = (id: string, grants: Grants, is: Pick<CfnRoleProps, 'roleName' | 'description'>, trusted: object) => {
    const policies = [{ policyName: 'remediation', policyDocument: policyOf(grants) }];
    const made = new CfnRole(scope, id, { ...is, assumeRolePolicyDocument: trusted, policies });
    made.cfnOptions.condition = here;
    acknowledgeWildcards(made, grants);
  };

  const starts =
    'Lets the hub start the runbook that fixes kubelets, which asks an approver before it does anything, and see what it was about';
  const ofStart = { roleName: remediationRoleName, description: starts };
  role('Start', startGrants(stack), ofStart, trust({ roles: [remediateFunction.roleName] }));

  const who =
    requesters.length > 0 ? 'none of those who ask for it' : 'those who ask for it, too, if they are among them';
  const approves = `Lets people of the hub approve, or reject, that kubelets of this account are fixed: ${who}`;
  const ofApproval = { roleName: approverRoleName, description: approves };
  role('Approve', approverGrants(stack), ofApproval, trust({ people: approvers, butNot: requesters }));

  const fixes = 'Fixes kubelets for the runbook of eks-kubelet-audit: Systems Manager alone uses it';
  role('Runbook', runbookGrants(stack), { roleName: runbookRoleName, description: fixes }, automationTrust(stack));
  return orElse(scope, 'HubElsewhere', { parameter: hub.hubAccountId, own: Aws.ACCOUNT_ID });
}

const startGrants = (stack: Stack): Grants<(typeof remediationActions)['start'][number]> => ({
  ...runbookStart(stack),
  'ssm:DescribeAutomationExecutions': [anywhere],
  'ssm:GetAutomationExecution': [executions(stack)],
  'ssm:DescribeAutomationStepExecutions': [executions(stack)],
  'ssm:ListDocumentVersions': [bothDocuments(stack)],
  'ssm:DescribeDocument': [bothDocuments(stack)],
  'ssm:GetDocument': [bothDocuments(stack)],
});

const approverGrants = (stack: Stack): Grants<(typeof remediationActions)['approver'][number]> => ({
  'ssm:SendAutomationSignal': [
    {
      ...executions(stack),
      conditions: { StringEquals: { [`aws:ResourceTag/${executionTag.Key}`]: executionTag.Value } },
    },
  ],
  'ssm:GetAutomationExecution': [executions(stack)],
  'ssm:DescribeAutomationStepExecutions': [executions(stack)],
  'ssm:DescribeAutomationExecutions': [anywhere],
});

/** A role is global: its resources are those of its account, in any Region. */
function runbookGrants(stack: Stack): Grants<(typeof remediationActions)['runbook'][number]> {
  const inAnyRegion = (service: string, resource: string) => ({
    resources: [stack.formatArn({ service, region: '*', resource })],
    why: 'A role is global, and nodes are fixed in every Region of the settings',
  });

  return {
    'ssm:DescribeDocument': [bothDocuments(stack)],
    'ssm:SendCommand': [inAnyRegion('ssm', `document/${remediateDocumentName}`), ...nodeGrants(stack)],
    'ssm:ListCommands': [anywhere],
    'ssm:ListCommandInvocations': [anywhere],
    'ssm:GetCommandInvocation': [anywhere],
    'ssm:DescribeInstanceInformation': [anywhere],
    'ssm:GetParametersByPath': [inAnyRegion('ssm', `parameter${remedyLockPath}/*`)],
    'ssm:PutParameter': [inAnyRegion('ssm', `parameter${remedyLockPath}/*`)],
    'sns:Publish': [inAnyRegion('sns', approvalTopicName)],
  };
}

type StartAction = 'ssm:StartAutomationExecution' | 'ssm:AddTagsToResource' | 'iam:PassRole';

/**
 * Lets a role start this program's runbook in any Region of this account, in any of its versions and under its own role. The runbook changes no node
 * before its approval.
 */
export function runbookStart(stack: Stack): Grants<StartAction> {
  const ssm = (resource: string) => stack.formatArn({ service: 'ssm', region: '*', resource });

  return {
    'ssm:StartAutomationExecution': [
      {
        resources: [
          ssm(`document/${remediationRunbookName}`),
          // As IAM named it before it knew of documents; denials that were met name the number of the version.
          ssm(`automation-definition/${remediationRunbookName}:*`),
        ],
        why: 'A role is global, and nodes are fixed in every Region of the settings, by whichever version of our runbook is there',
      },
      executions(stack),
    ],
    'ssm:AddTagsToResource': [
      {
        ...executions(stack),
        conditions: { StringEquals: { [`aws:RequestTag/${executionTag.Key}`]: executionTag.Value } },
      },
    ],
    'iam:PassRole': [
      {
        resources: [stack.formatArn({ service: 'iam', region: '', resource: `role/${runbookRoleName}` })],
        conditions: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
      },
    ],
  };
}

/** The document that fixes a node, and the runbook around it, in any Region of this account: to read what they say. */
export const bothDocuments = (stack: Stack) => ({
  resources: [remediateDocumentName, remediationRunbookName].map((name) =>
    stack.formatArn({ service: 'ssm', region: '*', resource: `document/${name}` }),
  ),
  why: 'A role is global, and nodes are fixed in every Region of the settings',
});

/** Executions have ids that SSM makes. */
export const executions = (stack: Stack) => ({
  resources: [stack.formatArn({ service: 'ssm', region: '*', resource: 'automation-execution/*' })],
  why: 'SSM makes the ids of executions; what may be started at all is named by its document',
});

/** Systems Manager alone, for executions of runbooks of this account. */
export const automationTrust = (stack: Stack) =>
  serviceTrust(stack, 'ssm.amazonaws.com', { ArnLike: { 'aws:SourceArn': executions(stack).resources[0] } });

/** Where a document may run: on machines that are tagged as nodes of a cluster, in every Region of this account. */
export function nodeGrants(stack: Stack): readonly Grant[] {
  const arn = (service: string, resource: string) => stack.formatArn({ service, region: '*', resource });
  const machines = (service: string, resource: string, tag: string, value: string): Grant => ({
    resources: [arn(service, resource)],
    conditions: { StringLike: { [`ssm:resourceTag/${tag}`]: value } },
    why: 'Nodes come and go: the condition admits those tagged as nodes of an EKS cluster',
  });

  return [
    ...clusterNameTags.map((tag) => machines('ec2', 'instance/*', tag, '*')),
    machines('ssm', 'managed-instance/*', hybridClusterTag, arn('eks', 'cluster/*')),
  ];
}
