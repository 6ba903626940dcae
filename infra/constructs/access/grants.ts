import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct, IConstruct } from 'constructs';

/** Where one action is allowed. */
export interface Grant extends Pick<PolicyStatementProps, 'conditions'> {
  readonly resources: readonly string[];
  /** Why there is a wildcard in `resources`: one without a reason fails the synthesis. */
  readonly why?: string;
}

/** A record over every action of a role, so an action that the program calls and that is not placed does not compile. */
export type Grants<Action extends string = string> = Readonly<Record<Action, readonly Grant[]>>;

/** Both, action by action. */
export const merged = (one: Grants, other: Grants): Grants => ({
  ...one,
  ...Object.fromEntries(Object.entries(other).map(([action, places]) => [action, [...(one[action] ?? []), ...places]])),
});

export const anywhere: Grant = {
  resources: ['*'],
  why: 'Lists, log delivery, traces, and calls about commands and interfaces: AWS knows no resource-level permission for them',
};

/** What the grants allow, and nothing else; actions of the same place in one statement. */
export const policyOf = (grants: Grants): PolicyDocument =>
  new PolicyDocument({
    minimize: true,
    statements: Object.entries(grants).flatMap(([action, places]) =>
      places.map(
        ({ resources, conditions }) =>
          new PolicyStatement({ actions: [action], resources: [...resources], ...(conditions && { conditions }) }),
      ),
    ),
  });

/** Acknowledges each wildcard that has a reason, for the rules of the synthesis. */
export function acknowledgeWildcards(role: IConstruct, grants: Grants): void {
  const reasons = new Map<string, string>();
  for (const { resources, why } of Object.values(grants).flat())
    if (why) for (const resource of resources) reasons.set(flat(Stack.of(role).resolve(resource)), why);

  for (const [resource, reason] of reasons)
    if (resource.includes('*'))
      Validations.of(role).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[Resource::${resource}]`, reason });
}

/** A resource as the rules name it: its parts joined, references in angle brackets. */
function flat(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = Object(resource);
  if (ref) return `<${ref}>`;
  if (attribute) return `<${attribute.join('.')}>`;
  if (join) return join[1].map(flat).join(join[0]);
  return JSON.stringify(resource);
}

/** The key of the settings. Its policy is its owner's: docs/deploy.md says what it must admit. */
export const ownKey = (scope: Construct, kmsKey: string | undefined): IKey | undefined =>
  kmsKey === undefined ? undefined : Key.fromKeyArn(scope, 'OwnKey', kmsKey);

/** The rights to use the key through one service whose data it encrypts. A role needs them in addition to its rights to that service. */
export function keyGrants(scope: Construct, kmsKey: string | undefined, services: readonly ('s3' | 'sqs')[]): Grants {
  if (kmsKey === undefined) return {};

  const { region } = Stack.of(scope);
  const through = {
    resources: [kmsKey],
    // The suffix of the partition follows.
    conditions: { StringLike: { 'kms:ViaService': services.map((service) => `${service}.${region}.*`) } },
  };
  return { 'kms:Decrypt': [through], 'kms:GenerateDataKey': [through] };
}
