import { Aws, type CfnCondition, type CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { CfnEventBusPolicy, CfnRule, EventBus, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  type remediationActions,
  remediationBusName,
  remediationEventsRoleName,
  remediationRunbookName,
  runbookEnded,
} from '../../../lambda/contract/remediation-names.ts';
import type { AccountScope } from '../../../lambda/contract/settings.ts';
import { type Grants, policyOf } from '../access/grants.ts';
import { orElse } from '../access/member-parameters.ts';
import { serviceTrust } from '../access/service-role.ts';
import { deadLetters, undeliveredFrom } from '../run/dead-letters.ts';

interface RunbookEndEventsProps {
  readonly hubAccount: string;
  /** The Region of the hub; empty for the one in which roles are made. */
  readonly hubRegion: CfnParameter;
  /** The Region in which roles are made; empty for this one. */
  readonly roleRegion: CfnParameter;
  /** Whether this is the account's one Region in which roles are made. */
  readonly here: CfnCondition;
}

/** Our runbook, come to an end: nothing else of Systems Manager. */
const runbookEndedPattern = {
  source: [runbookEnded.source],
  detailType: [runbookEnded.detailType],
  detail: { Definition: [remediationRunbookName], Status: [...runbookEnded.statuses] },
} satisfies EventPattern;

/** Sends the end of a runbook here to the hub, so that it reads the nodes again at once. */
export function runbookEndEvents(
  scope: Construct,
  { hubAccount, hubRegion, roleRegion, here }: RunbookEndEventsProps,
): void {
  const stack = Stack.of(scope);
  const bus = stack.formatArn({
    service: 'events',
    account: hubAccount,
    region: orElse(scope, 'HubRegionGiven', {
      parameter: hubRegion,
      own: orElse(scope, 'RoleRegionGiven', { parameter: roleRegion, own: Aws.REGION }),
    }),
    resource: `event-bus/${remediationBusName}`,
  });

  const grants: Grants<(typeof remediationActions)['events'][number]> = { 'events:PutEvents': [{ resources: [bus] }] };
  const role = new CfnRole(scope, 'Role', {
    roleName: remediationEventsRoleName,
    description: 'Reports to the hub that the runbook which fixes kubelets has ended: EventBridge alone uses it',
    assumeRolePolicyDocument: serviceTrust(stack, 'events.amazonaws.com'),
    policies: [{ policyName: 'tell', policyDocument: policyOf(grants) }],
  });
  role.cfnOptions.condition = here;

  const queue = deadLetters(new Construct(scope, 'Undelivered'), { of: 'the rule that reports to the hub' });
  const { detailType, ...ended } = runbookEndedPattern;
  const rule = new CfnRule(scope, 'Rule', {
    description: 'Reports to the hub that the runbook which fixes kubelets has ended here',
    eventPattern: { account: [stack.account], ...ended, 'detail-type': detailType },
    targets: [
      {
        id: 'Hub',
        arn: bus,
        // EventBridge takes no rule whose role is not there: the reference makes the rule wait for it. In other Regions it is the same role, by its name.
        roleArn: Fn.conditionIf(here.logicalId, role.attrArn, senderArn(stack, stack.account)).toString(),
        retryPolicy: { maximumEventAgeInSeconds: 3_600, maximumRetryAttempts: 10 },
        deadLetterConfig: { arn: queue.queueArn },
      },
    ],
  });
  undeliveredFrom(queue, [rule.attrArn]);
}

interface RunbookEndsProps {
  readonly accounts: AccountScope;
  readonly organizationId: string | undefined;
  /** Reads the nodes again. */
  readonly target: IFunction;
  /** Where an event waits that could not be delivered. */
  readonly undelivered: IQueue;
}

/**
 * Where the hub hears that a runbook has ended in some account and Region. A bus of its own: what another account may put there reaches nothing else of the
 * hub, such as its alerts.
 */
export function runbookEnds(
  scope: Construct,
  { accounts, organizationId, target, undelivered }: RunbookEndsProps,
): void {
  // Without a description: CloudFormation in GovCloud knows none of an event bus.
  const bus = new EventBus(scope, 'Bus', { eventBusName: remediationBusName });
  const others = otherAccounts(Stack.of(scope), { accounts, organizationId });
  if (others) {
    const policy = new CfnEventBusPolicy(scope, 'Policy', {
      eventBusName: bus.eventBusName,
      statementId: 'accounts',
      statement: {
        Effect: 'Allow',
        Principal: others.principal,
        Action: 'events:PutEvents',
        Resource: bus.eventBusArn,
        Condition: { ArnLike: { 'aws:PrincipalArn': senderArn(Stack.of(scope), '*') }, ...others.conditions },
      },
    });
    // The rules of the synthesis read that field too, and CDK warns about it.
    Object.defineProperty(policy, 'principal', { value: undefined });
  }

  new Rule(scope, 'Rule', {
    description: 'Has the nodes of a runbook that has ended read again, and their findings updated',
    eventBus: bus,
    eventPattern: runbookEndedPattern,
    targets: [new LambdaFunction(target, { deadLetterQueue: undelivered, retryAttempts: 10 })],
  });
}

const senderArn = (stack: Stack, account: string): string =>
  stack.formatArn({ service: 'iam', region: '', account, resource: `role/${remediationEventsRoleName}` });

/** The accounts beside the hub's own, whose role needs no statement in the policy of the bus. */
function otherAccounts(
  stack: Stack,
  { accounts, organizationId }: Pick<RunbookEndsProps, 'accounts' | 'organizationId'>,
): { readonly principal: unknown; readonly conditions?: object } | undefined {
  switch (accounts.kind) {
    case 'own':
      return undefined;
    case 'accounts': {
      const root = (account: string) => stack.formatArn({ service: 'iam', region: '', account, resource: 'root' });
      return { principal: { AWS: accounts.accounts.map(root) } };
    }
    case 'organization':
      if (organizationId === undefined) throw new Error('an organization has an id');
      return { principal: '*', conditions: audited(organizationId, accounts) };
  }
}

/** Accounts of these units, or of any below them, but those that are excluded: the path of an account ends in its unit. */
const audited = (
  organizationId: string,
  { units, exclude }: Extract<AccountScope, { readonly kind: 'organization' }>,
): object => ({
  StringEquals: { 'aws:PrincipalOrgID': organizationId },
  'ForAnyValue:StringLike': {
    'aws:PrincipalOrgPaths': units.map((unit) =>
      unit.startsWith('r-') ? `${organizationId}/${unit}/*` : `${organizationId}/*/${unit}/*`,
    ),
  },
  ...(exclude.length > 0 && { StringNotEquals: { 'aws:PrincipalAccount': [...exclude] } }),
});
