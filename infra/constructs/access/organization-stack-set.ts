import { CfnStackSet, type CfnStackSetProps, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from '../../config/settings.ts';

interface OrganizationStackSetProps {
  readonly stackSetName: string;
  readonly description: string;
  /** In the StackSet itself, in at most 51,200 bytes, or where CloudFormation reads it. */
  readonly template: Pick<CfnStackSetProps, 'templateBody'> | Pick<CfnStackSetProps, 'templateUrl'>;
  /** Whether what it makes in other Regions names roles, which are made in the home Region: that one goes first. */
  readonly namesRoles?: boolean;
  /** Whether an account keeps its stacks when it leaves the units or is excluded. */
  readonly kept: boolean;
  readonly organization: NonNullable<Settings['organization']>;
  readonly regions: readonly string[];
  readonly homeRegion: string;
  /** Beside those that every member stack has. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** One stack in every account of the organizational units and in every Region, in new accounts too. */
export function organizationStackSet(scope: Construct, id: string, props: OrganizationStackSetProps): CfnStackSet {
  const { organization, regions, homeRegion } = props;
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
          // CloudFormation deletes the stacks of an account that a filter adds (docs/decisions/033-the-member-role-survives.md).
          ...(!props.kept &&
            organization.exclude.length > 0 && {
              accounts: [...organization.exclude],
              accountFilterType: 'DIFFERENCE',
            }),
        },
        regions: [...regions],
      },
    ],
  });
}
