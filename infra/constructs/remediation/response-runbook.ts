import { type CfnCondition, Stack } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnDocument, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { runbookRoleName } from '../../../lambda/contract/remediation-names.ts';
import { findingTitle } from '../../../lambda/core/judge/controls/shared/about.ts';
import { findingRunbook } from '../../documents/remediation/finding-runbook.ts';
import { fixableControls } from '../../documents/remediation/remediate-parameters.ts';
import { acknowledgeWildcards, anywhere, type Grants, policyOf } from '../access/grants.ts';
import { automationTrust, bothDocuments, executions, runbookStart } from './remediation-roles.ts';

/** The role of Automated Security Response in an account starts only documents that are named so, */
const findingRunbookName = 'ASR-EksKubeletAuditRemediateFinding';
/** and passes only roles that are named so. */
const findingRunbookRoleName = 'SO0111-EksKubeletAuditRemediateFinding';

/** What Automated Security Response starts in an account: reads a finding, and starts the runbook that asks. */
export function responseRunbook(scope: Construct, here: CfnCondition): void {
  const stack = Stack.of(scope);
  const roleArn = (name: string) => stack.formatArn({ service: 'iam', region: '', resource: `role/${name}` });

  const allowed: Grants = {
    ...runbookStart(stack),
    'ssm:DescribeAutomationExecutions': [anywhere],
    'ssm:GetAutomationExecution': [executions(stack)],
    'ec2:DescribeInstances': [anywhere],
    'ssm:DescribeInstanceInformation': [anywhere],
    'ssm:DescribeDocument': [bothDocuments(stack)],
    'eks:DescribeCluster': [
      {
        resources: [stack.formatArn({ service: 'eks', region: '*', resource: 'cluster/*' })],
        why: 'Findings are about any cluster of the account, whose CA is read',
      },
    ],
  };
  const role = new CfnRole(scope, 'Role', {
    roleName: findingRunbookRoleName,
    description: 'Starts the runbook of eks-kubelet-audit for a finding that Automated Security Response hands over',
    assumeRolePolicyDocument: automationTrust(stack),
    policies: [{ policyName: 'start', policyDocument: policyOf(allowed) }],
  });
  role.cfnOptions.condition = here;
  acknowledgeWildcards(role, allowed);

  new CfnDocument(scope, 'Document', {
    name: findingRunbookName,
    documentType: 'Automation',
    documentFormat: 'JSON',
    // The newest version becomes the default one; a replacement would fail on the fixed name.
    updateMethod: 'NewVersion',
    content: findingRunbook({ roleArn: roleArn(findingRunbookRoleName), runbookRoleArn: roleArn(runbookRoleName) }),
  });
}

/**
 * Names the runbook of our findings for Automated Security Response, in the account and Region where it runs; it looks the runbook up by the
 * finding's title. Without a role in the answer it starts the runbook as its own role of the finding's account.
 */
export function responseParameters(scope: Construct): void {
  for (const control of fixableControls)
    new StringParameter(scope, control.slug, {
      parameterName: responseParameterName(findingTitle(control)),
      description: `Runbook for findings of ${control.slug}`,
      stringValue: JSON.stringify({ RunbookName: findingRunbookName, RunbookRole: '' }),
    });
}

/** As Automated Security Response makes it of a title (`clean_ssm` in its `simple_validation.py`). */
export const responseParameterName = (title: string): string =>
  `/Solutions/SO0111/${title
    .trim()
    .replaceAll('..', '')
    .replaceAll(/[^a-zA-Z0-9._-]/g, '-')
    .replace(/^[.\-_]+/, '')
    .replace(/(?<![.\-_])[.\-_]+$/, '')}`;
