import { z } from 'zod';
import type { IamAction } from '../../lambda/contract/iam-actions.ts';
import { productName } from '../../lambda/contract/names.ts';
import type { RecordedCall } from '../lab/aws-server.ts';
import { type IamRequest, tagContext } from './iam-request.ts';
import { arnOf, type Place } from './place.ts';

/** The tags of each machine that a command may be for, by its id. */
export type TagsOfMachines = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** What a call is about. */
type Target = Pick<IamRequest, 'resource'> & Partial<Pick<IamRequest, 'context'>>;

interface Asked {
  readonly input: RecordedCall['input'];
  readonly place: Place;
  readonly tags: TagsOfMachines;
}

/** What IAM was asked for this call of the program. Throws for a call that nobody has described here. */
export function programRequests(call: RecordedCall, tags: TagsOfMachines): readonly IamRequest[] {
  const action = `${call.service}:${call.operation}`;
  const targets = targetsByAction.get(action);
  if (!targets)
    throw new Error(`the proof does not know what ${action} is about: add it to test/prove-iam/program-requests.ts`);

  const { role, partition } = roleOfSession(call.principalArn);
  const place = { partition, accountId: call.accountId, region: call.region };
  return targets({ input: call.input, place, tags }).map(({ resource, context = {} }) => ({
    by: productName,
    role,
    action,
    resource,
    context,
  }));
}

/** By the Service Authorization Reference: which resources a call names, and which condition keys it brings. */
const targetsOf: Readonly<Record<IamAction, (asked: Asked) => readonly Target[]>> = {
  'eks:ListClusters': anyResource,
  'eks:DescribeCluster': ({ input, place }) => [{ resource: arnOf(place, 'eks', `cluster/${text(input['name'])}`) }],
  'eks:ListFargateProfiles': ({ input, place }) => [
    { resource: arnOf(place, 'eks', `cluster/${text(input['clusterName'])}`) },
  ],
  'ec2:DescribeInstances': anyResource,
  'ec2:DescribeVpcs': anyResource,
  'ssm:DescribeInstanceInformation': anyResource,
  'ssm:SendCommand': commandTargets,
  'ssm:ListCommandInvocations': anyResource,
  'ssm:GetCommandInvocation': anyResource,
  'ssm:CancelCommand': anyResource,
  'securityhub:GetFindings': ({ place }) => [{ resource: arnOf(place, 'securityhub', 'hub/default') }],
  'securityhub:BatchImportFindings': importTargets,
};
const targetsByAction = new Map<string, (asked: Asked) => readonly Target[]>(Object.entries(targetsOf));

function anyResource(): readonly Target[] {
  return [{ resource: '*' }];
}

const text = (value: unknown): string => z.string().min(1).parse(value);

/** Strict: a target by tags, a bucket or a role for notifications would be a resource that is not counted here. */
const sendCommand = z.strictObject({
  DocumentName: z.string().regex(/^[\w.-]+$/),
  InstanceIds: z.array(z.string()).min(1),
  TimeoutSeconds: z.number(),
  MaxErrors: z.string(),
  MaxConcurrency: z.string(),
  Comment: z.string(),
});

/** The document, and each machine with its tags: IAM must allow all of them. */
function commandTargets({ input, place, tags }: Asked): readonly Target[] {
  const { DocumentName: document, InstanceIds: ids } = sendCommand.parse(input);
  return [
    { resource: arnOf(place, 'ssm', `document/${document}`) },
    ...ids.map((id) => {
      const tagsOfMachine = tags.get(id);
      if (!tagsOfMachine) throw new Error(`a command was sent to ${id}, and the proof does not know its tags`);
      return { resource: machineArn(place, id), context: tagContext(tagsOfMachine) };
    }),
  ];
}

/** EC2 owns its instances; hybrid machines are SSM's own. */
export const machineArn = (place: Place, id: string): string =>
  id.startsWith('mi-') ? arnOf(place, 'ssm', `managed-instance/${id}`) : arnOf(place, 'ec2', `instance/${id}`);

const importFindings = z.object({
  Findings: z.array(z.object({ ProductArn: z.string(), AwsAccountId: z.string() })).min(1),
});

/** A batch is one question for each product and account in it, however many findings it holds. */
function importTargets({ input }: Asked): readonly Target[] {
  const targets = importFindings.parse(input).Findings.map(({ ProductArn: resource, AwsAccountId: account }) => ({
    resource,
    context: { 'securityhub:TargetAccount': account },
  }));
  return [...new Map(targets.map((each) => [JSON.stringify(each), each])).values()];
}

/** `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION` is a session of `arn:aws:iam::ACCOUNT:role/NAME`. */
function roleOfSession(principalArn: string): { readonly role: string; readonly partition: string } {
  const [, partition, accountId, name] =
    /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\/.+$/.exec(principalArn) ?? [];
  if (!partition) throw new Error(`'${principalArn}' made a call, and is no session of a role`);
  return { role: `arn:${partition}:iam::${accountId}:role/${name}`, partition };
}
