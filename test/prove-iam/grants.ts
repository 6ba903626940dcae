import { z } from 'zod';
import type { Deployed, DeployedResource } from './deployed.ts';

/** The smallest thing that a policy allows: one role, one action, one resource, under one condition. */
export interface Grant {
  /** The role's ARN. */
  readonly role: string;
  readonly action: string;
  /** An ARN, which may have wildcards, or `*`. */
  readonly resource: string;
  /** By operator and key: `{"StringLike": {"ssm:resourceTag/EKSClusterARN": "…"}}` */
  readonly condition?: Condition;
}

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

/** Strict: what a statement may say besides (Deny, NotAction, NotResource) would change what the proof means. */
const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.literal('Allow'),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())]))).optional(),
});
const document = z.strictObject({ Version: z.literal('2012-10-17'), Statement: z.array(statement) });
const inlinePolicies = z.array(z.object({ PolicyDocument: document }));
const attachedPolicy = z.object({ PolicyDocument: document, Roles: z.array(z.string()) });

/** Every grant of every role of the template, statement by statement. Throws at a policy that it cannot see into. */
export function grantsOf(deployed: Deployed): readonly Grant[] {
  refuseUnseen(deployed);

  const roles = deployed.resources('AWS::IAM::Role').map((role) => ({
    arn: arnOfRole(deployed, role),
    name: String(deployed.resolve({ Ref: role.id })),
    documents: inlinePolicies.parse(deployed.resolve(role.properties['Policies'] ?? [])),
  }));
  const attached = deployed
    .resources('AWS::IAM::Policy')
    .map((policy) => attachedPolicy.parse(deployed.resolve(policy.properties)));

  return roles.flatMap(({ arn, name, documents }) =>
    [...documents, ...attached.filter((policy) => policy.Roles.includes(name))].flatMap((policy) =>
      policy.PolicyDocument.Statement.flatMap((each) => grantsOfStatement(arn, each)),
    ),
  );
}

const arnOfRole = (deployed: Deployed, { id }: DeployedResource): string =>
  String(deployed.resolve({ 'Fn::GetAtt': [id, 'Arn'] }));

const grantsOfStatement = (
  role: string,
  { Action, Resource, Condition: condition }: z.infer<typeof statement>,
): readonly Grant[] =>
  Action.flatMap((action) => Resource.map((resource) => ({ role, action, resource, ...(condition && { condition }) })));

const seenTypes = ['AWS::IAM::Role', 'AWS::IAM::Policy'];

function refuseUnseen(deployed: Deployed): void {
  const unseen = deployed
    .resources()
    .filter(({ type, properties }) =>
      type.startsWith('AWS::IAM::') && !seenTypes.includes(type)
        ? true
        : properties['ManagedPolicyArns'] !== undefined || properties['PermissionsBoundary'] !== undefined,
    );
  if (unseen.length > 0)
    throw new Error(
      `this proof reads roles and their own policies only, not ${unseen.map(({ id, type }) => `${id} (${type})`).join(', ')}: add it to test/prove-iam/grants.ts`,
    );
}
