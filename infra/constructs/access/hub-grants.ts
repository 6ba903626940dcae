import type { Stack } from 'aws-cdk-lib';
import { eventSource } from '../../../lambda/contract/events.ts';
import type { HubAction } from '../../../lambda/contract/iam-actions.ts';
import {
  censusPrefix,
  type HubFunction,
  historyPrefix,
  latestPrefix,
  memberRoleName,
  memoryPrefix,
  runLockKey,
  runPrefix,
  stateMachineName,
  statementPrefix,
  sweepPrefix,
  sweepStateKey,
} from '../../../lambda/contract/names.ts';
import type { AccountScope } from '../../../lambda/contract/settings.ts';
import type { Settings } from '../../config/settings.ts';
import type { Grant, Grants } from './grants.ts';

interface HubGrantsProps {
  readonly bucketArn: string;
  readonly stateMachineArn: string;
  /** Accounts that have the member role; `*` for those of the organization of the settings. */
  readonly memberAccounts: readonly string[];
  readonly settings: Pick<Settings, 'organization' | 'sign' | 'signingKey' | 'previousSigningKey' | 'roleNamePrefix'>;
}

/** What each function of the hub may do, and where. */
export function hubGrants(
  stack: Stack,
  props: HubGrantsProps,
): { readonly [Name in HubFunction]: Grants<HubAction<Name>> } {
  const { bucketArn, stateMachineArn, memberAccounts } = props;
  const { organization, sign, signingKey, previousSigningKey, roleNamePrefix } = props.settings;
  const signingKeys = [signingKey, previousSigningKey].filter((each) => each !== undefined);
  const isSigned = sign || signingKey !== undefined;
  const objects = objectsOf(bucketArn);
  const statements = isSigned ? [statementPrefix] : [];
  // A signed run lists what sweeps have left.
  const listed = isSigned ? [censusPrefix, sweepPrefix] : [];
  const bucket: Grant = { resources: [bucketArn] };
  const runs: Grant = { resources: [stateMachineArn] };
  const executions: Grant = {
    resources: [stack.formatArn({ service: 'states', resource: `execution:${stateMachineName}:*` })],
    why: 'Each run is an execution of its own name',
  };
  const lock: Grant = { resources: [`${bucketArn}/${runLockKey}`] };
  const memberRoles = roleInAccounts(stack, memberAccounts, `${roleNamePrefix}${memberRoleName}`, organization);
  const ownEvents: Grant = {
    resources: [stack.formatArn({ service: 'events', resource: 'event-bus/default' })],
    // AWS's documented form for a key with several values: each of them is ours, and there is at least one.
    conditions: {
      'ForAllValues:StringEquals': { 'events:source': eventSource },
      Null: { 'events:source': 'false' },
    },
  };
  const ofOrganization = organization ? organizationGrants(stack, organization.id) : noOrganization;

  return {
    start: {
      'states:StartExecution': [runs],
      'states:ListExecutions': [runs],
      'states:DescribeExecution': [executions],
      's3:GetObject': [lock],
      's3:PutObject': [lock],
    },
    discover: {
      ...ofOrganization,
      'sts:AssumeRole': [memberRoles],
      's3:GetObject': [objects(runPrefix, memoryPrefix)],
      's3:PutObject': [objects(runPrefix)],
      's3:ListBucket': [bucket],
      // Of sweeps alone: `sweepGrants`.
      'states:StartExecution': [],
    },
    audit: {
      'sts:AssumeRole': [memberRoles],
      's3:GetObject': [objects(runPrefix, memoryPrefix)],
      's3:PutObject': [objects(runPrefix, memoryPrefix)],
      's3:DeleteObject': [objects(memoryPrefix)],
      's3:ListBucket': [bucket],
      'events:PutEvents': [ownEvents],
    },
    summarise: {
      's3:GetObject': [objects(runPrefix, memoryPrefix, historyPrefix, ...statements, ...listed)],
      's3:PutObject': [objects(runPrefix, memoryPrefix, historyPrefix, latestPrefix, ...statements)],
      's3:ListBucket': [bucket],
      'events:PutEvents': [ownEvents],
      ...(signingKeys.length > 0 && {
        'kms:GetPublicKey': [{ resources: signingKeys }],
        'kms:Sign': [{ resources: signingKeys, conditions: onlyStatements }],
      }),
    },
  };
}

/** What the functions may do beside that, where there are sweeps. */
export function sweepGrants(props: {
  readonly bucketArn: string;
  readonly sweepMachineArn: string;
  readonly isSigned: boolean;
}): Readonly<Partial<Record<HubFunction, Grants>>> {
  const { bucketArn, sweepMachineArn, isSigned } = props;
  const objects = objectsOf(bucketArn);
  const state: Grant = { resources: [`${bucketArn}/${sweepStateKey}`] };
  return {
    ...(!isSigned && { summarise: { 's3:GetObject': [objects(censusPrefix), state] } }),
    discover: {
      's3:GetObject': [objects(sweepPrefix)],
      's3:PutObject': [objects(censusPrefix), state],
      'states:StartExecution': [{ resources: [sweepMachineArn] }],
    },
    audit: {
      's3:GetObject': [objects(sweepPrefix)],
      // Not what one sweep leaves for the next, which has no folder.
      's3:PutObject': [objects(`${sweepPrefix}*/`)],
    },
  };
}

const objectsOf =
  (bucketArn: string) =>
  (...prefixes: readonly string[]): Grant => ({
    resources: prefixes.map((prefix) => `${bucketArn}/${prefix}*`),
    why: 'Each run adds objects below its own prefix',
  });

/** The pair of algorithm and message by which the program signs. */
export const onlyStatements = {
  StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' },
};

type OrganizationAction = 'organizations:ListAccountsForParent' | 'organizations:ListOrganizationalUnitsForParent';

const noOrganization: Grants<OrganizationAction> = {
  'organizations:ListAccountsForParent': [],
  'organizations:ListOrganizationalUnitsForParent': [],
};

/** Lists the accounts of the units of an organization. */
export function organizationGrants(stack: Stack, organizationId: string): Grants<OrganizationAction> {
  const inOrganization = (resource: string) =>
    stack.formatArn({ service: 'organizations', region: '', account: '*', resource });
  const units: Grant = {
    resources: [inOrganization(`root/${organizationId}/r-*`), inOrganization(`ou/${organizationId}/ou-*`)],
    why: 'The units of the settings and all below them; the account in these ARNs is the management account, whose id the hub does not know',
  };
  return { 'organizations:ListAccountsForParent': [units], 'organizations:ListOrganizationalUnitsForParent': [units] };
}

/** The accounts that have roles of this program; `*` for those of an organization. */
export function accountsOf(stack: Stack, scope: AccountScope): readonly string[] {
  if (scope.kind === 'organization') return ['*'];
  return scope.kind === 'accounts' ? scope.accounts : [stack.account];
}

/** A role of this program in each of these accounts; with an organization, only while the role's account belongs to it. */
export function roleInAccounts(
  stack: Stack,
  accounts: readonly string[],
  roleName: string,
  organization: { readonly id: string } | undefined,
): Grant {
  return {
    resources: accounts.map((account) =>
      stack.formatArn({ service: 'iam', region: '', account, resource: `role/${roleName}` }),
    ),
    why: "Accounts come and go: the name is ours, and the trust of each account's role decides",
    ...(organization && { conditions: { StringEquals: { 'aws:ResourceOrgID': organization.id } } }),
  };
}
