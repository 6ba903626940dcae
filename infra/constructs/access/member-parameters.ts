import { Aws, CfnCondition, CfnParameter, Fn, type Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from '../../config/settings.ts';

/** The parameters of every stack in an account, with the settings as defaults, so that one template fits any account. */
export function memberParameters(stack: Stack, settings: Pick<Settings, 'organization' | 'homeRegion'>) {
  const hubAccountId = textParameter(
    stack,
    'HubAccountId',
    'Account of the hub, which may use the role; empty for this account',
    { pattern: '[0-9]{12}', default: undefined },
  );
  const organizationId = textParameter(
    stack,
    'OrganizationId',
    'Organization that the hub must belong to; empty for any',
    { pattern: 'o-[0-9a-z]{10,32}', default: settings.organization?.id },
  );
  const roleRegion = textParameter(
    stack,
    'RoleRegion',
    'The one Region in which the role is made; empty for this Region',
    { pattern: '[a-z0-9-]+', default: settings.homeRegion },
  );

  const here = new CfnCondition(stack, 'RoleHere', {
    expression: Fn.conditionOr(
      Fn.conditionEquals(roleRegion.valueAsString, ''),
      Fn.conditionEquals(roleRegion.valueAsString, Aws.REGION),
    ),
  });
  return { hubAccountId, organizationId, roleRegion, here };
}

export const textParameter = (
  stack: Stack,
  name: string,
  description: string,
  value: { readonly pattern: string; readonly default: string | undefined },
): CfnParameter =>
  new CfnParameter(stack, name, {
    description,
    allowedPattern: `^(${value.pattern})?$`,
    default: value.default ?? '',
  });

export interface HubParameters {
  /** The account of the hub; empty for this one. */
  readonly hubAccountId: CfnParameter;
  /** The organization that the hub must belong to; empty for any. */
  readonly organizationId: CfnParameter;
}

interface TrustOptions {
  /** Roles of the hub's account, by name. */
  readonly roles?: readonly string[];
  /** Roles of the hub's account, as ARNs with wildcards. */
  readonly people?: readonly (string | object)[];
  /** Principals that are left out although they match the others, as ARNs with wildcards. */
  readonly butNot?: readonly string[];
}

/**
 * Trust policies for roles of the hub's account, from within the organization where one is known. The principal is the account, and a condition names the
 * roles: a role named as principal would be a stranger once it is made again.
 *
 * @param scope has the conditions on the parameters
 */
export function hubTrust(scope: Construct, { hubAccountId, organizationId }: HubParameters) {
  const hub = orElse(scope, 'HubElsewhere', { parameter: hubAccountId, own: Aws.ACCOUNT_ID });
  const known = given(scope, 'OrganizationKnown', organizationId);
  const inHub = (resource: string) => `arn:${Aws.PARTITION}:iam::${hub}:${resource}`;

  return ({ roles = [], people = [], butNot = [] }: TrustOptions) => ({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: inHub('root') },
        Action: 'sts:AssumeRole',
        Condition: {
          ArnLike: { 'aws:PrincipalArn': [...roles.map((name) => inHub(`role/${name}`)), ...people] },
          ...(butNot.length > 0 && { ArnNotLike: { 'aws:PrincipalArn': [...butNot] } }),
          StringEquals: Fn.conditionIf(
            known.logicalId,
            { 'aws:PrincipalOrgID': organizationId.valueAsString },
            Aws.NO_VALUE,
          ),
        },
      },
    ],
  });
}

/** The value of a parameter, or this stack's own where it is empty. The condition is made once, for any number of callers. */
export function orElse(
  scope: Construct,
  name: string,
  { parameter, own }: { readonly parameter: CfnParameter; readonly own: string },
): string {
  return Fn.conditionIf(given(scope, name, parameter).logicalId, parameter.valueAsString, own).toString();
}

function given(scope: Construct, name: string, parameter: CfnParameter): CfnCondition {
  const made = scope.node.tryFindChild(name);
  if (made instanceof CfnCondition) return made;
  return new CfnCondition(scope, name, {
    expression: Fn.conditionNot(Fn.conditionEquals(parameter.valueAsString, '')),
  });
}
