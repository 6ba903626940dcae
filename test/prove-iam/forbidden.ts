import {
  clusterNameTags,
  hubFunctions,
  hybridClusterTag,
  memberRoleName,
  probeDocumentName,
  stateMachineName,
  sweepStateKey,
} from '../../lambda/contract/names.ts';
import { operatorRole, organization, own, region } from './deployments.ts';
import { anything, type Forbidden, forbid, hub, type More, member, stranger } from './forbid.ts';
import { anotherMember, forbiddenToRemediation, ofAnother } from './forbidden-remediation.ts';
import { tagContext } from './iam-request.ts';
import { isSigningKey, keyArn } from './permissions.ts';
import { arnOf, roleArn } from './place.ts';
import { machineArn } from './program-requests.ts';
import type { RecordedHub, Recording } from './record-calls.ts';
import { interfaceActions } from './service-requests.ts';

/** Everything that IAM must refuse, with the names of the deployed stacks. */
export const forbiddenIn = ({ hubs, remediations }: Pick<Recording, 'hubs' | 'remediations'>): readonly Forbidden[] => [
  ...toMemberRole,
  ...entering,
  ...hubs.flatMap((each) => [...toFunctions(each), ...toServices(each), ...toSigningKey(each), ...withoutTls(each)]),
  ...remediations.flatMap(forbiddenToRemediation),
];

const inMember = (service: string, resource: string): string => arnOf(member, service, resource);
const node = machineArn(member, 'i-00000000000000bad');
const hybridNode = machineArn(member, 'mi-00000000000000bad');
const tagged = { context: tagContext({ 'eks:cluster-name': 'prod' }) };
const memberRole = roleArn(member, memberRoleName);

const memberCannot = forbid({ who: memberRoleName, place: member, principal: memberRole });
const toMemberRole: readonly Forbidden[] = [
  memberCannot(`run the probe on a machine without a tag ${clusterNameTags.join(', ')}`, ['ssm:SendCommand', node]),
  memberCannot('run the probe on a machine with other tags only', ['ssm:SendCommand', node], {
    context: tagContext({ Name: 'database', 'kubernetes.io/cluster/prod': 'owned' }),
  }),
  memberCannot(
    "run the probe on another account's machine",
    ['ssm:SendCommand', machineArn(stranger, 'i-00000000000000bad')],
    tagged,
  ),
  memberCannot(`run the probe on a hybrid machine without the tag ${hybridClusterTag}`, [
    'ssm:SendCommand',
    hybridNode,
  ]),
  memberCannot("run the probe on a hybrid node of another account's cluster", ['ssm:SendCommand', hybridNode], {
    context: tagContext({ [hybridClusterTag]: arnOf(stranger, 'eks', 'cluster/prod') }),
  }),
  memberCannot("run AWS-RunShellScript, a document of AWS's", [
    'ssm:SendCommand',
    `arn:aws:ssm:${region}::document/AWS-RunShellScript`,
  ]),
  memberCannot('run a document called AWS-RunShellScript', [
    'ssm:SendCommand',
    inMember('ssm', 'document/AWS-RunShellScript'),
  ]),
  memberCannot('run another document', ['ssm:SendCommand', inMember('ssm', `document/${probeDocumentName}-2`)]),
  memberCannot('cancel a command', ['ssm:CancelCommand', '*']),
  memberCannot('change the document', ['ssm:UpdateDocument', inMember('ssm', `document/${probeDocumentName}`)]),
  memberCannot('open a shell on a node', ['ssm:StartSession', node], tagged),
  memberCannot('read a parameter', ['ssm:GetParameter', inMember('ssm', 'parameter/database')]),
  memberCannot('read a secret', [
    'secretsmanager:GetSecretValue',
    inMember('secretsmanager', 'secret:database-a1b2c3'),
  ]),
  memberCannot('stop a node', ['ec2:TerminateInstances', node]),
  memberCannot('change a cluster', ['eks:UpdateClusterConfig', inMember('eks', 'cluster/prod')]),
  memberCannot('give itself access to a cluster', ['eks:CreateAccessEntry', inMember('eks', 'cluster/prod')]),
  memberCannot("look at another account's cluster", ['eks:DescribeCluster', arnOf(stranger, 'eks', 'cluster/prod')]),
  memberCannot('write findings as another product', [
    'securityhub:BatchImportFindings',
    inMember('securityhub', 'product/aws/guardduty'),
  ]),
  memberCannot("change an analyst's decision", [
    'securityhub:BatchUpdateFindings',
    inMember('securityhub', 'hub/default'),
  ]),
  memberCannot('go on into another account', ['sts:AssumeRole', roleArn(hub, memberRoleName)], {
    accountId: hub.accountId,
    trusted: true,
  }),
  memberCannot('make a user', ['iam:CreateUser', `arn:aws:iam::${member.accountId}:user/mallory`]),
];

/** Each may assume whatever trusts it: it is the member role that does not. */
const mayNotEnter = (who: string, principal: string, context: Record<string, string> = {}): Forbidden =>
  forbid({ who, place: hub, principal })('assume the member role', ['sts:AssumeRole', memberRole], {
    ...anything,
    accountId: member.accountId,
    context: { 'aws:PrincipalAccount': principal.split(':')[4] ?? '', ...context },
  });

const entering: readonly Forbidden[] = [
  mayNotEnter('the function that starts runs', roleArn(hub, hubFunctions.start.roleName)),
  mayNotEnter('the function that sums up', roleArn(hub, hubFunctions.summarise.roleName)),
  mayNotEnter("another role of the hub's account", roleArn(hub, 'Developer')),
  mayNotEnter("a role of the hub's account with a longer name", roleArn(hub, `${hubFunctions.audit.roleName}-2`)),
  mayNotEnter("a role of the hub's account with a path", roleArn(hub, `dev/${hubFunctions.audit.roleName}`)),
  mayNotEnter('a role of the same name in another account', roleArn(stranger, hubFunctions.audit.roleName)),
  mayNotEnter('the hub of another deployment', roleArn({ ...hub, accountId: own.hub }, hubFunctions.audit.roleName)),
  mayNotEnter("an administrator of the member's account", roleArn(member, 'Administrator')),
  mayNotEnter('the hub, once its account is in another organization', roleArn(hub, hubFunctions.audit.roleName), {
    'aws:PrincipalOrgID': 'o-zz99zz99zz',
  }),
  mayNotEnter('an operator whose account is in another organization', operatorRole, {
    'aws:PrincipalOrgID': 'o-zz99zz99zz',
  }),
];

const anotherRole = roleArn(member, 'Administrator');

function toFunctions({ stack, place }: RecordedHub): readonly Forbidden[] {
  const bucket = bucketArn(stack);
  const of = (name: keyof typeof hubFunctions) => {
    const { functionName, roleName } = hubFunctions[name];
    const principal = roleArn(place, roleName);
    const forbidden = forbid({ who: roleName, place, principal });
    const context = { 'lambda:SourceFunctionArn': arnOf(place, 'lambda', `function:${functionName}`) };
    return (what: string, asked: readonly [string, string], more: More = {}) =>
      forbidden(what, asked, { ...more, context: { ...context, ...more.context } });
  };
  const [start, discover, item, summarise] = [of('start'), of('discover'), of('audit'), of('summarise')];
  const event = (source: string) => ({ context: { 'events:source': [source], 'events:detail-type': ['Any'] } });
  const bus = arnOf(place, 'events', 'event-bus/default');
  const otherRole = ['sts:AssumeRole', anotherRole] as const;
  const trusted = { accountId: member.accountId, trusted: true } as const;

  return [
    start('start another state machine', ['states:StartExecution', arnOf(place, 'states', 'stateMachine:Payroll')]),
    start('stop a run', ['states:StopExecution', arnOf(place, 'states', `execution:${stateMachineName}:run`)]),
    start('read what a run found', ['s3:GetObject', `${bucket}/runs/r/summary.json`]),
    start('write over what a run found', ['s3:PutObject', `${bucket}/runs/r/summary.json`]),
    start('write another lock', ['s3:PutObject', `${bucket}/lock/other.json`]),
    discover('assume another role that trusts it', otherRole, trusted),
    discover('assume the member role of another organization, which trusts it', anotherMember, ofAnother),
    discover('touch what is remembered between runs', ['s3:PutObject', `${bucket}/memory/1/r/c.json`]),
    discover('write evidence of a sweep', ['s3:PutObject', `${bucket}/sweeps/2026-11-28/1415/results/1/r/c.json.gz`]),
    discover('start another state machine', ['states:StartExecution', arnOf(place, 'states', 'stateMachine:Payroll')]),
    discover('start a run', ['states:StartExecution', arnOf(place, 'states', `stateMachine:${stateMachineName}`)]),
    discover('move an account', [
      'organizations:MoveAccount',
      `arn:aws:organizations::${organization.management}:account/${organization.id}/${organization.inUnit}`,
    ]),
    discover("list another organization's units", [
      'organizations:ListAccountsForParent',
      `arn:aws:organizations::${stranger.accountId}:root/o-zz99zz99zz/r-zz99`,
    ]),
    item('assume another role that trusts it', otherRole, trusted),
    item('assume the member role of another organization, which trusts it', anotherMember, ofAnother),
    item('write outside of its prefixes', ['s3:PutObject', `${bucket}/elsewhere`]),
    item('write what one sweep leaves for the next', ['s3:PutObject', `${bucket}/${sweepStateKey}`]),
    item('write the census', ['s3:PutObject', `${bucket}/census/2026-11-28/1415.jsonl`]),
    item('write into another bucket', ['s3:PutObject', 'arn:aws:s3:::another-bucket/runs/r/summary.json']),
    item('delete what a run found', ['s3:DeleteObject', `${bucket}/runs/r/summary.json`]),
    item('send events as a service of AWS', ['events:PutEvents', bus], event('aws.securityhub')),
    item('send events under two sources at once', ['events:PutEvents', bus], {
      context: { 'events:source': ['eks-kubelet-audit', 'payroll'], 'events:detail-type': ['Any'] },
    }),
    item('send events without a source', ['events:PutEvents', bus]),
    item(
      'send events to another bus',
      ['events:PutEvents', arnOf(place, 'events', 'event-bus/payroll')],
      event('eks-kubelet-audit'),
    ),
    item('run a command by itself', ['ssm:SendCommand', machineArn(place, 'i-00000000000000bad')], tagged),
    ...interfaceActions(place).map(([action, resource]) =>
      item(`touch the network by itself (${action.split(':')[1]})`, [action, resource]),
    ),
    summarise('send events as a service of AWS', ['events:PutEvents', bus], event('aws.securityhub')),
    summarise('assume a member role', ['sts:AssumeRole', memberRole], trusted),
  ];
}

function toServices({ stack, place }: RecordedHub): readonly Forbidden[] {
  const other = { 'aws:SourceAccount': stranger.accountId };
  const [topic = ''] = stack.resources('AWS::SNS::Topic').map((each) => stack.refOf(each));
  const [key = ''] = keysOf({ stack, place }, (each) => !isSigningKey(each));
  const roleOf = (service: string): string => {
    const found = stack
      .resources('AWS::IAM::Role')
      .find((each) => JSON.stringify(each.properties['AssumeRolePolicyDocument']).includes(service));
    if (!found) throw new Error(`no role of the hub is for ${service}`);
    return stack.arnOf(found);
  };
  const service = (who: string, principal: string) => forbid({ who, place, principal });
  const machineRole = roleOf('states.amazonaws.com');
  const scheduleRole = roleOf('scheduler.amazonaws.com');
  const machine = service('the role of the state machine', machineRole);
  const scheduler = service('the role of the schedule', scheduleRole);
  const alarms = service("CloudWatch, for another account's alarm", 'cloudwatch.amazonaws.com');
  const named = (name: keyof typeof hubFunctions) =>
    arnOf(place, 'lambda', `function:${hubFunctions[name].functionName}`);

  return [
    machine('invoke the function that starts runs', ['lambda:InvokeFunction', named('start')]),
    machine('invoke another function', ['lambda:InvokeFunction', arnOf(place, 'lambda', 'function:payroll')]),
    machine('start another state machine', ['states:StartExecution', arnOf(place, 'states', 'stateMachine:Payroll')]),
    machine('read what a run found', ['s3:GetObject', `${bucketArn(stack)}/runs/r/summary.json`]),
    machine('write over the items of a run', ['s3:PutObject', `${bucketArn(stack)}/runs/r/items.jsonl`]),
    machine('assume a member role', ['sts:AssumeRole', memberRole], { accountId: member.accountId, trusted: true }),
    scheduler('invoke the function that audits', ['lambda:InvokeFunction', named('audit')]),
    service("Step Functions, for another account's state machine", 'states.amazonaws.com')(
      'assume the role of the state machine',
      ['sts:AssumeRole', machineRole],
      { context: other },
    ),
    service("EventBridge Scheduler, for another account's schedule", 'scheduler.amazonaws.com')(
      'assume the role of the schedule',
      ['sts:AssumeRole', scheduleRole],
      { context: other },
    ),
    service('EventBridge Scheduler, for a schedule of another group', 'scheduler.amazonaws.com')(
      'assume the role of the schedule',
      ['sts:AssumeRole', scheduleRole],
      {
        context: {
          'aws:SourceAccount': place.accountId,
          'aws:SourceArn': arnOf(place, 'scheduler', 'schedule-group/payroll'),
        },
      },
    ),
    alarms('publish an alert', ['sns:Publish', topic], { context: other }),
    alarms('use the key of alerts', ['kms:GenerateDataKey', key], { context: other }),
    forbid({ who: 'a role of another account', place, principal: roleArn(stranger, 'Mallory') })(
      'publish an alert',
      ['sns:Publish', topic],
      { own: { action: 'sns:Publish', resource: '*' } },
    ),
  ];
}

const keysOf = (
  { stack, place }: Pick<RecordedHub, 'stack' | 'place'>,
  which: typeof isSigningKey,
): readonly string[] =>
  stack
    .resources('AWS::KMS::Key')
    .filter(which)
    .map((each) => (isSigningKey(each) ? stack.arnOf(each) : keyArn(place, each)));

/** Only the function that sums up signs, and only what the program signs. */
function toSigningKey({ stack, place }: RecordedHub): readonly Forbidden[] {
  const onlyStatements = { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' };
  const anyone = (who: string, principal: string) => forbid({ who, place, principal });
  const administrator = anyone("an administrator of the hub's account", roleArn(place, 'Administrator'));
  const summarise = anyone(hubFunctions.summarise.roleName, roleArn(place, hubFunctions.summarise.roleName));
  const other = anyone(hubFunctions.audit.roleName, roleArn(place, hubFunctions.audit.roleName));
  const own = (action: string) => ({ own: { action, resource: '*' } });

  return keysOf({ stack, place }, isSigningKey).flatMap((key) => [
    administrator('sign as the hub', ['kms:Sign', key], { ...own('kms:Sign'), context: onlyStatements }),
    administrator('hand on the right to sign', ['kms:CreateGrant', key], own('kms:CreateGrant')),
    other('sign as the function that sums up', ['kms:Sign', key], { context: onlyStatements }),
    summarise('sign a message that is no digest', ['kms:Sign', key], {
      context: { ...onlyStatements, 'kms:MessageType': 'RAW' },
    }),
    summarise('sign by another algorithm', ['kms:Sign', key], {
      context: { ...onlyStatements, 'kms:SigningAlgorithm': 'ECDSA_SHA_384' },
    }),
    summarise('change who may sign', ['kms:PutKeyPolicy', key]),
  ]);
}

/** Everybody, whatever else allows it. */
function withoutTls({ stack, place }: RecordedHub): readonly Forbidden[] {
  const bucket = bucketArn(stack);
  const [topic = ''] = stack.resources('AWS::SNS::Topic').map((each) => stack.refOf(each));
  const [queue = ''] = stack.resources('AWS::SQS::Queue').map((each) => stack.arnOf(each));
  const anybody = forbid({ who: 'anybody without TLS', place, principal: roleArn(place, 'Administrator') });
  const ask = (what: string, [action, resource]: readonly [string, string]) =>
    anybody(what, [action, resource], {
      own: { action, resource: '*' },
      context: { 'aws:SecureTransport': 'false' },
    });
  return [
    ask('read what a run found', ['s3:GetObject', `${bucket}/runs/r/summary.json`]),
    ask('list what runs found', ['s3:ListBucket', bucket]),
    ask('publish an alert', ['sns:Publish', topic]),
    ask('write into the dead-letter queue', ['sqs:SendMessage', queue]),
  ];
}

function bucketArn(stack: RecordedHub['stack']): string {
  const [bucket] = stack.resources('AWS::S3::Bucket').map((each) => stack.arnOf(each));
  if (!bucket) throw new Error('the hub has no bucket');
  return bucket;
}
