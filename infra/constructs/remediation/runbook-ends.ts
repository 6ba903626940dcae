import { Stack } from 'aws-cdk-lib';
import { CfnEventBusPolicy, EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { remediationBusName, remediationEventsRoleName } from '../../../lambda/contract/remediation-names.ts';
import type { AccountScope } from '../../../lambda/contract/settings.ts';
import { runbookEndedPattern } from './runbook-end-events.ts';

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
export class RunbookEnds extends Construct {
  constructor(scope: Construct, id: string, { accounts, organizationId, target, undelivered }: RunbookEndsProps) {
    super(scope, id);

    const bus = new EventBus(this, 'Bus', {
      eventBusName: remediationBusName,
      description: 'Accounts tell here that the runbook which fixes kubelets has ended',
    });
    const others = otherAccounts(Stack.of(this), { accounts, organizationId });
    if (others) {
      const policy = new CfnEventBusPolicy(this, 'Policy', {
        eventBusName: bus.eventBusName,
        statementId: 'accounts',
        statement: {
          Effect: 'Allow',
          Principal: others.principal,
          Action: 'events:PutEvents',
          Resource: bus.eventBusArn,
          Condition: {
            ArnLike: { 'aws:PrincipalArn': roleArn(Stack.of(this), '*') },
            ...others.conditions,
          },
        },
      });
      // The rules of the synthesis read that field too, and CDK warns about it.
      Object.defineProperty(policy, 'principal', { value: undefined });
    }

    new Rule(this, 'Rule', {
      description: 'Has the nodes of a runbook that has ended read again, and their findings updated',
      eventBus: bus,
      eventPattern: runbookEndedPattern,
      targets: [new LambdaFunction(target, { deadLetterQueue: undelivered, retryAttempts: 10 })],
    });
  }
}

const roleArn = (stack: Stack, account: string): string =>
  stack.formatArn({ service: 'iam', region: '', account, resource: `role/${remediationEventsRoleName}` });

/** The accounts beside the hub's own, whose role needs no statement in the policy of the bus. */
function otherAccounts(
  stack: Stack,
  { accounts, organizationId }: Pick<RunbookEndsProps, 'accounts' | 'organizationId'>,
): { readonly principal: unknown; readonly conditions?: object } | undefined {
  switch (accounts.kind) {
    case 'own':
      return undefined;
    case 'accounts':
      return {
        principal: {
          AWS: accounts.accounts.map((account) =>
            stack.formatArn({ service: 'iam', region: '', account, resource: 'root' }),
          ),
        },
      };
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
