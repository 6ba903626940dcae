import { Stack } from 'aws-cdk-lib';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import {
  dryRunRunbookName,
  remediateDocumentName,
  remediationRunbookName,
  runbookRoleName,
} from '../../../lambda/contract/remediation-names.ts';
import { askingRunbook, dryRunKubeletsRunbook } from '../../documents/remediation/remediate-automation.ts';
import { remediateKubeletDocument } from '../../documents/remediation/remediate-kubelet.ts';

/** The document that fixes one node, and two runbooks. One asks, and then runs it on one node after the other; the other only shows what it would do. */
export class RemediationDocuments extends Construct {
  readonly document: CfnDocument;
  readonly runbook: CfnDocument;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const stack = Stack.of(this);
    // The newest version becomes the default one; a replacement would fail on the fixed names.
    const common = { documentFormat: 'JSON', updateMethod: 'NewVersion' };

    this.document = new CfnDocument(this, 'Document', {
      ...common,
      name: remediateDocumentName,
      documentType: 'Command',
      // Instances and hybrid nodes alike.
      targetType: '/',
      content: remediateKubeletDocument(),
    });
    this.runbook = new CfnDocument(this, 'Runbook', {
      ...common,
      name: remediationRunbookName,
      documentType: 'Automation',
      content: askingRunbook({ partition: stack.partition, region: stack.region, accountId: stack.account }),
    });
    const dryRun = new CfnDocument(this, 'DryRun', {
      ...common,
      name: dryRunRunbookName,
      documentType: 'Automation',
      content: dryRunKubeletsRunbook(
        stack.formatArn({ service: 'iam', region: '', resource: `role/${runbookRoleName}` }),
      ),
    });
    // A runbook is checked against the document that it names.
    for (const each of [this.runbook, dryRun]) each.addResourceDependency(this.document);
  }
}
