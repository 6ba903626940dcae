import { BootstraplessSynthesizer, CfnOutput, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import {
  approvalTopicName,
  approverRoleName,
  dryRunRunbookName,
  remediateDocumentName,
  remediationRunbookName,
  runbookRoleName,
} from '../../lambda/contract/remediation-names.ts';
import type { Settings } from '../config/settings.ts';
import { memberParameters, textParameter } from '../constructs/access/member-parameters.ts';
import { tagged } from '../constructs/access/service-role.ts';
import { remediationRoles } from '../constructs/remediation/remediation-roles.ts';
import { responseRunbook } from '../constructs/remediation/response-runbook.ts';
import { runbookEndEvents } from '../constructs/remediation/runbook-ends.ts';
import { askingRunbook, dryRunKubeletsRunbook } from '../documents/remediation/remediate-automation.ts';
import { remediateKubeletDocument } from '../documents/remediation/remediate-kubelet.ts';

/** What the stack takes from the settings. */
type RemediationMemberSettings = Pick<Settings, 'organization' | 'homeRegion' | 'publish' | 'tags'> & {
  readonly remediation: NonNullable<Settings['remediation']>;
};

/**
 * What an account needs whose nodes may be fixed: the roles, in one of its Regions, and in each the documents and the topic of requests for approval.
 * One flat template without assets, apart from the audit's. It is larger than CloudFormation takes inline: the document holds the whole remedy, to be read.
 */
export class RemediationMemberStack extends Stack {
  constructor(scope: Construct, id: string, { remediation, ...settings }: RemediationMemberSettings) {
    super(scope, id, {
      description: 'Lets kubelets of this account be fixed by the runbook of eks-kubelet-audit, after an approval',
      // The library's own types do not agree where an optional property may not be undefined.
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
    });

    tagged(this, settings);
    const parameters = memberParameters(this, settings);
    const hubAccount = remediationRoles(new Construct(this, 'Roles'), { ...parameters, ...remediation });
    remediationDocuments(new Construct(this, 'Documents'));
    if (remediation.automatedSecurityResponse) responseRunbook(new Construct(this, 'Response'), parameters.here);
    // Without findings there is nothing to update, and no bus of the hub to send to.
    if (settings.publish) {
      const hubRegion = textParameter(
        this,
        'HubRegion',
        'Region of the hub, which learns there that the runbook has ended; empty for that of RoleRegion',
        { pattern: '[a-z0-9-]+', default: undefined },
      );
      runbookEndEvents(new Construct(this, 'Ends'), { ...parameters, hubRegion, hubAccount });
    }
    const topic = approvalTopic(new Construct(this, 'Approvals'), remediation.addresses);

    new CfnOutput(this, 'RunbookName', { value: remediationRunbookName });
    new CfnOutput(this, 'ApprovalTopicArn', { value: topic.topicArn });
    new CfnOutput(this, 'ApproverRoleArn', {
      value: this.formatArn({ service: 'iam', region: '', resource: `role/${approverRoleName}` }),
    });
  }
}

/**
 * Where a runbook of this account and Region announces that it waits for an approval. It has no key: AWS's key for SNS exists only in Regions where SNS was encrypted before. An own key would cost a dollar a month in each Region of each account. A request holds no secret. Only roles of the
 * account publish, and of them only the runbook's is allowed to.
 */
export function approvalTopic(scope: Construct, addresses: readonly string[]): Topic {
  const topic = new Topic(scope, 'Topic', {
    topicName: approvalTopicName,
    displayName: 'EKS kubelet remediation',
    enforceSSL: true,
  });
  for (const address of addresses) topic.addSubscription(new EmailSubscription(address));
  return topic;
}

/** The document that fixes one node, and two runbooks. One asks, and then runs it on one node after the other; the other only shows what it would do. */
export function remediationDocuments(scope: Construct): void {
  const stack = Stack.of(scope);
  // The newest version becomes the default one; a replacement would fail on the fixed names.
  const common = { documentFormat: 'JSON', updateMethod: 'NewVersion' };

  const document = new CfnDocument(scope, 'Document', {
    ...common,
    name: remediateDocumentName,
    documentType: 'Command',
    // Instances and hybrid nodes alike.
    targetType: '/',
    content: remediateKubeletDocument(),
  });
  const runbook = new CfnDocument(scope, 'Runbook', {
    ...common,
    name: remediationRunbookName,
    documentType: 'Automation',
    content: askingRunbook({ partition: stack.partition, region: stack.region, accountId: stack.account }),
  });
  const dryRun = new CfnDocument(scope, 'DryRun', {
    ...common,
    name: dryRunRunbookName,
    documentType: 'Automation',
    content: dryRunKubeletsRunbook(
      stack.formatArn({ service: 'iam', region: '', resource: `role/${runbookRoleName}` }),
    ),
  });
  // A runbook is checked against the document that it names.
  for (const each of [runbook, dryRun]) each.addResourceDependency(document);
}
