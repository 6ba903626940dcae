import { hubFunctions, memberRoleName, probeDocumentName, stateMachineName } from '../../lambda/contract/names.ts';
import {
  approvalTopicName,
  approverRoleName,
  remediateDocumentName,
  remediateFunction,
  remediationBusName,
  remediationEventsRoleName,
  remediationRoleName,
  remediationRunbookName,
  remedyLockPath,
  runbookRoleName,
} from '../../lambda/contract/remediation-names.ts';
import { listed, operatorRole, organization, own } from './deployments.ts';
import { anything, type Forbidden, forbid, type More, stranger } from './forbid.ts';
import { tagContext } from './iam-request.ts';
import { responseRoleName } from './may-change.ts';
import { keyArn } from './permissions.ts';
import { arnOf, type Place, type PlacedStack, roleArn } from './place.ts';
import { anExecution, machineArn } from './program-requests.ts';
import { type DeployedRemediation, ruleArn } from './remediation-stacks.ts';
import { interfaceActions } from './service-requests.ts';

/** What neither the audit nor a role of remediation can do, in an account that may be fixed. */
export function forbiddenToRemediation({ deployment, hub, members }: DeployedRemediation): readonly Forbidden[] {
  // The last but the management account of the organization, or the only account.
  const { place } = members.find((each) => each.place.accountId !== deployment.hub) ?? hub;
  const where: Where = { hub: hub.place, member: place, approver: deployment.approvers[0] ?? '' };
  return [
    ...toTheAudit(where),
    ...entering(where),
    ...toTheFunction(where),
    ...toTheStarter(where),
    ...toApprovers(where),
    ...toTheRunbook(where),
    ...toTheTeller(where),
    ...(deployment === listed ? [] : toAutomatedSecurityResponse(where)),
    ...toAlerts(where, hub),
    ...toServices(where, hub),
    ...members.flatMap(toQueueOfEnds),
  ];
}

interface Where {
  readonly hub: Place;
  readonly member: Place;
  /** Somebody who may approve. */
  readonly approver: string;
}

const ofRole = (place: Place, name: string) => forbid({ who: name, place, principal: roleArn(place, name) });
const tagged = { context: tagContext({ 'eks:cluster-name': 'prod' }) };
const toSystemsManager = { context: { 'iam:PassedToService': 'ssm.amazonaws.com' } };
const ssm = (place: Place, resource: string): string => arnOf(place, 'ssm', resource);
const node = (place: Place): string => machineArn(place, 'i-00000000000000bad');
/** A role of our name in an organization that is none of ours. */
export const anotherMember = ['sts:AssumeRole', roleArn(stranger, memberRoleName)] as const;
export const ofAnother: More = {
  accountId: stranger.accountId,
  trusted: true,
  context: { 'aws:ResourceOrgID': 'o-zz99zz99zz' },
};
const administrator = (place: Place): string => roleArn(place, 'Administrator');

type Ask = (what: string, asked: readonly [string, string], more?: More) => Forbidden;

const startsNothing = (cannot: Ask, place: Place): readonly Forbidden[] => [
  cannot('start the runbook', ['ssm:StartAutomationExecution', ssm(place, `document/${remediationRunbookName}`)]),
  cannot('start the runbook, as IAM named it before', [
    'ssm:StartAutomationExecution',
    ssm(place, `automation-definition/${remediationRunbookName}:7`),
  ]),
  cannot('pass the role of the runbook', ['iam:PassRole', roleArn(place, runbookRoleName)], toSystemsManager),
];
const mendsNothing = (cannot: Ask, place: Place): readonly Forbidden[] => [
  cannot('run the document that fixes', ['ssm:SendCommand', ssm(place, `document/${remediateDocumentName}`)]),
  cannot('change the document that fixes', ['ssm:UpdateDocument', ssm(place, `document/${remediateDocumentName}`)]),
];
const approvesNothing = (cannot: Ask, place: Place): readonly Forbidden[] => [
  cannot('approve a remedy', ['ssm:SendAutomationSignal', ssm(place, anExecution)]),
];
const startsNothingElse = (cannot: Ask, place: Place): readonly Forbidden[] => [
  cannot('start another runbook', ['ssm:StartAutomationExecution', ssm(place, `document/${remediationRunbookName}-2`)]),
  cannot('start another runbook, as IAM named it before', [
    'ssm:StartAutomationExecution',
    ssm(place, `automation-definition/${remediationRunbookName}-2:7`),
  ]),
  cannot("start AWS-RestartEC2Instance, a runbook of AWS's", [
    'ssm:StartAutomationExecution',
    `arn:aws:ssm:${place.region}::document/AWS-RestartEC2Instance`,
  ]),
  cannot("start a runbook of another account's", [
    'ssm:StartAutomationExecution',
    ssm(stranger, `document/${remediationRunbookName}`),
  ]),
  cannot('pass another role', ['iam:PassRole', administrator(place)], toSystemsManager),
  cannot('pass the role of the runbook to another service', ['iam:PassRole', roleArn(place, runbookRoleName)], {
    context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
  }),
  cannot('change the runbook', ['ssm:UpdateDocument', ssm(place, `document/${remediationRunbookName}`)]),
  cannot('make another version of the runbook the default one', [
    'ssm:UpdateDocumentDefaultVersion',
    ssm(place, `document/${remediationRunbookName}`),
  ]),
];

/** With remediation deployed the audit still changes no node. */
function toTheAudit({ hub, member }: Where): readonly Forbidden[] {
  const roles = [
    { cannot: ofRole(member, memberRoleName), place: member },
    ...Object.values(hubFunctions).map(({ roleName }) => ({ cannot: ofRole(hub, roleName), place: hub })),
  ];
  return roles.flatMap(({ cannot, place }) => [
    ...startsNothing(cannot, place),
    ...mendsNothing(cannot, place),
    ...approvesNothing(cannot, place),
  ]);
}

/** Each may assume whatever trusts it. */
function entering({ hub, member, approver }: Where): readonly Forbidden[] {
  const ask = (who: string, principal: string) => {
    const cannot = forbid({ who, place: hub, principal });
    return (what: string, role: string, account = member) =>
      cannot(what, ['sts:AssumeRole', roleArn(account, role)], {
        ...anything,
        accountId: account.accountId,
        context: { 'aws:PrincipalAccount': principal.split(':')[4] ?? '' },
      });
  };
  const start = 'assume the role that starts the runbook';
  const approve = 'assume the role that approves';
  const act = 'assume the role of the runbook';
  const foreign = roleArn(stranger, remediateFunction.roleName);

  const audit = [...Object.values(hubFunctions).map(({ roleName }) => roleArn(hub, roleName))].flatMap((principal) => {
    const cannot = ask('a function of the audit', principal);
    return [cannot(start, remediationRoleName), cannot(approve, approverRoleName), cannot(act, runbookRoleName)];
  });
  const button = ask('the function behind the custom action', roleArn(hub, remediateFunction.roleName));
  const other = ask('a role of the same name in another account', foreign);
  const local = ask("an administrator of the member's account", administrator(member));
  return [
    ...audit,
    button(approve, approverRoleName),
    button(act, runbookRoleName),
    ask('that function, where remediation is off', roleArn({ ...hub, accountId: own.hub }, remediateFunction.roleName))(
      'assume the member role',
      memberRoleName,
      { ...member, accountId: own.hub },
    ),
    other('assume the member role', memberRoleName),
    other(start, remediationRoleName),
    ask('somebody who approves', approver)('assume the member role', memberRoleName),
    ask('somebody who approves', approver)(start, remediationRoleName),
    ask('somebody who approves', approver)(act, runbookRoleName),
    ask('a person at a terminal', operatorRole)(approve, approverRoleName),
    ask("another role of the hub's account", roleArn(hub, 'Developer'))(approve, approverRoleName),
    local(start, remediationRoleName),
    local(act, runbookRoleName),
  ];
}

function toTheFunction({ hub, member }: Where): readonly Forbidden[] {
  const cannot = ofRole(hub, remediateFunction.roleName);
  const trusted = { accountId: member.accountId, trusted: true } as const;
  return [
    ...startsNothing(cannot, hub),
    ...mendsNothing(cannot, hub),
    ...approvesNothing(cannot, hub),
    cannot('run a command by itself', ['ssm:SendCommand', node(hub)], tagged),
    ...interfaceActions(hub).map(([action, resource]) =>
      cannot(`touch the network itself (${action.split(':')[1]})`, [action, resource], {
        context: { 'lambda:SourceFunctionArn': arnOf(hub, 'lambda', `function:${remediateFunction.functionName}`) },
      }),
    ),
    cannot('assume another role that trusts it', ['sts:AssumeRole', administrator(member)], trusted),
    cannot('assume the member role of another organization, which trusts it', anotherMember, ofAnother),
    cannot(
      'assume the role that approves, even if that trusted it',
      ['sts:AssumeRole', roleArn(member, approverRoleName)],
      trusted,
    ),
    cannot('start a run', ['states:StartExecution', arnOf(hub, 'states', `stateMachine:${stateMachineName}`)]),
    cannot("write into the audit's dead-letter queue", ['sqs:SendMessage', arnOf(hub, 'sqs', 'EksKubeletAudit-Other')]),
  ];
}

function toTheStarter({ member }: Where): readonly Forbidden[] {
  const cannot = ofRole(member, remediationRoleName);
  return [
    ...startsNothingElse(cannot, member),
    ...mendsNothing(cannot, member),
    ...approvesNothing(cannot, member),
    cannot('run a command on a node', ['ssm:SendCommand', node(member)], tagged),
    cannot('stop a runbook', ['ssm:StopAutomationExecution', ssm(member, anExecution)]),
    cannot('publish on the topic of approvals', ['sns:Publish', arnOf(member, 'sns', approvalTopicName)]),
  ];
}

function toApprovers({ member }: Where): readonly Forbidden[] {
  const cannot = ofRole(member, approverRoleName);
  return [
    ...startsNothing(cannot, member),
    ...mendsNothing(cannot, member),
    cannot('run a command on a node', ['ssm:SendCommand', node(member)], tagged),
    cannot('stop a runbook', ['ssm:StopAutomationExecution', ssm(member, anExecution)]),
    cannot('approve in another account', ['ssm:SendAutomationSignal', ssm(stranger, anExecution)]),
    cannot('answer an execution that is none of ours', ['ssm:SendAutomationSignal', ssm(member, anExecution)]),
  ];
}

function toTheRunbook({ member }: Where): readonly Forbidden[] {
  const cannot = ofRole(member, runbookRoleName);
  const hybrid = machineArn(member, 'mi-00000000000000bad');
  return [
    ...startsNothing(cannot, member),
    ...approvesNothing(cannot, member),
    cannot('run another document', ['ssm:SendCommand', ssm(member, `document/${remediateDocumentName}-2`)]),
    cannot('run the document that only reads', ['ssm:SendCommand', ssm(member, `document/${probeDocumentName}`)]),
    cannot("run AWS-RunShellScript, a document of AWS's", [
      'ssm:SendCommand',
      `arn:aws:ssm:${member.region}::document/AWS-RunShellScript`,
    ]),
    cannot('fix a machine that is tagged as no node', ['ssm:SendCommand', node(member)]),
    cannot('fix a machine with other tags only', ['ssm:SendCommand', node(member)], {
      context: tagContext({ Name: 'database', 'kubernetes.io/cluster/prod': 'owned' }),
    }),
    cannot("fix another account's machine", ['ssm:SendCommand', node(stranger)], tagged),
    cannot('fix a hybrid machine that is tagged as no node', ['ssm:SendCommand', hybrid]),
    cannot("fix a hybrid node of another account's cluster", ['ssm:SendCommand', hybrid], {
      context: tagContext({ EKSClusterARN: arnOf(stranger, 'eks', 'cluster/prod') }),
    }),
    cannot('change the document that fixes', ['ssm:UpdateDocument', ssm(member, `document/${remediateDocumentName}`)]),
    cannot('publish on another topic', ['sns:Publish', arnOf(member, 'sns', `${approvalTopicName}-2`)]),
    cannot('write another parameter', ['ssm:PutParameter', ssm(member, 'parameter/eks-kubelet-audit/waivers')]),
    cannot('delete a parameter', ['ssm:DeleteParameter', ssm(member, `parameter${remedyLockPath}/prod/managed/a/1`)]),
    cannot('open a shell on a node', ['ssm:StartSession', node(member)], tagged),
    cannot('stop a node', ['ec2:TerminateInstances', node(member)]),
  ];
}

function toAutomatedSecurityResponse({ member }: Where): readonly Forbidden[] {
  const cannot = ofRole(member, responseRoleName);
  return [
    ...startsNothingElse(cannot, member),
    ...mendsNothing(cannot, member),
    ...approvesNothing(cannot, member),
    cannot('run a command on a node', ['ssm:SendCommand', node(member)], tagged),
    cannot("look at another account's cluster", ['eks:DescribeCluster', arnOf(stranger, 'eks', 'cluster/prod')]),
  ];
}

const bus = (place: Place, name: string): string => arnOf(place, 'events', `event-bus/${name}`);

/** The role that reports to the hub, and others that would like to report something. */
function toTheTeller({ hub, member }: Where): readonly Forbidden[] {
  const cannot = ofRole(member, remediationEventsRoleName);
  const put = (who: string, principal: string, context = {}) =>
    forbid({ who, place: hub, principal })(
      'put an event on the bus for ends of runbooks',
      ['events:PutEvents', bus(hub, remediationBusName)],
      {
        own: { action: 'events:PutEvents', resource: '*' },
        context: { 'aws:PrincipalAccount': principal.split(':')[4] ?? '', ...context },
      },
    );

  return [
    ...startsNothing(cannot, member),
    ...mendsNothing(cannot, member),
    cannot('put events on the bus that alerts come from', ['events:PutEvents', bus(hub, 'default')]),
    cannot('assume a role that trusts it', ['sts:AssumeRole', administrator(hub)], {
      accountId: hub.accountId,
      trusted: true,
    }),
    forbid({ who: "EventBridge, for another account's rule", place: member, principal: 'events.amazonaws.com' })(
      'assume the role that tells the hub',
      ['sts:AssumeRole', roleArn(member, remediationEventsRoleName)],
      { context: { 'aws:SourceAccount': stranger.accountId, 'aws:SourceArn': ruleArn(stranger, 'theirs') } },
    ),
    put('another role of an account that may be fixed', roleArn(member, 'Developer')),
    put('a role of the same name in another organization', roleArn(stranger, remediationEventsRoleName), {
      'aws:PrincipalOrgID': 'o-zz99zz99zz',
    }),
    put('a role of the same name in none of the units that are audited', roleArn(stranger, remediationEventsRoleName), {
      'aws:PrincipalOrgID': organization.id,
      'aws:PrincipalOrgPaths': [`${organization.id}/r-oth0/ou-oth0-sandbox01/`],
    }),
    put(
      'a role of the same name in an account that is excluded',
      roleArn({ ...member, accountId: organization.excluded }, remediationEventsRoleName),
      {
        'aws:PrincipalOrgID': organization.id,
        'aws:PrincipalOrgPaths': [`${organization.id}/r-lab0/${organization.unit}/`],
      },
    ),
  ];
}

/** Of the stack behind the custom action, which has a topic of its own. */
function toAlerts({ hub }: Where, { stack }: DeployedRemediation['hub']): readonly Forbidden[] {
  const alarms = forbid({
    who: "CloudWatch, for another account's alarm",
    place: hub,
    principal: 'cloudwatch.amazonaws.com',
  });
  const other = { context: { 'aws:SourceAccount': stranger.accountId } };
  return [
    ...stack.resources('AWS::SNS::Topic').flatMap((each) => {
      const topic = stack.refOf(each);
      return [
        alarms('publish an alert', ['sns:Publish', topic], other),
        forbid({ who: 'anybody without TLS', place: hub, principal: administrator(hub) })(
          'publish an alert',
          ['sns:Publish', topic],
          { own: { action: 'sns:Publish', resource: '*' }, context: { 'aws:SecureTransport': 'false' } },
        ),
      ];
    }),
    ...stack
      .resources('AWS::KMS::Key')
      .map((each) => alarms('use the key of alerts', ['kms:GenerateDataKey', keyArn(hub, each)], other)),
  ];
}

/** Of a member stack, which keeps there what it could not tell the hub. */
function toQueueOfEnds({ stack, place }: PlacedStack): readonly Forbidden[] {
  return stack.resources('AWS::SQS::Queue').flatMap((each) => {
    const queue = stack.arnOf(each);
    const what = 'write into the dead-letter queue of ends of runbooks';
    return [
      forbid({ who: 'EventBridge, for another rule', place, principal: 'events.amazonaws.com' })(
        what,
        ['sqs:SendMessage', queue],
        { context: { 'aws:SourceAccount': place.accountId, 'aws:SourceArn': ruleArn(place, 'payroll') } },
      ),
      forbid({ who: 'anybody without TLS', place, principal: administrator(place) })(what, ['sqs:SendMessage', queue], {
        own: { action: 'sqs:SendMessage', resource: '*' },
        context: { 'aws:SecureTransport': 'false' },
      }),
    ];
  });
}

function toServices({ hub, member }: Where, { stack }: DeployedRemediation['hub']): readonly Forbidden[] {
  const [queue = ''] = stack.resources('AWS::SQS::Queue').map((each) => stack.arnOf(each));
  const [button = ''] = stack.resources('AWS::Lambda::Function').map((each) => stack.arnOf(each));
  const topic = arnOf(member, 'sns', approvalTopicName);

  const events = forbid({ who: 'EventBridge, for another rule', place: hub, principal: 'events.amazonaws.com' });
  const otherRule = { context: { 'aws:SourceAccount': hub.accountId, 'aws:SourceArn': ruleArn(hub, 'payroll') } };
  const systemsManager = (who: string, account: string, source: string) =>
    forbid({ who, place: member, principal: 'ssm.amazonaws.com' })(
      'assume the role of the runbook',
      ['sts:AssumeRole', roleArn(member, runbookRoleName)],
      { context: { 'aws:SourceAccount': account, 'aws:SourceArn': source } },
    );
  const withoutTls = (what: string, [action, resource]: readonly [string, string]) =>
    forbid({ who: 'anybody without TLS', place: member, principal: administrator(member) })(what, [action, resource], {
      own: { action, resource: '*' },
      context: { 'aws:SecureTransport': 'false' },
    });

  return [
    events('invoke the function behind the custom action', ['lambda:InvokeFunction', button], otherRule),
    events('write into its dead-letter queue', ['sqs:SendMessage', queue], otherRule),
    systemsManager("Systems Manager, for another account's runbook", stranger.accountId, ssm(stranger, anExecution)),
    systemsManager(
      'Systems Manager, for something else than a runbook',
      member.accountId,
      ssm(member, 'maintenancewindow/mw-0123456789abcdef0'),
    ),
    withoutTls('ask for an approval', ['sns:Publish', topic]),
    withoutTls('write into the dead-letter queue of the custom action', ['sqs:SendMessage', queue]),
  ];
}
