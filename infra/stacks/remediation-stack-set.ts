import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import type { Settings } from '../config/settings.ts';
import { organizationStackSet } from '../constructs/access/organization-stack-set.ts';
import { tagged } from '../constructs/access/tagged.ts';
import { RemediationMemberStack } from './remediation-member-stack.ts';
import { templateText } from './template-text.ts';

interface RemediationStackSetProps extends StackProps {
  readonly settings: Settings & { readonly remediation: NonNullable<Settings['remediation']> };
  readonly organization: NonNullable<Settings['organization']>;
  readonly homeRegion: string;
}

/**
 * The member stack of remediation in every account and Region of the organization. It is a separate StackSet, so that the right to audit everywhere
 * does not include the right to fix everywhere. Its template is an asset of the hub's account. CloudFormation reads it once, and the accounts need no
 * access to it.
 */
export class RemediationStackSet extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, organization, homeRegion, ...stackProps }: RemediationStackSetProps,
  ) {
    super(scope, id, {
      description: 'Deploys what remediation needs to the accounts of the organization',
      ...stackProps,
    });
    tagged(this, settings);
    const context = scope.node.getAllContext() as Record<string, unknown>;
    const text = templateText(
      context,
      (app) => new RemediationMemberStack(app, 'EksKubeletAuditRemediationMember', settings),
    );

    const stackSet = organizationStackSet(this, 'StackSet', {
      stackSetName: 'EksKubeletAuditRemediation',
      description: 'Lets kubelets of an account be fixed by the runbook of eks-kubelet-audit, after an approval',
      template: { templateUrl: textAsset(this, 'Template', text).httpUrl },
      // EventBridge takes no rule whose role is not there yet.
      namesRoles: true,
      // An account that leaves can no longer be fixed from here.
      kept: false,
      organization,
      regions: settings.regions,
      homeRegion,
      parameters: settings.publish ? { HubRegion: this.region } : {},
    });

    new CfnOutput(this, 'StackSetName', { value: stackSet.stackSetName });
  }
}

/** An asset copies its file when it is made. */
function textAsset(scope: Construct, id: string, text: string): Asset {
  const directory = mkdtempSync(join(tmpdir(), 'stack-set-template-'));
  try {
    const path = join(directory, 'template.json');
    writeFileSync(path, text);
    return new Asset(scope, id, { path });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
