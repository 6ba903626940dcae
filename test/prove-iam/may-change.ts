import { probeDocumentName } from '../../lambda/contract/names.ts';
import type { Permission } from './permissions.ts';

/** One thing that the audit changes. */
interface Change {
  readonly actions: readonly string[];
  /** The only resources that it may be allowed on. */
  readonly on: RegExp;
  /** For people. */
  readonly what: string;
}

/**
 * Everything that the roles of the audit may change: all else that they are allowed reads. Remediation changes nodes, and has roles of its own in a
 * stack of its own: they are held to a list of theirs, which belongs beside this one.
 */
export const auditChanges: readonly Change[] = [
  {
    what: 'its own findings in Security Hub, in the account and Region of the cluster',
    actions: ['securityhub:BatchImportFindings'],
    on: /^arn:[\w-]+:securityhub:\*:(\d{12}):product\/\1\/default$/,
  },
  {
    what: 'objects below `runs/` and `memory/` of its own bucket',
    actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
    on: /^arn:[\w-]+:s3:::eks-kubelet-audit-[\w-]+\/(runs|memory)\//,
  },
  {
    what: 'events on the default bus, under its own source',
    actions: ['events:PutEvents'],
    on: /:event-bus\/default$/,
  },
  {
    what: `runs of \`${probeDocumentName}\`, which reads a node and changes nothing there, and their end`,
    actions: ['ssm:SendCommand'],
    on: new RegExp(`:(document/${probeDocumentName}|instance/\\*|managed-instance/\\*)$`),
  },
  { what: 'a command that nobody waits for any more', actions: ['ssm:CancelCommand'], on: /^\*$/ },
  {
    what: 'executions of its own state machine',
    actions: ['states:StartExecution', 'states:StopExecution', 'states:RedriveExecution'],
    on: /:(stateMachine|execution):EksKubeletAudit(\/AuditItems)?(:\*)?$/,
  },
  { what: 'sessions of the member role', actions: ['sts:AssumeRole'], on: /:role\/EksKubeletAuditMember$/ },
  {
    what: 'invocations of its own functions',
    actions: ['lambda:InvokeFunction'],
    on: /:function:eks-kubelet-audit-\w+$/,
  },
  {
    what: 'messages in its dead-letter queue',
    actions: ['sqs:SendMessage'],
    on: /:sqs:[\w-]+:\d{12}:EksKubeletAudit-\w+$/,
  },
  {
    what: 'its own logs',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    on: /:log-group:\/aws\/lambda\/eks-kubelet-audit-\w+:\*$/,
  },
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
  {
    what: "network interfaces of its function in a VPC, by Lambda alone: the function's own code is refused",
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    on: /^\*$/,
  },
];

/** By the names that AWS gives to calls that only read. */
const reads = (action: string): boolean => /^[\w-]+:(Get|List|Describe)[A-Z]/.test(action);

/** Whether it reads, or changes what is on the list. */
export const isWithin = (changes: readonly Change[], { action, resource }: Permission): boolean =>
  reads(action) || changes.some((each) => each.actions.includes(action) && each.on.test(resource));
