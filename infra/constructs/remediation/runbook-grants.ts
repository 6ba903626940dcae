import type { Stack } from 'aws-cdk-lib';
import { clusterNameTags, hybridClusterTag } from '../../../lambda/contract/names.ts';
import {
  executionTag,
  remediateDocumentName,
  remediationRunbookName,
  runbookRoleName,
} from '../../../lambda/contract/remediation-names.ts';
import type { Grant, Grants } from '../access/grants.ts';
import { serviceTrust } from '../access/service-role.ts';

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
