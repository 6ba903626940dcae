import { BootstraplessSynthesizer, CfnOutput, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { kubernetesGroup, probeDocumentName } from '../../lambda/contract/names.ts';
import { findControl } from '../../lambda/core/judge/controls/catalogue/find-control.ts';
import type { Settings } from '../config/settings.ts';
import { memberParameters, textParameter } from '../constructs/access/member-parameters.ts';
import { memberRole } from '../constructs/access/member-role.ts';
import { tagged } from '../constructs/access/service-role.ts';
import { kubeletProbeDocument } from '../documents/probe/kubelet-probe.ts';

/** What the member stack takes from the settings. */
type MemberSettings = Pick<
  Settings,
  | 'organization'
  | 'operatorRole'
  | 'homeRegion'
  | 'remediation'
  | 'tags'
  | 'controls'
  | 'nextNode'
  | 'roleNamePrefix'
  | 'sources'
>;

/**
 * What an audited account needs: the role, in one of its Regions, and the SSM document in each. One flat template without assets, so that
 * a StackSet, `cdk deploy` and every other tool can deploy it, also where nothing is bootstrapped.
 */
export class MemberStack extends Stack {
  constructor(scope: Construct, id: string, settings: MemberSettings) {
    super(scope, id, {
      description: 'Lets eks-kubelet-audit read the EKS clusters of this account and their kubelets',
      // The library's own types do not agree where an optional property may not be undefined.
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
    });

    tagged(this, settings);
    const operatorRole = textParameter(
      this,
      'OperatorRole',
      'Role of the hub account that people at a terminal have; empty for none',
      { pattern: 'arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@/*?_-]+', default: settings.operatorRole },
    );
    const roleArn = memberRole(new Construct(this, 'Member'), {
      ...memberParameters(this, settings),
      operatorRole,
      remediation: settings.remediation !== undefined,
      roleNamePrefix: settings.roleNamePrefix,
      proxyHolders: settings.controls.some((slug) => findControl(slug)?.optIn),
      direct: settings.sources.includes('direct'),
      nextNode: settings.nextNode,
    });
    probeDocument(new Construct(this, 'Probe'));

    new CfnOutput(this, 'RoleArn', { value: roleArn });
    new CfnOutput(this, 'DocumentName', { value: probeDocumentName });
    new CfnOutput(this, 'CreateAccessEntry', {
      description: 'Run once for each cluster, with its name for CLUSTER',
      value: `aws eks create-access-entry --region ${this.region} --cluster-name CLUSTER --principal-arn ${roleArn} --kubernetes-groups ${kubernetesGroup}`,
    });
  }
}

/** The parameterless SSM document that reads a node's kubelet: the only thing that the audit can run on a node. */
export const probeDocument = (scope: Construct): CfnDocument =>
  new CfnDocument(scope, 'Document', {
    name: probeDocumentName,
    documentType: 'Command',
    documentFormat: 'JSON',
    // Instances and hybrid nodes alike.
    targetType: '/',
    content: kubeletProbeDocument(),
    // The newest version becomes the default one; a replacement would fail on the fixed name.
    updateMethod: 'NewVersion',
  });
