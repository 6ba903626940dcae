import { BootstraplessSynthesizer, CfnOutput, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { kubernetesGroup } from '../../lambda/contract/names.ts';
import type { Settings } from '../config/settings.ts';
import { memberParameters, textParameter } from '../constructs/access/member-parameters.ts';
import { MemberRole } from '../constructs/access/member-role.ts';
import { ProbeDocument } from '../constructs/access/probe-document.ts';

/** What the member stack takes from the settings. */
type MemberSettings = Pick<Settings, 'organization' | 'operatorRole' | 'homeRegion' | 'remediation'>;

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

    const operatorRole = textParameter(
      this,
      'OperatorRole',
      'Role of the hub account that people at a terminal have; empty for none',
      { pattern: 'arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@/*?_-]+', default: settings.operatorRole },
    );
    const role = new MemberRole(this, 'Member', {
      ...memberParameters(this, settings),
      operatorRole,
      remediation: settings.remediation !== undefined,
    });
    const document = new ProbeDocument(this, 'Probe');

    new CfnOutput(this, 'RoleArn', { value: role.arn });
    new CfnOutput(this, 'DocumentName', { value: document.name });
    new CfnOutput(this, 'CreateAccessEntry', {
      description: 'Run once for each cluster, with its name for CLUSTER',
      value: `aws eks create-access-entry --region ${this.region} --cluster-name CLUSTER --principal-arn ${role.arn} --kubernetes-groups ${kubernetesGroup}`,
    });
  }
}
