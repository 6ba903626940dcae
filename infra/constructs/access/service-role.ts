import { Stack } from 'aws-cdk-lib';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeWildcards, type Grants, policyOf } from './grants.ts';

export interface ServiceRoleProps {
  /** Of `roleNamePrefix`. Without one CloudFormation makes the name, so that a deployment of an older release is not replaced. */
  readonly prefix: string;
  readonly name: string;
  readonly description: string;
  /** `states.amazonaws.com`: it alone assumes the role, for this account. */
  readonly service: string;
  /** What it must say beside the account. */
  readonly conditions?: Readonly<Record<string, string>>;
  readonly policyName: string;
  readonly grants: Grants;
}

/** One AWS service alone, for this account and in these conditions, as CloudFormation spells it: for roles with fixed names. */
export const serviceTrust = (stack: Stack, service: string, conditions: object = {}) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: service },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': stack.account }, ...conditions },
    },
  ],
});

/** The role of one AWS service, which only its own stack knows. CDK adds no rights to it. */
export function serviceRole(scope: Construct, props: ServiceRoleProps): IRole {
  const { prefix, name, service, policyName, grants } = props;
  const role = new Role(scope, 'Role', {
    ...(prefix !== '' && { roleName: `${prefix}${name}` }),
    description: props.description,
    assumedBy: new ServicePrincipal(service, {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account, ...props.conditions } },
    }),
    inlinePolicies: { [policyName]: policyOf(grants) },
  });
  acknowledgeWildcards(role, grants);
  return role.withoutPolicyUpdates();
}
