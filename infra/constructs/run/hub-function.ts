import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type HubFunction, hubFunctions } from '../../../lambda/contract/names.ts';
import { type FunctionShape, FunctionWithRole, type FunctionWithRoleProps } from './function-with-role.ts';

export const hubFunctionShapes: Readonly<Record<HubFunction, FunctionShape>> = {
  start: {
    description: 'Starts the run of the schedule, unless one is still going',
    entry: 'start',
    memorySize: 256,
    timeout: Duration.minutes(1),
  },
  discover: {
    description: 'Lists the accounts, Regions and clusters of a run',
    entry: 'discover',
    memorySize: 512,
    timeout: Duration.minutes(15),
  },
  audit: {
    description: 'Audits one cluster, or tidies up after one Region of an account',
    entry: 'item',
    memorySize: 512,
    timeout: Duration.minutes(15),
  },
  summarise: {
    description: 'Counts what a run found',
    entry: 'summarise',
    memorySize: 512,
    timeout: Duration.minutes(15),
  },
};

interface HubFunctionProps extends Omit<FunctionWithRoleProps, keyof FunctionShape | 'functionName' | 'roleName'> {
  readonly name: HubFunction;
  readonly roleNamePrefix: string;
}

/** One function of a run. */
export class HubFunctionWithRole extends FunctionWithRole {
  constructor(scope: Construct, id: string, { name, roleNamePrefix, ...props }: HubFunctionProps) {
    const { functionName, roleName } = hubFunctions[name];
    super(scope, id, {
      ...hubFunctionShapes[name],
      functionName,
      roleName: `${roleNamePrefix}${roleName}`,
      ...props,
    });
  }
}
