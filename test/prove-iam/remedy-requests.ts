import { z } from 'zod';
import {
  approverRoleName,
  executionTag,
  remediationRunbookName,
  remedyLockPath,
} from '../../lambda/contract/remediation-names.ts';
import type { RecordedCall } from '../lab/aws/aws-server.ts';
import { organization } from './deployments.ts';
import { type IamRequest, type RequestContext, tagContext } from './iam-request.ts';
import { arnOf, type Place, type PlacedStack, roleArn } from './place.ts';
import { anExecution, type EstateFacts, machineArn, runbookStart } from './program-requests.ts';
import { type DeployedRemediation, unrunDocument } from './remediation-stacks.ts';
import { ruleRequests } from './service-requests.ts';

interface Recorded {
  readonly calls: readonly RecordedCall[];
  readonly known: Pick<EstateFacts, 'tags'>;
}

/** What follows once a runbook was started, and no call of the program shows: people approve, and Systems Manager runs the steps of the deployed documents. */
export function remedyRequests(
  { deployment: { approvers }, members }: DeployedRemediation,
  recorded: Recorded,
): readonly IamRequest[] {
  return members.flatMap((member) => [
    // The hub is notified of the end.
    ...ruleRequests(member),
    ...startsIn(member, recorded).flatMap((start) => [
      ...stepRequests(member, { runbook: remediationRunbookName, ...start }),
      ...approvers.flatMap((person) => approvalRequests(member, person)),
    ]),
    // Automated Security Response starts it, with a role of its own.
    ...member.stack
      .resources(unrunDocument)
      .flatMap((each) =>
        stepRequests(member, { runbook: String(each.properties['Name']), parameters: {}, machines: [] }),
      ),
  ]);
}

interface Machine {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
}

interface Started {
  readonly runbook: string;
  /** Values of its parameters, where they are not the document's own. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly machines: readonly Machine[];
}

const startParameters = z.looseObject({ InstanceIds: z.array(z.string()).min(1) });

/** The starts that were recorded in this account and Region. */
function startsIn({ place }: PlacedStack, { calls, known }: Recorded): readonly Omit<Started, 'runbook'>[] {
  return calls
    .filter(
      ({ operation, accountId, region }) =>
        operation === 'StartAutomationExecution' && accountId === place.accountId && region === place.region,
    )
    .map(({ input }) => {
      const parameters = startParameters.parse(input['Parameters']);
      const machines = parameters.InstanceIds.map((id) => ({ id, tags: known.tags.get(id) ?? {} }));
      return { parameters, machines };
    });
}

const step = z.object({ action: z.string(), inputs: z.looseObject({}) });
type Step = z.infer<typeof step>;
const content = z.object({
  assumeRole: z.string(),
  parameters: z.record(z.string(), z.looseObject({ default: z.unknown().optional() })),
  mainSteps: z.array(step),
});

interface Running {
  readonly place: Place;
  readonly machines: readonly Machine[];
  /** A value of a step, or what its parameter was given. */
  readonly given: (value: unknown) => string;
}

interface Question {
  readonly action: string;
  readonly resource: string;
  readonly context?: RequestContext;
}

/** Systems Manager assumes the runbook's role, and does what its steps say. */
function stepRequests(
  { stack, place }: PlacedStack,
  { runbook, parameters, machines }: Started,
): readonly IamRequest[] {
  const [found] = [...stack.resources('AWS::SSM::Document'), ...stack.resources(unrunDocument)].filter(
    ({ properties }) => properties['Name'] === runbook,
  );
  if (!found) throw new Error(`the stack has no runbook '${runbook}'`);
  const document = content.parse(stack.resolve(found.properties['Content']));
  const given = (value: unknown): string => {
    const name = /^\{\{ (\w+) \}\}$/.exec(String(value))?.[1];
    return name === undefined ? String(value) : String(parameters[name] ?? document.parameters[name]?.default);
  };

  const role = given(document.assumeRole);
  const common = { by: 'AWS Systems Manager', accountId: place.accountId };
  const questions = document.mainSteps.flatMap((step) => questionsOf(step)({ place, machines, given }, step.inputs));
  return [
    {
      ...common,
      principal: 'ssm.amazonaws.com',
      action: 'sts:AssumeRole',
      resource: role,
      context: { 'aws:SourceAccount': place.accountId, 'aws:SourceArn': arnOf(place, 'ssm', anExecution) },
    },
    ...questions.map(({ context, ...question }) => ({
      ...common,
      ...question,
      principal: role,
      context: {
        'aws:SecureTransport': 'true',
        'aws:PrincipalArn': role,
        'aws:PrincipalAccount': place.accountId,
        ...context,
      },
    })),
  ];
}

const api = z.discriminatedUnion('Api', [
  z.object({ Service: z.literal('eks'), Api: z.literal('DescribeCluster') }),
  z.object({ Service: z.literal('ssm'), Api: z.literal('DescribeDocument'), Name: z.string() }),
  z.object({ Service: z.literal('ssm'), Api: z.literal('DescribeInstanceInformation') }),
  z.object({ Service: z.literal('ssm'), Api: z.literal('GetCommandInvocation') }),
]);

/** The runbook's role makes the call. */
function apiQuestions({ place }: Running, inputs: Step['inputs']): readonly Question[] {
  const asked = api.parse(inputs);
  const action = `${asked.Service}:${asked.Api}`;
  switch (asked.Api) {
    case 'DescribeCluster':
      return [{ action, resource: arnOf(place, 'eks', 'cluster/prod') }];
    case 'DescribeDocument':
      return [{ action, resource: arnOf(place, 'ssm', `document/${asked.Name}`) }];
    default:
      return [{ action, resource: '*' }];
  }
}

type QuestionsOf = (running: Running, inputs: Step['inputs']) => readonly Question[];

/** By "Systems Manager Automation actions reference" and "Setting up Automation" of its User Guide. */
const byAction = new Map<string, QuestionsOf>(
  Object.entries<QuestionsOf>({
    'aws:branch': () => [],
    'aws:sleep': () => [],
    // Itself it asks for nothing; its steps do, in the same role.
    'aws:loop': (running, { Steps: steps }) =>
      z
        .array(step)
        .parse(steps)
        .flatMap((each) => questionsOf(each)(running, each.inputs)),
    // Without a role of the script's own there are credentials of the runbook's role.
    'aws:executeScript': ({ place }, { Handler: handler }) => {
      if (handler === 'hold_group' || handler === 'free_group')
        return ['ssm:GetParametersByPath', 'ssm:PutParameter'].map((action) => ({
          action,
          resource: arnOf(place, 'ssm', `parameter${remedyLockPath}/prod/managed/workers/1`),
        }));
      if (handler === 'of_cluster')
        return ['ec2:DescribeInstances', 'ssm:DescribeInstanceInformation'].map((action) => ({
          action,
          resource: '*',
        }));
      return handler === 'none_open'
        ? [
            { action: 'ssm:DescribeAutomationExecutions', resource: '*' },
            { action: 'ssm:GetAutomationExecution', resource: arnOf(place, 'ssm', anExecution) },
          ]
        : [];
    },
    'aws:approve': ({ given }, { NotificationArn: topic }) => [{ action: 'sns:Publish', resource: given(topic) }],
    'aws:runCommand': ({ place, machines }, { DocumentName: document }) => [
      { action: 'ssm:SendCommand', resource: arnOf(place, 'ssm', `document/${String(document)}`) },
      ...machines.map(({ id, tags }) => ({
        action: 'ssm:SendCommand',
        resource: machineArn(place, id),
        context: tagContext(tags),
      })),
      ...['ListCommands', 'ListCommandInvocations', 'GetCommandInvocation', 'DescribeInstanceInformation'].map(
        (name) => ({ action: `ssm:${name}`, resource: '*' }),
      ),
    ],
    'aws:executeAwsApi': apiQuestions,
    'aws:assertAwsResourceProperty': apiQuestions,
    'aws:executeAutomation': ({ place, given }, inputs) => {
      const { DocumentName: runbook, RuntimeParameters } = z
        .object({ DocumentName: z.string(), RuntimeParameters: z.object({ AutomationAssumeRole: z.string() }) })
        .parse(inputs);
      return [
        ...runbookStart(place, { runbook, role: given(RuntimeParameters.AutomationAssumeRole) }),
        { action: 'ssm:GetAutomationExecution', resource: arnOf(place, 'ssm', anExecution) },
      ];
    },
  }),
);

function questionsOf({ action }: Step): QuestionsOf {
  const found = byAction.get(action);
  if (!found)
    throw new Error(`the proof does not know what ${action} asks for: add it to test/prove-iam/remedy-requests.ts`);
  return found;
}

/** In the account that is to be fixed: somebody of the hub becomes its approver, looks at what is asked, and answers. */
function approvalRequests({ place }: PlacedStack, person: string): readonly IamRequest[] {
  const role = roleArn(place, approverRoleName);
  const of = (principal: string): Pick<IamRequest, 'by' | 'principal' | 'accountId' | 'context'> => ({
    by: 'a person who approves',
    principal,
    accountId: place.accountId,
    context: {
      'aws:SecureTransport': 'true',
      'aws:PrincipalArn': principal,
      'aws:PrincipalAccount': principal.split(':')[4] ?? '',
      'aws:PrincipalOrgID': organization.id,
    },
  });
  return [
    { ...of(person), action: 'sts:AssumeRole', resource: role, own: { action: 'sts:AssumeRole', resource: '*' } },
    { ...of(role), action: 'ssm:DescribeAutomationExecutions', resource: '*' },
    ...['GetAutomationExecution', 'DescribeAutomationStepExecutions', 'SendAutomationSignal'].map((name) => ({
      ...of(role),
      action: `ssm:${name}`,
      resource: arnOf(place, 'ssm', anExecution),
      ...(name === 'SendAutomationSignal' && {
        context: { ...of(role).context, [`aws:ResourceTag/${executionTag.Key}`]: executionTag.Value },
      }),
    })),
  ];
}
