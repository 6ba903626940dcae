import { z } from 'zod';
import type { DeployedStack } from '../cloud-formation/deployed-stack.ts';
import { admits, type ResourcePolicy, resourcePolicy } from '../resource-policy.ts';
import { matchesPattern } from './event-pattern.ts';
import { transformed } from './input-transformer.ts';

const ruleSchema = z.object({
  EventPattern: z.record(z.string(), z.unknown()),
  Targets: z.array(
    z.object({
      Id: z.string(),
      Arn: z.string(),
      RoleArn: z.string().optional(),
      InputTransformer: z
        .object({ InputPathsMap: z.record(z.string(), z.string()), InputTemplate: z.string() })
        .optional(),
      SqsParameters: z.object({ MessageGroupId: z.string() }).optional(),
    }),
  ),
});

/** Where a rule delivers to, with what its owner allows. */
export interface LabTarget {
  readonly arn: string;
  readonly policy?: ResourcePolicy | undefined;
  /** The policy of the key that encrypts it, where that is not the service's own. */
  readonly keyPolicy?: ResourcePolicy;
}

interface Rule extends z.infer<typeof ruleSchema> {
  readonly arn: string;
}

/** What a target got, or why it got nothing: EventBridge itself says it only in a metric. */
export type Delivery = { readonly arn: string } & ({ readonly message: string } | { readonly refused: string });

/** Rules of one bus, and their targets with the policies by which they admit EventBridge. */
export class Deliveries {
  readonly made: Delivery[] = [];
  readonly #rules: Rule[] = [];
  readonly #targets = new Map<string, LabTarget>();

  /** A target that no deployed stack has: a topic, a queue or a bus of somebody else. */
  addTarget(target: LabTarget): void {
    this.#targets.set(target.arn, target);
  }

  deploy(stack: DeployedStack): void {
    const policies = policiesOf(stack);
    for (const type of ['AWS::SNS::Topic', 'AWS::SQS::Queue'])
      for (const each of stack.resources(type)) {
        const arn = stack.arnOf(each);
        const key = z
          .object({ KmsMasterKeyId: z.string().optional() })
          .parse(stack.resolve(each.properties)).KmsMasterKeyId;
        this.addTarget({
          arn,
          policy: policies.get(arn),
          ...(key !== undefined && { keyPolicy: policies.get(key) ?? { Statement: [] } }),
        });
      }
    for (const each of stack.resources('AWS::Events::Rule'))
      this.#rules.push({ ...ruleSchema.parse(stack.resolve(each.properties)), arn: stack.arnOf(each) });
  }

  messages(arn: string): readonly string[] {
    return this.made.flatMap((each) => (each.arn === arn && 'message' in each ? [each.message] : []));
  }

  deliver(event: object): void {
    for (const rule of this.#rules) {
      if (!matchesPattern(rule.EventPattern, event)) continue;
      for (const each of rule.Targets) {
        const { Arn: arn, InputTransformer } = each;
        const refused = this.#refusal(each, rule);
        const message = InputTransformer ? transformed(InputTransformer, event) : JSON.stringify(event);
        this.made.push(refused === undefined ? { arn, message } : { arn, refused });
      }
    }
  }

  /** SNS takes no condition (EventBridge user guide, "Using resource-based policies"), SQS aws:SourceArn. A key must let events.amazonaws.com decrypt. */
  #refusal({ Arn: arn, RoleArn: role, SqsParameters }: Rule['Targets'][number], rule: Rule): string | undefined {
    const target = this.#targets.get(arn);
    if (!target) return 'there is no such target';

    const [, , service] = arn.split(':');
    const events = { caller: { service: 'events.amazonaws.com' }, resource: arn };
    const ofRule = { 'aws:SourceArn': rule.arn, 'aws:SourceAccount': rule.arn.split(':')[4] ?? '' };
    const isAdmitted = {
      sns: () => admits(target.policy, { ...events, action: 'sns:Publish', context: undefined }),
      sqs: () => admits(target.policy, { ...events, action: 'sqs:SendMessage', context: ofRule }),
      events: () =>
        role !== undefined &&
        admits(target.policy, {
          caller: { account: role.split(':')[4] ?? '' },
          action: 'events:PutEvents',
          resource: arn,
          context: { 'aws:PrincipalArn': role },
        }),
    }[service ?? ''];
    if (!isAdmitted) throw new Error(`the lab's events delivers nothing to ${arn}; teach deliveries.ts`);
    if (!isAdmitted()) return 'the policy of the target does not admit EventBridge';
    if (arn.endsWith('.fifo') && !SqsParameters) return 'a FIFO queue takes no message without a group';

    const keyCalls = ['kms:Decrypt', 'kms:GenerateDataKey'].map((action) => ({
      ...events,
      action,
      context: undefined,
    }));
    const { keyPolicy } = target;
    return keyPolicy && !keyCalls.every((call) => admits(keyPolicy, { ...call, resource: '*' }))
      ? 'the key of the target does not admit EventBridge'
      : undefined;
  }
}

/** By the ARN of topic or key; a queue policy names its queues by URL, which the lab writes as their ARN. */
function policiesOf(stack: DeployedStack): ReadonlyMap<string, ResourcePolicy> {
  const policies = new Map<string, ResourcePolicy>();
  const attached = z.object({
    Topics: z.array(z.string()).default([]),
    Queues: z.array(z.string()).default([]),
    PolicyDocument: resourcePolicy,
  });
  for (const type of ['AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy'])
    for (const { properties } of stack.resources(type)) {
      const { Topics, Queues, PolicyDocument } = attached.parse(stack.resolve(properties));
      const queues = stack.resources('AWS::SQS::Queue').filter((each) => Queues.includes(stack.refOf(each)));
      for (const arn of [...Topics, ...queues.map((each) => stack.arnOf(each))]) policies.set(arn, PolicyDocument);
    }
  for (const key of stack.resources('AWS::KMS::Key'))
    policies.set(stack.arnOf(key), resourcePolicy.parse(Object(stack.resolve(key.properties)).KeyPolicy));
  return policies;
}
