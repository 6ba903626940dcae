import { readFileSync } from 'node:fs';
import {
  approvalTopicName,
  approverRoleName,
  neverRanDetails,
  nodeSteps,
  refusedMarker,
  remediateDocumentName,
  remediationRunbookName,
  remedyLockPath,
  runbookRoleName,
  unchangedSteps,
} from '../../../lambda/contract/remediation-names.ts';
import { remediationParameters } from './remediate-parameters.ts';

const version = { type: 'String', allowedPattern: '^[1-9][0-9]{0,5}$' } as const;
const hash = { type: 'String', allowedPattern: '^[0-9a-f]{64}$' } as const;

/** The documents that the caller found by DescribeDocument before the start. */
const documentParameters = {
  DocumentVersion: { ...version, description: `The version of ${remediateDocumentName} that is run` },
  DocumentHash: { ...hash, description: 'Its hash (Sha256), by DescribeDocument' },
  RunbookVersion: { ...version, description: 'The version of this runbook' },
  RunbookHash: { ...hash, description: 'Its hash (Sha256), by DescribeDocument' },
} as const;

/** What a runbook hands on. What it does, and under which id it can be undone, is its own text: who starts it has no say in that. */
const { Mode: _, Run: __, Touched: ___, ...commandParameters } = remediationParameters;

const instanceIds = (what: string) => ({
  type: 'StringList',
  description: `The nodes, in the order in which they are ${what}: EC2 instances or managed instances of hybrid nodes`,
  minItems: 1,
  maxItems: 50,
  allowedPattern: '^(i-[0-9a-f]{8}([0-9a-f]{9})?|mi-[0-9a-f]{17})$',
});

const unchanged = (name: string, document: string, of: 'Document' | 'Runbook') => ({
  name,
  action: 'aws:assertAwsResourceProperty',
  description: `Stops, with nothing run on any node, when ${document} is not what it was when this was started: somebody has changed it since, and what was asked for is not what would be run`,
  timeoutSeconds: 600,
  onFailure: 'Abort',
  inputs: {
    Service: 'ssm',
    Api: 'DescribeDocument',
    Name: document,
    DocumentVersion: `{{ ${of}Version }}`,
    PropertySelector: '$.Document.Hash',
    DesiredValues: [`{{ ${of}Hash }}`],
  },
});

const remedyUnchanged = unchanged(unchangedSteps.remedy, remediateDocumentName, 'Document');
const runbookUnchanged = unchanged(unchangedSteps.runbook, remediationRunbookName, 'Runbook');

const runbookParameters = {
  AutomationAssumeRole: {
    type: 'String',
    description: 'The role that runs the command on the nodes',
    allowedPattern: '^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$',
  },
  Cluster: {
    type: 'String',
    description: 'The cluster of the nodes: shown to the approver, read again afterwards, and sent to no node',
    allowedPattern: '^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$',
  },
  NodeGroup: {
    type: 'String',
    description: 'The group of the nodes, shown to the approver: two runbooks of one group exclude each other',
    allowedPattern: '^[A-Za-z0-9._/~-]{1,260}$',
  },
  InstanceIds: instanceIds('fixed'),
  ...commandParameters,
  ...documentParameters,
  Approval: {
    type: 'String',
    description: 'none only where who starts the runbook has been asked already, as by the command line',
    default: 'required',
    allowedValues: ['required', 'none'],
  },
  Approvers: {
    type: 'StringList',
    description: 'Who may approve: ARNs of IAM users and roles',
    default: [],
    maxItems: 10,
    allowedPattern: '^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:[A-Za-z0-9+=,.@_/-]{1,512}$',
  },
  NotificationArn: {
    type: 'String',
    description: 'The SNS topic that the approvers read; the name of a topic for Automation begins with Automation',
    default: '',
    allowedPattern: '^(arn:aws[a-z-]*:sns:[a-z0-9-]{1,32}:[0-9]{12}:[A-Za-z0-9_-]{1,256})?$',
  },
};

/**
 * The content of the SSM Automation document (schema 0.3) that fixes several nodes after an approval. It fixes one at a time and reads each again before
 * the next, and holds the node group meanwhile. A node that refuses, is gone or can't be reached stops nothing. The first one that was put back, is lost or isn't confirmed ends the runbook.
 * Beside the Command document's parameters it takes the approvers, and the versions of the two documents at its start. If they changed until the
 * approval, nothing is run.
 */
export const remediateKubeletsRunbook = () => ({
  schemaVersion: '0.3',
  description:
    'eks-kubelet-audit: fixes the kubelet configuration of EKS nodes, one at a time, after an approval. A node that refuses or cannot be reached is passed over. A node whose kubelet does not come back well is put back as it was, and no further one is touched.',
  // As the runbooks of Automated Security Response call it.
  assumeRole: '{{ AutomationAssumeRole }}',
  parameters: runbookParameters,
  mainSteps: [
    {
      name: 'askOrNot',
      action: 'aws:branch',
      inputs: {
        Choices: [{ NextStep: remedyUnchanged.name, Variable: '{{ Approval }}', StringEquals: 'none' }],
        Default: 'approve',
      },
    },
    {
      name: 'approve',
      action: 'aws:approve',
      timeoutSeconds: 86_400,
      onFailure: 'Abort',
      inputs: {
        NotificationArn: '{{ NotificationArn }}',
        Message:
          'eks-kubelet-audit is about to fix the kubelet of nodes of cluster {{ Cluster }}, group {{ NodeGroup }}, one at a time: {{ InstanceIds }}; controls {{ Controls }}.',
        MinRequiredApprovals: 1,
        Approvers: '{{ Approvers }}',
      },
      nextStep: remedyUnchanged.name,
    },
    remedyUnchanged,
    runbookUnchanged,
    {
      name: 'nodeByNode',
      action: 'aws:loop',
      onFailure: 'step:groupIsFree',
      inputs: {
        Iterators: '{{ InstanceIds }}',
        IteratorDataType: 'String',
        Steps: stepsOfOneNode(),
      },
      nextStep: 'groupIsFree',
    },
    { ...lockStep('groupIsFree', 'free_group'), isEnd: true },
  ],
});

/** What happens to each node: the group is held, the node is reached, changed, and read again. */
const stepsOfOneNode = () => [
  { ...lockStep(nodeSteps.hold, 'hold_group'), onFailure: 'Abort', nextStep: nodeSteps.reach },
  {
    name: nodeSteps.reach,
    action: 'aws:assertAwsResourceProperty',
    description: 'Passes over a machine that is gone, or to which Systems Manager has no connection',
    timeoutSeconds: 60,
    onFailure: `step:${nodeSteps.next}`,
    isCritical: false,
    inputs: {
      Service: 'ssm',
      Api: 'DescribeInstanceInformation',
      Filters: [{ Key: 'InstanceIds', Values: [currentNode] }],
      PropertySelector: '$.InstanceInformationList[0].PingStatus',
      DesiredValues: ['Online'],
    },
    nextStep: nodeSteps.change,
  },
  {
    ...onOneNode(nodeSteps.change, 'apply'),
    onFailure: `step:${nodeSteps.undelivered}`,
    isCritical: false,
    nextStep: nodeSteps.decide,
  },
  {
    name: nodeSteps.decide,
    action: 'aws:branch',
    inputs: {
      Choices: [{ NextStep: nodeSteps.next, Variable: `{{ ${nodeSteps.change}.Output }}`, Contains: refusedMarker }],
      Default: nodeSteps.readAgain,
    },
  },
  // No terminal waits here, so the runbook says *keep* itself. The node keeps its change only where its files and arguments are as wanted, and its
  // kubelet is well and asks for certificates of the client CA. Without this step's success it puts the change back.
  { ...onOneNode(nodeSteps.readAgain, 'keep'), onFailure: 'Abort', nextStep: nodeSteps.next },
  {
    name: nodeSteps.undelivered,
    action: 'aws:assertAwsResourceProperty',
    description: 'Ends the runbook unless the command never ran on the machine',
    timeoutSeconds: 60,
    onFailure: 'Abort',
    inputs: {
      Service: 'ssm',
      Api: 'GetCommandInvocation',
      CommandId: `{{ ${nodeSteps.change}.CommandId }}`,
      InstanceId: currentNode,
      PropertySelector: '$.StatusDetails',
      DesiredValues: [...neverRanDetails],
    },
    nextStep: nodeSteps.next,
  },
  { name: nodeSteps.next, action: 'aws:sleep', inputs: { Duration: 'PT1S' }, isEnd: true },
];

/** Its account and Region; tokens of CloudFormation too. */
interface AskingRunbookOptions {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/**
 * The runbook as it is deployed: it always asks for approval, and only principals with the approver's role can give it. Its starter can neither skip
 * the approval nor name another approver: SSM takes no other value for these parameters.
 */
export function askingRunbook({ partition, region, accountId }: AskingRunbookOptions) {
  const { AutomationAssumeRole, Approval, Approvers, NotificationArn, ...others } = runbookParameters;
  const roleArn = (name: string): string => `arn:${partition}:iam::${accountId}:role/${name}`;
  const approverArn = roleArn(approverRoleName);
  const topicArn = `arn:${partition}:sns:${region}:${accountId}:${approvalTopicName}`;

  return {
    ...remediateKubeletsRunbook(),
    parameters: {
      AutomationAssumeRole: { ...AutomationAssumeRole, default: roleArn(runbookRoleName) },
      ...others,
      Approval: {
        ...Approval,
        description: 'A person is always asked',
        default: 'required',
        allowedValues: ['required'],
      },
      Approvers: { ...Approvers, default: [approverArn], minItems: 1, allowedPattern: `^${approverArn}$` },
      NotificationArn: { ...NotificationArn, default: topicArn, allowedPattern: `^${topicArn}$` },
    },
  };
}

/**
 * The content of the Automation document that shows what would be changed. The mode is none of its parameters, and none of its steps can change a node:
 * so it needs no approval.
 */
export const dryRunKubeletsRunbook = (roleArn: string) => ({
  schemaVersion: '0.3',
  description:
    'eks-kubelet-audit: shows on EKS nodes what the runbook that fixes kubelets would change there, and changes nothing.',
  assumeRole: roleArn,
  parameters: {
    InstanceIds: instanceIds('looked at'),
    ...commandParameters,
    DocumentVersion: documentParameters.DocumentVersion,
    DocumentHash: documentParameters.DocumentHash,
  },
  mainSteps: [
    {
      name: 'show',
      action: 'aws:runCommand',
      timeoutSeconds: 3_600,
      onFailure: 'Abort',
      inputs: { ...command('dry-run'), InstanceIds: '{{ InstanceIds }}', MaxConcurrency: '10', MaxErrors: '100%' },
      isEnd: true,
    },
  ],
  outputs: ['show.CommandId', 'show.Status', 'show.Output'],
});

const command = (mode: 'apply' | 'keep' | 'dry-run') => ({
  DocumentName: remediateDocumentName,
  DocumentVersion: '{{ DocumentVersion }}',
  // SSM compares it once more, for each command.
  DocumentHash: '{{ DocumentHash }}',
  DocumentHashType: 'Sha256',
  Parameters: {
    ...Object.fromEntries(Object.keys(commandParameters).map((name) => [name, `{{ ${name} }}`])),
    Mode: mode,
    // Undone by `remediate CLUSTER --undo EXECUTION`.
    Run: '{{ automation:EXECUTION_ID }}',
    // Between the audit and the approval a day may pass.
    Touched: 'refuse',
  },
  Comment: 'eks-kubelet-audit',
  // Until the agent of a node takes the command up.
  TimeoutSeconds: 600,
});

const lockStep = (name: string, handler: 'hold_group' | 'free_group') => ({
  name,
  action: 'aws:executeScript',
  timeoutSeconds: 300,
  inputs: {
    Runtime: 'python3.11',
    Handler: handler,
    InputPayload: {
      Path: remedyLockPath,
      Cluster: '{{ Cluster }}',
      NodeGroup: '{{ NodeGroup }}',
      Run: '{{ automation:EXECUTION_ID }}',
    },
    Script: readFileSync(new URL('group-lock.py', import.meta.url), 'utf8'),
  },
});

const currentNode = '{{ nodeByNode.CurrentIteratorValue }}';

const onOneNode = (name: string, mode: 'apply' | 'keep') => ({
  name,
  action: 'aws:runCommand',
  timeoutSeconds: 3_600,
  inputs: { ...command(mode), InstanceIds: [currentNode] },
});
