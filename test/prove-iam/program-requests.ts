import { z } from 'zod';
import type { HubAction, MemberAction, signingActions } from '../../lambda/contract/iam-actions.ts';
import type { HubFunction } from '../../lambda/contract/names.ts';
import { stateMachineName } from '../../lambda/contract/names.ts';
import { executionTag, type remediationActions } from '../../lambda/contract/remediation-names.ts';
import type { RecordedCall } from '../lab/aws/aws-server.ts';
import { signingKey } from './deployments.ts';
import { type IamRequest, type RequestContext, tagContext } from './iam-request.ts';
import { arnOf, type Place, roleArn } from './place.ts';

/** What the estate decides, and no call shows. */
export interface EstateFacts {
  /** The tags of each machine that a command may be for, by its id. */
  readonly tags: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly organization: { readonly id: string; readonly management: string };
  /** Names of the functions of the hubs. */
  readonly functions: ReadonlySet<string>;
}

/** What a call is about. */
interface Target {
  readonly resource: string;
  readonly context?: RequestContext;
  /** Where it is not the caller's. */
  readonly accountId?: string;
  /** Where it is not the call's own. */
  readonly action?: string;
  /** The policy of the resource lets the caller's account in, besides what our stacks say. */
  readonly trusted?: true;
}

interface CallDetails {
  readonly input: RecordedCall['input'];
  readonly place: Place;
  readonly error: string | undefined;
  readonly known: EstateFacts;
}

/** Everything that the program asks for with the roles of the product. */
export type ProgramAction =
  | MemberAction
  | HubAction<HubFunction>
  | (typeof signingActions)[number]
  | (typeof remediationActions)['function' | 'start'][number];

/** What IAM was asked for this call. Throws for a call that nobody has described here. */
export function programRequests(call: RecordedCall, known: EstateFacts): readonly IamRequest[] {
  const action = `${call.service}:${actionNames[call.operation] ?? call.operation}`;
  const targets = targetsByAction.get(action);
  if (!targets)
    throw new Error(`the proof does not know what ${action} is about: add it to test/prove-iam/program-requests.ts`);

  const { partition, role, session } = sessionOf(call.principalArn);
  const place = { partition, accountId: call.accountId, region: call.region };
  const principal = roleArn(place, role);
  const by = session === stateMachineName ? 'AWS Step Functions' : session;
  const context = {
    'aws:SecureTransport': 'true',
    'aws:PrincipalArn': principal,
    'aws:PrincipalAccount': call.accountId,
    'aws:PrincipalOrgID': known.organization.id,
    // Lambda says so of every call with the credentials of a function's own role.
    ...(known.functions.has(session) && { 'lambda:SourceFunctionArn': arnOf(place, 'lambda', `function:${session}`) }),
  };
  return targets({ input: call.input, place, error: call.error, known }).map((target) => ({
    by,
    principal,
    accountId: call.accountId,
    action,
    ...target,
    context: { ...context, ...target.context },
  }));
}

/** Operations whose permission has another name. */
const actionNames: Readonly<Record<string, string>> = { ListObjectsV2: 'ListBucket', HeadObject: 'GetObject' };

const text = (value: unknown): string => z.string().min(1).parse(value);

type TargetsOf = (call: CallDetails) => readonly Target[];

const anyResource: TargetsOf = () => [{ resource: '*' }];
/** The one whose ARN is this field of the input. */
const given =
  (field: string): TargetsOf =>
  ({ input }) => [{ resource: text(input[field]) }];
/** The one of this kind whose name is this field of the input. */
const named =
  (service: string, kind: string, field: string): TargetsOf =>
  ({ input, place }) => [{ resource: arnOf(place, service, `${kind}/${text(input[field])}`) }];
const documentAsked = named('ssm', 'document', 'Name');
const executionAsked = named('ssm', 'automation-execution', 'AutomationExecutionId');

/** By the Service Authorization Reference: which resources a call names, and which condition keys it brings. */
// No call is a PassRole, or tags an execution: these are asked by the way.
type Described = Exclude<ProgramAction, 'iam:PassRole' | 'ssm:AddTagsToResource'> | 'sts:GetCallerIdentity';
const targetsOf: Readonly<Record<Described, TargetsOf>> = {
  'eks:ListClusters': anyResource,
  'eks:DescribeCluster': named('eks', 'cluster', 'name'),
  'eks:ListFargateProfiles': named('eks', 'cluster', 'clusterName'),
  'eks:ListNodegroups': named('eks', 'cluster', 'clusterName'),
  // Its ARN ends in an id that EKS gives.
  'eks:DescribeNodegroup': ({ input, place }) => [
    {
      resource: arnOf(
        place,
        'eks',
        `nodegroup/${text(input['clusterName'])}/${text(input['nodegroupName'])}/48c1ab23-5de5-47c2-a5f1-0d2e4b6a8c90`,
      ),
    },
  ],
  'eks:ListAccessEntries': named('eks', 'cluster', 'clusterName'),
  'eks:DescribeAccessEntry': accessEntryTargets,
  'eks:ListAssociatedAccessPolicies': accessEntryTargets,
  'ec2:DescribeLaunchTemplateVersions': anyResource,
  'ec2:DescribeImages': anyResource,
  'autoscaling:DescribeAutoScalingGroups': anyResource,
  'autoscaling:DescribeLaunchConfigurations': anyResource,
  'ec2:DescribeInstances': anyResource,
  'ec2:DescribeVpcs': anyResource,
  'ec2:DescribeRegions': anyResource,
  'ssm:DescribeInstanceInformation': anyResource,
  'ssm:ListDocumentVersions': documentAsked,
  'ssm:DescribeDocument': documentAsked,
  'ssm:GetDocument': documentAsked,
  'ssm:SendCommand': commandTargets,
  'ssm:ListCommandInvocations': anyResource,
  'ssm:GetCommandInvocation': anyResource,
  'securityhub:GetFindings': ({ place }) => [{ resource: arnOf(place, 'securityhub', 'hub/default') }],
  'securityhub:BatchImportFindings': importTargets,
  'sts:AssumeRole': ({ input, known }) => {
    const resource = text(input['RoleArn']);
    const context = { 'aws:ResourceOrgID': known.organization.id };
    return [{ resource, accountId: resource.split(':')[4] ?? '', context }];
  },
  // Everybody may ask who they are.
  'sts:GetCallerIdentity': () => [],
  'organizations:ListAccountsForParent': unitTargets,
  'organizations:ListOrganizationalUnitsForParent': unitTargets,
  's3:GetObject': (asked) => [
    ...objectTargets(asked),
    // Whether an object that is not there is `not found` or `forbidden` is a question of its own.
    ...(asked.error === 'NoSuchKey' ? [{ ...bucketTarget(asked), action: 's3:ListBucket' }] : []),
  ],
  's3:PutObject': objectTargets,
  's3:DeleteObject': objectTargets,
  's3:ListBucket': (asked) => [bucketTarget(asked)],
  'events:PutEvents': eventTargets,
  'kms:GetPublicKey': ({ input }) => [keyTarget(text(input['KeyId']))],
  'kms:Sign': ({ input }) => {
    const { KeyId: key, SigningAlgorithm, MessageType } = signing.parse(input);
    const context = { 'kms:SigningAlgorithm': SigningAlgorithm, 'kms:MessageType': MessageType };
    return [{ ...keyTarget(key), context }];
  },
  'states:StartExecution': given('stateMachineArn'),
  'states:ListExecutions': given('stateMachineArn'),
  'states:DescribeExecution': given('executionArn'),
  'ssm:StartAutomationExecution': ({ input, place }) => {
    const { DocumentName: runbook, Parameters } = startAutomation.parse(input);
    return runbookStart(place, { runbook, role: Parameters.AutomationAssumeRole[0] });
  },
  'ssm:DescribeAutomationExecutions': anyResource,
  'ssm:GetAutomationExecution': executionAsked,
  'ssm:DescribeAutomationStepExecutions': executionAsked,
};
const targetsByAction = new Map<string, TargetsOf>(Object.entries(targetsOf));

/** Strict: a target by tags, a bucket or a role for notifications would be a resource that is not counted here. */
const sendCommand = z.strictObject({
  DocumentName: z.string().regex(/^[\w.-]+$/),
  DocumentVersion: z.string(),
  DocumentHash: z.string(),
  DocumentHashType: z.literal('Sha256'),
  InstanceIds: z.array(z.string()).min(1),
  TimeoutSeconds: z.number(),
  MaxErrors: z.string(),
  MaxConcurrency: z.string(),
  Comment: z.string(),
});

/** The document, and each machine with its tags: IAM must allow all of them. */
function commandTargets({ input, place, known }: CallDetails): readonly Target[] {
  const { DocumentName: document, InstanceIds: ids } = sendCommand.parse(input);
  return [
    { resource: arnOf(place, 'ssm', `document/${document}`) },
    ...ids.map((id) => {
      const tags = known.tags.get(id);
      if (!tags) throw new Error(`a command was sent to ${id}, and the proof does not know its tags`);
      return { resource: machineArn(place, id), context: tagContext(tags) };
    }),
  ];
}

/** EC2 owns its instances; hybrid machines are SSM's own. */
export const machineArn = (place: Place, id: string): string =>
  id.startsWith('mi-') ? arnOf(place, 'ssm', `managed-instance/${id}`) : arnOf(place, 'ec2', `instance/${id}`);

/** Strict: tags, targets or other accounts would be resources that are not counted here. */
const startAutomation = z.strictObject({
  DocumentName: z.string().regex(/^[\w.-]+$/),
  DocumentVersion: z.string().regex(/^[1-9]\d*$/),
  ClientToken: z.string(),
  Tags: z.tuple([z.strictObject({ Key: z.literal(executionTag.Key), Value: z.literal(executionTag.Value) })]),
  Parameters: z.looseObject({ AutomationAssumeRole: z.tuple([z.string()]) }),
});

/** The document, the execution that will be, and the role that is handed over; and the document as IAM called it before, by the number of its version. */
export const runbookStart = (
  place: Place,
  { runbook, role }: { readonly runbook: string; readonly role: string },
): readonly (Target & { readonly action: string })[] => [
  ...[`document/${runbook}`, `automation-definition/${runbook}:7`, anExecution].map((resource) => ({
    action: 'ssm:StartAutomationExecution',
    resource: arnOf(place, 'ssm', resource),
  })),
  { action: 'ssm:AddTagsToResource', resource: arnOf(place, 'ssm', anExecution), context: requestTag },
  { action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
];

const requestTag = { [`aws:RequestTag/${executionTag.Key}`]: executionTag.Value };

/** SSM makes their ids. */
export const anExecution = 'automation-execution/4105a4fc-f944-11e6-9d32-0a1b2c3d4e5f';

const importFindings = z.object({
  Findings: z.array(z.object({ ProductArn: z.string(), AwsAccountId: z.string() })).min(1),
});

/** A batch is one question for each product and account in it, however many findings it holds. */
function importTargets({ input }: CallDetails): readonly Target[] {
  return eachOnce(
    importFindings.parse(input).Findings.map(({ ProductArn: resource, AwsAccountId: account }) => ({
      resource,
      context: { 'securityhub:TargetAccount': account },
    })),
  );
}

/** An entry's ARN ends in an id that EKS gives: `access-entry/CLUSTER/role/ACCOUNT/NAME/ID`. */
function accessEntryTargets({ input, place }: CallDetails): readonly Target[] {
  const [, , , , account, principal = ''] = text(input['principalArn']).split(':');
  const [kind, ...path] = principal.split('/');
  return [
    {
      resource: arnOf(
        place,
        'eks',
        `access-entry/${text(input['clusterName'])}/${kind}/${account}/${path.join('/')}/0ac88e1d-0000-0000-0000-000000000000`,
      ),
    },
  ];
}

/** Of the management account, which the caller is a delegate of: IAM looks at the caller's policies alone. */
function unitTargets({ input, place: { partition }, known }: CallDetails): readonly Target[] {
  const { id, management } = known.organization;
  const parent = text(input['ParentId']);
  const kind = parent.startsWith('r-') ? 'root' : 'ou';
  return [{ resource: `arn:${partition}:organizations::${management}:${kind}/${id}/${parent}` }];
}

function objectTargets({ input, place: { partition } }: CallDetails): readonly Target[] {
  return [{ resource: `arn:${partition}:s3:::${text(input['Bucket'])}/${text(input['Key'])}` }];
}

const bucketTarget = ({ input, place: { partition } }: CallDetails): Target => ({
  resource: `arn:${partition}:s3:::${text(input['Bucket'])}`,
  ...(input['Prefix'] !== undefined && { context: { 's3:prefix': text(input['Prefix']) } }),
});

/** Strict: grant tokens would be a right of their own. */
const signing = z.strictObject({
  KeyId: z.string(),
  Message: z.string(),
  MessageType: z.string(),
  SigningAlgorithm: z.string(),
});

/** The policy of a key of the settings is its owner's, and admits the hub's account. */
function keyTarget(resource: string): Target {
  const [, , , , accountId = ''] = resource.split(':');
  return { resource, accountId, ...(accountId === signingKey.accountId && { trusted: true as const }) };
}

/** Strict: another bus or an endpoint would be another resource. */
const putEvents = z.strictObject({
  Entries: z
    .array(
      z.strictObject({
        Source: z.string(),
        DetailType: z.string(),
        Detail: z.string(),
        Time: z.union([z.number(), z.string()]),
      }),
    )
    .min(1),
});

function eventTargets({ input, place }: CallDetails): readonly Target[] {
  const resource = arnOf(place, 'events', 'event-bus/default');
  return eachOnce(
    putEvents.parse(input).Entries.map(({ Source: source, DetailType: type }) => ({
      resource,
      context: { 'events:source': [source], 'events:detail-type': [type] },
    })),
  );
}

const eachOnce = (targets: readonly Target[]): readonly Target[] => [
  ...new Map(targets.map((each) => [JSON.stringify(each), each])).values(),
];

/** `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION` is a session of `arn:aws:iam::ACCOUNT:role/NAME`. */
function sessionOf(principalArn: string) {
  const [, partition, role, session] =
    /^arn:([\w-]+):sts::\d{12}:assumed-role\/([^/]+)\/(.+)$/.exec(principalArn) ?? [];
  if (!partition || !role || !session) throw new Error(`'${principalArn}' made a call, and is no session of a role`);
  return { partition, role, session };
}
