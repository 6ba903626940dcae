import { probeDocumentName } from '../../lambda/contract/names.ts';
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
import type { Permission } from './permissions.ts';

/** One thing that may be changed. */
export interface Change {
  readonly actions: readonly string[];
  /** The only resources that it may be allowed on. */
  readonly on: RegExp;
  /** For people. */
  readonly what: string;
}

const logs: Change = {
  what: 'its own logs',
  actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  on: /:log-group:\/aws\/lambda\/eks-kubelet-audit-\w+:\*$/,
};

const letters: Change = {
  what: 'messages in its dead-letter queue',
  actions: ['sqs:SendMessage'],
  on: /:sqs:[\w-]+:\d{12}:EksKubeletAudit-\w+$/,
};

const network: Change = {
  what: "network interfaces of its function in a VPC, by Lambda alone: the function's own code is refused",
  actions: [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  on: /^\*$/,
};

/** Everything that the roles of the audit may change; their other rights only read. Roles that are not on the list below are roles of the audit. */
export const auditChanges: readonly Change[] = [
  {
    what: 'findings in Security Hub, in the account and Region of the cluster: the program writes its own; the right itself covers every custom finding of the default product there, other tools’ too, since Security Hub knows no narrower resource',
    actions: ['securityhub:BatchImportFindings'],
    on: /^arn:[\w-]+:securityhub:\*:(\d{12}):product\/\1\/default$/,
  },
  {
    what: 'objects below `runs/`, `memory/`, `history/`, `statements/`, `latest/`, `sweeps/` and `census/` of its own bucket, and the lock there',
    actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
    on: /^arn:[\w-]+:s3:::eks-kubelet-audit-[\w-]+\/((runs|memory|history|statements|latest|sweeps|census)\/|lock\/run\.json$)/,
  },
  {
    what: 'what is remembered of clusters that are gone, below `memory/` of its own bucket: S3 keeps the version before',
    actions: ['s3:DeleteObject'],
    on: /^arn:[\w-]+:s3:::eks-kubelet-audit-[\w-]+\/memory\/\*$/,
  },
  {
    what: 'signatures of statements about runs, where a key of the settings signs',
    actions: ['kms:Sign'],
    on: /:kms:[\w-]+:\d{12}:key\/[\w-]+$/,
  },
  {
    what: 'events on the default bus, under its own source',
    actions: ['events:PutEvents'],
    on: /:event-bus\/default$/,
  },
  {
    what: `runs of \`${probeDocumentName}\`, which reads a node and changes nothing there`,
    actions: ['ssm:SendCommand'],
    on: new RegExp(`:(document/${probeDocumentName}|instance/\\*|managed-instance/\\*)$`),
  },
  {
    what: 'executions of its own state machines',
    actions: ['states:StartExecution', 'states:StopExecution', 'states:RedriveExecution'],
    on: /:(stateMachine|execution):EksKubeletAudit(Sweep|\/AuditItems)?(:\*)?$/,
  },
  { what: 'sessions of the member role', actions: ['sts:AssumeRole'], on: /:role\/EksKubeletAuditMember$/ },
  {
    what: 'invocations of its own functions',
    actions: ['lambda:InvokeFunction'],
    on: /:function:eks-kubelet-audit-\w+$/,
  },
  letters,
  logs,
  {
    what: 'the delivery of the logs of its state machine, and its traces',
    actions: [
      'logs:CreateLogDelivery',
      'logs:UpdateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:PutResourcePolicy',
      'xray:PutTraceSegments',
      'xray:PutTelemetryRecords',
    ],
    on: /^\*$/,
  },
  network,
];

const runbookStart: readonly Change[] = [
  {
    what: `executions of \`${remediationRunbookName}\`, which does nothing to a node before somebody has approved`,
    actions: ['ssm:StartAutomationExecution'],
    on: new RegExp(
      `:(document/${remediationRunbookName}|automation-definition/${remediationRunbookName}:\\*|automation-execution/\\*)$`,
    ),
  },
  {
    what: 'the mark on such an execution, when it is started',
    actions: ['ssm:AddTagsToResource'],
    on: /:automation-execution\/\*$/,
  },
  {
    what: "the runbook's role, handed to Systems Manager",
    actions: ['iam:PassRole'],
    on: new RegExp(`:role/${runbookRoleName}$`),
  },
];

/** The role that Automated Security Response has pass to its runbook of ours. */
export const responseRoleName = 'SO0111-EksKubeletAuditRemediateFinding';

/** What each role of remediation may change: none of them can do what another one is there for. */
export const remediationChanges: Readonly<Record<string, readonly Change[]>> = {
  [remediateFunction.roleName]: [
    {
      what: `sessions of the member role, and of \`${remediationRoleName}\``,
      actions: ['sts:AssumeRole'],
      on: new RegExp(`:role/(EksKubeletAuditMember|${remediationRoleName})$`),
    },
    logs,
    letters,
    network,
  ],
  [remediationRoleName]: runbookStart,
  [approverRoleName]: [
    {
      what: 'an approval, or a rejection',
      actions: ['ssm:SendAutomationSignal'],
      on: /:automation-execution\/\*$/,
    },
  ],
  [runbookRoleName]: [
    {
      what: `nodes of clusters, by runs of \`${remediateDocumentName}\``,
      actions: ['ssm:SendCommand'],
      on: new RegExp(`:(document/${remediateDocumentName}|instance/\\*|managed-instance/\\*)$`),
    },
    {
      what: 'parameters that say which run has a node group',
      actions: ['ssm:PutParameter'],
      on: new RegExp(`:parameter${remedyLockPath}/\\*$`),
    },
    {
      what: 'requests for approval, on their topic',
      actions: ['sns:Publish'],
      on: new RegExp(`:sns:[^:]+:\\d{12}:${approvalTopicName}$`),
    },
  ],
  [remediationEventsRoleName]: [
    {
      what: "events on the hub's bus for ends of runbooks",
      actions: ['events:PutEvents'],
      on: new RegExp(`:event-bus/${remediationBusName}$`),
    },
  ],
  [responseRoleName]: runbookStart,
};

/** By the names that AWS gives to calls that only read. */
const reads = (action: string): boolean => /^[\w-]+:(Get|List|Describe)[A-Z]/.test(action);

/** Whether it reads, or changes what is on the list. */
export const isWithin = (changes: readonly Change[], { action, resource }: Permission): boolean =>
  reads(action) || changes.some((each) => each.actions.includes(action) && each.on.test(resource));

/** The list of a role of remediation; `undefined` for one of the audit. */
export const remediationChangesOf = ({ holder }: Pick<Permission, 'holder'>): readonly Change[] | undefined =>
  new Map(Object.entries(remediationChanges)).get(holder.replace(/^.*:role\//, ''));
