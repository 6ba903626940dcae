import { CfnOutput, type CfnStackSet, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { memberRoleName } from '../../lambda/contract/names.ts';
import type { Settings } from '../config/settings.ts';
import { organizationStackSet } from '../constructs/access/organization-stack-set.ts';
import { tagged } from '../constructs/access/tagged.ts';
import { MemberStack } from './member-stack.ts';
import { templateText } from './template-text.ts';

interface MemberStackSetOptions {
  readonly settings: Settings;
  readonly organization: NonNullable<Settings['organization']>;
  readonly homeRegion: string;
}

type MemberStackSetProps = StackProps & MemberStackSetOptions;

/**
 * The member stack in every account and Region of the organization. Deployed in the hub's account, which is a delegated administrator for StackSets.
 * A StackSet never deploys to the management account, which takes the member stack on its own.
 */
export class MemberStackSet extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, organization, homeRegion, ...stackProps }: MemberStackSetProps,
  ) {
    super(scope, id, {
      description: 'Deploys the member stack of eks-kubelet-audit to the accounts of the organization',
      ...stackProps,
    });
    tagged(this, settings);
    const stackSet = memberStackSet(this, 'StackSet', { settings, organization, homeRegion });
    new CfnOutput(this, 'StackSetName', { value: stackSet.stackSetName });
  }
}

/** The StackSet alone, in any stack of the hub's account. */
export function memberStackSet(
  scope: Construct,
  id: string,
  { settings, organization, homeRegion }: MemberStackSetOptions,
): CfnStackSet {
  const context = scope.node.getAllContext() as Record<string, unknown>;

  return organizationStackSet(scope, id, {
    stackSetName: memberRoleName,
    description: 'Lets eks-kubelet-audit read the EKS clusters of an account and their kubelets',
    template: {
      templateBody: templateText(context, (app) => new MemberStack(app, 'EksKubeletAuditMember', settings)),
    },
    // An account that is moved keeps its role: access entries do not know one that is made again.
    kept: true,
    organization,
    regions: settings.regions,
    homeRegion,
    parameters: { OperatorRole: settings.operatorRole ?? '' },
  });
}
