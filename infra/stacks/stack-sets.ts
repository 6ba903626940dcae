import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, CfnStackSet, type CfnStackSetProps, Stack, type StackProps } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { memberRoleName } from '../../lambda/contract/names.ts';
import type { Settings } from '../config/settings.ts';
import { tagged } from '../constructs/access/service-role.ts';
import { MemberStack } from './member-stack.ts';
import { RemediationMemberStack } from './remediation-member-stack.ts';

/** Where a StackSet deploys; values are tokens in a released template. */
interface Placement<Of = Settings> {
  readonly settings: Of;
  readonly organization: NonNullable<Settings['organization']>;
  readonly homeRegion: string;
}

interface OrganizationStackSetProps extends Placement<Pick<Settings, 'regions'>> {
  readonly stackSetName: string;
  readonly description: string;
  /** In the StackSet itself, in at most 51,200 bytes, or where CloudFormation reads it. */
  readonly template: Pick<CfnStackSetProps, 'templateBody'> | Pick<CfnStackSetProps, 'templateUrl'>;
  /** Whether what it makes in other Regions names roles, which are made in the home Region: that one goes first. */
  readonly namesRoles?: boolean;
  /** Whether an account keeps its stacks when it leaves the units or is excluded. */
  readonly kept: boolean;
  /** Beside those that every member stack has. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** One stack in every account of the organizational units and in every Region, in new accounts too. */
export function organizationStackSet(scope: Construct, id: string, props: OrganizationStackSetProps): CfnStackSet {
  const { settings, organization, homeRegion } = props;
  const regions = [...settings.regions];
  const parameters = {
    HubAccountId: Stack.of(scope).account,
    OrganizationId: organization.id,
    ...props.parameters,
    RoleRegion: homeRegion,
  };

  return new CfnStackSet(scope, id, {
    stackSetName: props.stackSetName,
    description: props.description,
    permissionModel: 'SERVICE_MANAGED',
    callAs: organization.callAs,
    capabilities: ['CAPABILITY_NAMED_IAM'],
    autoDeployment: { enabled: true, retainStacksOnAccountRemoval: props.kept },
    managedExecution: { Active: true },
    operationPreferences: {
      ...(props.namesRoles
        ? { regionConcurrencyType: 'SEQUENTIAL', regionOrder: [...new Set([homeRegion, ...regions])] }
        : { regionConcurrencyType: 'PARALLEL' }),
      maxConcurrentPercentage: 50,
      // One account that cannot take the stack keeps no other from it; the run's coverage names it.
      failureTolerancePercentage: 100,
      concurrencyMode: 'SOFT_FAILURE_TOLERANCE',
    },
    ...props.template,
    parameters: Object.entries(parameters).map(([parameterKey, parameterValue]) => ({ parameterKey, parameterValue })),
    stackInstancesGroup: [
      {
        deploymentTargets: {
          organizationalUnitIds: [...organization.units],
          // CloudFormation deletes the stacks of an account that a filter adds (docs/decisions/deployment.md).
          ...(!props.kept &&
            organization.exclude.length > 0 && {
              accounts: [...organization.exclude],
              accountFilterType: 'DIFFERENCE',
            }),
        },
        regions,
      },
    ],
  });
}

/** The StackSet alone, in any stack of the hub's account. It never deploys to the management account, which takes the member stack on its own. */
export const memberStackSet = (scope: Construct, placement: Placement): CfnStackSet =>
  organizationStackSet(scope, 'StackSet', {
    ...placement,
    stackSetName: memberRoleName,
    description: 'Lets eks-kubelet-audit read the EKS clusters of an account and their kubelets',
    template: {
      templateBody: templateText(
        contextOf(scope),
        (app) => new MemberStack(app, 'EksKubeletAuditMember', placement.settings),
      ),
    },
    // An account that is moved keeps its role: access entries do not know one that is made again.
    kept: true,
    parameters: { OperatorRole: placement.settings.operatorRole ?? '' },
  });

const contextOf = (scope: Construct) => scope.node.getAllContext() as Record<string, unknown>;

type StackSetStackProps<Of = Settings> = Placement<Of> & StackProps;

/** The member stack in every account and Region of the organization, from the hub's account, which is a delegated administrator for StackSets. */
export class MemberStackSet extends Stack {
  constructor(scope: Construct, id: string, { settings, organization, homeRegion, ...stackProps }: StackSetStackProps) {
    super(scope, id, {
      description: 'Deploys the member stack of eks-kubelet-audit to the accounts of the organization',
      ...stackProps,
    });
    tagged(this, settings);
    const { stackSetName } = memberStackSet(this, { settings, organization, homeRegion });
    new CfnOutput(this, 'StackSetName', { value: stackSetName });
  }
}

type WithRemediation = Settings & { readonly remediation: NonNullable<Settings['remediation']> };

/**
 * The member stack of remediation in every account and Region of the organization. It is a separate StackSet, so that the right to audit everywhere
 * does not include the right to fix everywhere. Its template is an asset of the hub's account. CloudFormation reads it once, and the accounts need no
 * access to it.
 */
export class RemediationStackSet extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, organization, homeRegion, ...stackProps }: StackSetStackProps<WithRemediation>,
  ) {
    super(scope, id, {
      description: 'Deploys what remediation needs to the accounts of the organization',
      ...stackProps,
    });
    tagged(this, settings);
    const text = templateText(
      contextOf(this),
      (app) => new RemediationMemberStack(app, 'EksKubeletAuditRemediationMember', settings),
    );
    const { stackSetName } = organizationStackSet(this, 'StackSet', {
      stackSetName: 'EksKubeletAuditRemediation',
      description: 'Lets kubelets of an account be fixed by the runbook of eks-kubelet-audit, after an approval',
      template: { templateUrl: textAsset(this, 'Template', text).httpUrl },
      // EventBridge takes no rule whose role is not there yet.
      namesRoles: true,
      // An account that leaves can no longer be fixed from here.
      kept: false,
      settings,
      organization,
      homeRegion,
      parameters: settings.publish ? { HubRegion: this.region } : {},
    });
    new CfnOutput(this, 'StackSetName', { value: stackSetName });
  }
}

/** An asset copies its file when it is made. */
function textAsset(scope: Construct, id: string, text: string): Asset {
  return inFolder((folder) => {
    const path = join(folder, 'template.json');
    writeFileSync(path, text);
    return new Asset(scope, id, { path });
  });
}

/** Context of an app whose StackSets' templates CDK does not hold against CloudFormation's rules. */
export const unvalidated = 'eks-kubelet-audit:unvalidated';

/**
 * A stack's template as text, without a needless space: what a StackSet carries to its accounts.
 *
 * @param context feature flags of the app that it is made for
 * @param declare makes the stack
 * @param options `validated`: whether CloudFormation's rules are held against it, which takes two seconds of CPU. When absent, the context says
 *   whether those rules are `unvalidated`, as in tests of many settings; they apply by default.
 */
export const templateText = (
  context: Readonly<Record<string, unknown>>,
  declare: (app: App) => Stack,
  { validated = context[unvalidated] !== true }: { readonly validated?: boolean } = {},
): string =>
  inFolder((outdir) => {
    const app = new App({ outdir, context, analyticsReporting: false, builtinCloudFormationValidation: validated });
    const stack = declare(app);
    return JSON.stringify(app.synth().getStackArtifact(stack.artifactId).template);
  });

/** A temporary folder, for one step. */
function inFolder<T>(step: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'stack-set-template-'));
  try {
    return step(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
