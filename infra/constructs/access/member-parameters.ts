import { Aws, CfnCondition, CfnParameter, Fn, type Stack } from 'aws-cdk-lib';
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
