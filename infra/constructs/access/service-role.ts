import { Stack, Tags } from 'aws-cdk-lib';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Settings } from '../../config/settings.ts';
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

/** Takes names of letters and digits only, by the schema of its resource type. */
const pickyAboutTags = 'AWS::SecurityHub::AutomationRule';

/** CDK says that CloudFormation's schema of a dashboard has tags, cfn-lint says that it has none. No deployment should fail for it. */
const perhapsWithoutTags = 'AWS::CloudWatch::Dashboard';

/** The settings' tags, on everything of the stack that takes them. */
export function tagged(stack: Stack, { tags }: Pick<Settings, 'tags'>): void {
  for (const [name, value] of Object.entries(tags)) {
    const isPlain = /^[a-zA-Z0-9]+$/.test(name);
    const excludeResourceTypes = [perhapsWithoutTags, ...(isPlain ? [] : [pickyAboutTags])];
    Tags.of(stack).add(name, value, { excludeResourceTypes });
  }
}
