import { z } from 'zod';
import type { DeployedStack, StackResource } from '../lab/aws/cloud-formation/deployed-stack.ts';
import { arnOf, type Place } from './place.ts';

/** The smallest thing that a policy says: one action on one resource, under one condition. */
export interface Permission {
  /** Its place in its template: the same in every account that the template is deployed to. */
  readonly id: string;
  /** The role's ARN, or that of the resource whose own policy it is. */
  readonly holder: string;
  /** `trust` is the policy of a role as a resource: who may assume it. */
  readonly policy: 'identity' | 'trust' | 'resource';
  readonly effect: 'Allow' | 'Deny';
  readonly action: string;
  /** An ARN, which may have wildcards, or `*`. */
  readonly resource: string;
  /** Of the policy of a resource: whom it is about. */
  readonly principal?: Principal;
  /** By operator and key: `{"StringLike": {"ssm:resourceTag/EKSClusterARN": "…"}}` */
  readonly condition?: Condition;
}

type Principal = z.infer<typeof principal>;
type Condition = z.infer<typeof condition>;

const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const principal = z.union([
  z.literal('*'),
  z.strictObject({ AWS: oneOrMore.exactOptional(), Service: oneOrMore.exactOptional() }),
]);
const condition = z.record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string())])));

/** Strict: what a statement may say besides (NotAction, NotResource, NotPrincipal) would change what the proof means. */
const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore.optional(),
  Principal: principal.optional(),
  Condition: condition.optional(),
});
const document = z.strictObject({ Version: z.literal('2012-10-17'), Statement: z.array(statement) });
type Document = z.infer<typeof document>;

/** Everything that the policies of a deployed stack say, piece by piece. Throws at a policy that it cannot see into. */
export function permissionsOf(
  stack: DeployedStack,
  { template, place }: { readonly template: string; readonly place: Place },
): readonly Permission[] {
  return [
    ...stack.resources('AWS::IAM::Role').flatMap((role) => ofRole(stack, role)),
    ...policyResources.flatMap(({ type, holders }) =>
      stack.resources(type).flatMap((resource) => {
        const { policy, of } = holders(resource, { stack, place });
        return of.flatMap((holder) => pieces(policy, { id: resource.id, holder, policy: 'resource' }));
      }),
    ),
  ].map((each) => ({ ...each, id: `${template}/${each.id}` }));
}

const rolePolicies = z.array(z.strictObject({ PolicyName: z.string(), PolicyDocument: document }));

function ofRole(stack: DeployedStack, role: StackResource): readonly Permission[] {
  const holder = stack.arnOf(role);
  const properties = role.properties;
  const unseen = ['ManagedPolicyArns', 'PermissionsBoundary'].find((name) => properties[name] !== undefined);
  if (unseen) throw new Error(`this proof does not see into ${unseen} of ${role.id}: add it to test/prove-iam`);

  const trust = document.parse(stack.resolve(properties['AssumeRolePolicyDocument']));
  return [
    ...rolePolicies
      .parse(stack.resolve(properties['Policies'] ?? []))
      .flatMap(({ PolicyName, PolicyDocument }) =>
        pieces(PolicyDocument, { id: `${role.id}/${PolicyName}`, holder, policy: 'identity' }),
      ),
    ...pieces(trust, { id: `${role.id}/trust`, holder, policy: 'trust' }),
  ];
}

function pieces({ Statement }: Document, of: Pick<Permission, 'id' | 'holder' | 'policy'>): readonly Permission[] {
  return Statement.flatMap((each, index) => {
    // A trust policy is about its role, and a key's about its key.
    const resources = each.Resource ?? [of.holder];
    return each.Action.flatMap((action) =>
      resources.flatMap((resource, place) =>
        alternatives(each.Condition).map(({ name, condition: one }) => ({
          ...of,
          id: `${of.id}/${index}/${action}/${place}${name}`,
          effect: each.Effect,
          action,
          resource,
          ...(each.Principal && { principal: each.Principal }),
          ...(one && { condition: one }),
        })),
      ),
    );
  });
}

/** Operators for which one of several values is enough. */
const takesOneOf = new Set(['StringEquals', 'StringLike', 'ArnEquals', 'ArnLike']);

/** A condition with several values for a key says as much as one statement for each of them. So a trusted role that never comes is found. */
function alternatives(all?: Condition): readonly { readonly name: string; readonly condition?: Condition }[] {
  if (!all) return [{ name: '' }];
  const [several] = Object.entries(all).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, values]) =>
      takesOneOf.has(operator) && Array.isArray(values) && values.length > 1 ? [{ operator, key, values }] : [],
    ),
  );
  if (!several) return [{ name: '', condition: all }];

  const { operator, key, values } = several;
  return values.flatMap((value) =>
    alternatives({ ...all, [operator]: { ...all[operator], [key]: value } }).map(({ name, ...rest }) => ({
      ...rest,
      // The same in every account.
      name: `/${value.replaceAll(/\d{12}/g, '')}${name}`,
    })),
  );
}

interface PolicyResource {
  readonly type: string;
  readonly holders: (
    resource: StackResource,
    where: { readonly stack: DeployedStack; readonly place: Place },
  ) => { readonly policy: Document; readonly of: readonly string[] };
}

/** Who may put events on a bus: one statement to a resource. */
const busStatement = z.strictObject({ EventBusName: z.string(), StatementId: z.string(), Statement: z.unknown() });

/** Strict: a service, for one source of its own, is all that may be let in. */
const invocation = z.strictObject({
  Action: z.string(),
  FunctionName: z.string().startsWith('arn:'),
  Principal: z.string().endsWith('.amazonaws.com'),
  SourceArn: z.string(),
});

type Holder = (name: string, place: Place) => string;

/** A policy that names its resources in a property. */
const policyOf = (type: string, property: string, holder: Holder): PolicyResource => ({
  type,
  holders: ({ properties }, { stack, place }) => ({
    policy: document.parse(stack.resolve(properties['PolicyDocument'])),
    of: oneOrMore.parse(stack.resolve(properties[property])).map((name) => holder(name, place)),
  }),
});

const policyResources: readonly PolicyResource[] = [
  policyOf('AWS::S3::BucketPolicy', 'Bucket', (name, { partition }) => `arn:${partition}:s3:::${name}`),
  policyOf('AWS::SQS::QueuePolicy', 'Queues', (name, place) => arnOf(place, 'sqs', name)),
  policyOf('AWS::SNS::TopicPolicy', 'Topics', (topic) => topic),
  {
    type: 'AWS::Lambda::Permission',
    holders: ({ properties }, { stack }) => {
      const { Action, FunctionName, Principal, SourceArn } = invocation.parse(stack.resolve(properties));
      const said = {
        Effect: 'Allow',
        Action,
        Resource: FunctionName,
        Principal: { Service: Principal },
        // As Lambda writes it into the function's policy.
        Condition: { ArnLike: { 'aws:SourceArn': SourceArn } },
      };
      return { policy: document.parse({ Version: '2012-10-17', Statement: [said] }), of: [FunctionName] };
    },
  },
  {
    type: 'AWS::Events::EventBusPolicy',
    holders: ({ properties }, { stack, place }) => {
      const { EventBusName: name, Statement: said } = busStatement.parse(stack.resolve(properties));
      return {
        policy: document.parse({ Version: '2012-10-17', Statement: [said] }),
        of: [arnOf(place, 'events', `event-bus/${name}`)],
      };
    },
  },
  {
    type: 'AWS::KMS::Key',
    holders: (key, { stack, place }) => ({
      policy: isSigningKey(key)
        ? withoutKeepers(document.parse(stack.resolve(key.properties['KeyPolicy'])), place)
        : withoutAdministrators(document.parse(stack.resolve(key.properties['KeyPolicy'])), place),
      of: [isSigningKey(key) ? stack.arnOf(key) : keyArn(place, key)],
    }),
  },
];

/** As CloudFormation would number it. */
export const keyArn = (place: Place, { id }: StackResource): string => arnOf(place, 'kms', `key/${id}`);

export const isSigningKey = ({ properties }: StackResource): boolean => properties['KeyUsage'] === 'SIGN_VERIFY';

/** What an account's administrators may do with a key that signs: all but sign, and hand the right on. */
function withoutKeepers({ Statement, ...rest }: Document, { partition, accountId }: Place): Document {
  const isOfAccount = ({ Effect, Principal, Condition }: Document['Statement'][number]): boolean =>
    Effect === 'Allow' && !Condition && isSame(Principal, { AWS: [`arn:${partition}:iam::${accountId}:root`] });
  const uses = (action: string): boolean =>
    !/^kms:[A-Za-z]+$/.test(action) || /Sign|CreateGrant|Re?Encrypt/.test(action);
  return { ...rest, Statement: Statement.filter((each) => !isOfAccount(each) || each.Action.some(uses)) };
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Every key admits its account's own policies: without that it could never be changed. It gives a role no right without such a policy. */
function withoutAdministrators({ Statement, ...rest }: Document, { partition, accountId }: Place): Document {
  const administrators = {
    Effect: 'Allow',
    Action: ['kms:*'],
    Resource: ['*'],
    Principal: { AWS: [`arn:${partition}:iam::${accountId}:root`] },
  };
  const shape = JSON.stringify(Object.entries(administrators).toSorted());
  return {
    ...rest,
    Statement: Statement.filter((each) => JSON.stringify(Object.entries(each).toSorted()) !== shape),
  };
}

const template = z.object({ Resources: z.record(z.string(), z.object({ Type: z.string() })) });

const seenTypes = new Set(['AWS::IAM::Role', ...policyResources.map(({ type }) => type)]);

/** Throws when a template has a policy that `permissionsOf` does not read. */
export function refuseUnseen(json: unknown): void {
  const unseen = Object.entries(template.parse(json).Resources).filter(
    ([, { Type }]) => /^AWS::IAM::|Polic(y|ies)$|::Permission$|Grant$/.test(Type) && !seenTypes.has(Type),
  );
  if (unseen.length > 0)
    throw new Error(
      `this proof does not read ${unseen.map(([id, { Type }]) => `${id} (${Type})`).join(', ')}: add it to test/prove-iam/permissions.ts`,
    );
}
