import { type CfnCondition, Stack } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { runbookRoleName } from '../../../lambda/contract/remediation-names.ts';
import { findingRunbook } from '../../documents/remediation/finding-runbook.ts';
import { acknowledgeWildcards, type Grants, policyOf } from '../access/grants.ts';
import { automationTrust } from './automation-trust.ts';
import { executions, runbookStart } from './runbook-start.ts';

/** The role of Automated Security Response in an account starts only documents that are named so, */
export const findingRunbookName = 'ASR-EksKubeletAuditRemediateFinding';
/** and passes only roles that are named so. */
const findingRunbookRoleName = 'SO0111-EksKubeletAuditRemediateFinding';

/** What Automated Security Response starts in an account: reads a finding, and starts the runbook that asks. */
export class ResponseRunbook extends Construct {
  constructor(scope: Construct, id: string, { here }: { readonly here: CfnCondition }) {
    super(scope, id);
    const stack = Stack.of(this);
    const roleArn = (name: string) => stack.formatArn({ service: 'iam', region: '', resource: `role/${name}` });

    const allowed: Grants = {
      ...runbookStart(stack),
      'ssm:GetAutomationExecution': [executions(stack)],
      'eks:DescribeCluster': [
        {
          resources: [stack.formatArn({ service: 'eks', region: '*', resource: 'cluster/*' })],
          why: 'Findings are about any cluster of the account, whose CA is read',
        },
      ],
    };
    const role = new CfnRole(this, 'Role', {
      roleName: findingRunbookRoleName,
      description: 'Starts the runbook of eks-kubelet-audit for a finding that Automated Security Response hands over',
      assumeRolePolicyDocument: automationTrust(stack),
      policies: [{ policyName: 'start', policyDocument: policyOf(allowed) }],
    });
    role.cfnOptions.condition = here;
    acknowledgeWildcards(role, allowed);

    new CfnDocument(this, 'Document', {
      name: findingRunbookName,
      documentType: 'Automation',
      documentFormat: 'JSON',
      // The newest version becomes the default one; a replacement would fail on the fixed name.
      updateMethod: 'NewVersion',
      content: findingRunbook({ roleArn: roleArn(findingRunbookRoleName), runbookRoleArn: roleArn(runbookRoleName) }),
    });
  }
}
