import type { Stack } from 'aws-cdk-lib';
import { eventSource } from '../../../lambda/contract/events.ts';
import type { HubAction } from '../../../lambda/contract/iam-actions.ts';
import {
  type HubFunction,
  historyPrefix,
  latestPrefix,
  memberRoleName,
  memoryPrefix,
  runLockKey,
  runPrefix,
  stateMachineName,
  statementPrefix,
} from '../../../lambda/contract/names.ts';
import type { AccountScope } from '../../../lambda/contract/settings.ts';
import type { Grant, Grants } from './grants.ts';

interface HubGrantsProps {
  readonly bucketArn: string;
  readonly stateMachineArn: string;
  readonly accounts: AccountScope;
  /** The organization, where one is audited. */
  readonly organizationId: string | undefined;
  readonly isSigned: boolean;
  /** The key of the settings that signs runs. */
  readonly signingKey: string | undefined;
}

/** What each function of the hub may do, and where. */
export function hubGrants(
  stack: Stack,
  { bucketArn, stateMachineArn, accounts, organizationId, isSigned, signingKey }: HubGrantsProps,
): { readonly [Name in HubFunction]: Grants<HubAction<Name>> } {
  const objects = (...prefixes: readonly string[]): Grant => ({
    resources: prefixes.map((prefix) => `${bucketArn}/${prefix}*`),
    why: 'Each run adds objects below its own prefix',
  });
  const statements = isSigned ? [statementPrefix] : [];
  const bucket: Grant = { resources: [bucketArn] };
  const runs: Grant = { resources: [stateMachineArn] };
  const executions: Grant = {
    resources: [stack.formatArn({ service: 'states', resource: `execution:${stateMachineName}:*` })],
    why: 'Each run is an execution of its own name',
  };
  const lock: Grant = { resources: [`${bucketArn}/${runLockKey}`] };
  const memberRoles = roleInAccounts(stack, accounts, memberRoleName);
  const ownEvents: Grant = {
    resources: [stack.formatArn({ service: 'events', resource: 'event-bus/default' })],
    // AWS's documented form for a key with several values: each of them is ours, and there is at least one.
    conditions: {
      'ForAllValues:StringEquals': { 'events:source': eventSource },
      Null: { 'events:source': 'false' },
    },
  };
  const inOrganization = (resource: string) =>
    stack.formatArn({ service: 'organizations', region: '', account: '*', resource });
  const units: readonly Grant[] = organizationId
    ? [
        {
          resources: [inOrganization(`root/${organizationId}/r-*`), inOrganization(`ou/${organizationId}/ou-*`)],
          why: 'The units of the settings and all below them; the account in these ARNs is the management account, whose id the hub is not told',
        },
      ]
    : [];

  return {
    start: {
      'states:StartExecution': [runs],
      'states:ListExecutions': [runs],
      'states:DescribeExecution': [executions],
      's3:GetObject': [lock],
      's3:PutObject': [lock],
    },
    discover: {
      'organizations:ListAccountsForParent': units,
      'organizations:ListOrganizationalUnitsForParent': units,
      'sts:AssumeRole': [memberRoles],
      's3:GetObject': [objects(runPrefix, memoryPrefix)],
      's3:PutObject': [objects(runPrefix)],
      's3:ListBucket': [bucket],
    },
    audit: {
      'sts:AssumeRole': [memberRoles],
      's3:GetObject': [objects(runPrefix, memoryPrefix)],
      's3:PutObject': [objects(runPrefix, memoryPrefix)],
      's3:ListBucket': [bucket],
      'events:PutEvents': [ownEvents],
    },
    summarise: {
      's3:GetObject': [objects(runPrefix, memoryPrefix, historyPrefix, ...statements)],
      's3:PutObject': [objects(runPrefix, memoryPrefix, historyPrefix, latestPrefix, ...statements)],
      's3:ListBucket': [bucket],
      'events:PutEvents': [ownEvents],
      ...(signingKey !== undefined && {
        'kms:GetPublicKey': [{ resources: [signingKey] }],
        'kms:Sign': [{ resources: [signingKey], conditions: onlyStatements }],
      }),
    },
  };
}

/** The pair of algorithm and message by which the program signs. */
export const onlyStatements = {
  StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' },
};

/** A role of this program in every account of the settings; `*` for the accounts of an organization. */
export function roleInAccounts(stack: Stack, accounts: AccountScope, roleName: string): Grant {
  const listed = accounts.kind === 'accounts' ? accounts.accounts : [stack.account];
  return {
    resources: (accounts.kind === 'organization' ? ['*'] : listed).map((account) =>
      stack.formatArn({ service: 'iam', region: '', account, resource: `role/${roleName}` }),
    ),
    why: "Accounts come and go: the name is ours, and the trust of each account's role decides",
  };
}
