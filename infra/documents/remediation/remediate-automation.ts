import {
  remediateDocumentName,
  remediationRunbookName,
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

const unchanged = (
  name: string,
  of: { readonly document: string; readonly version: string; readonly hash: string },
) => ({
  name,
  action: 'aws:assertAwsResourceProperty',
  description: `Stops, with nothing run on any node, when ${of.document} is not what it was when this was started: somebody has changed it since, and what was asked for is not what would be run`,
  timeoutSeconds: 600,
  onFailure: 'Abort',
  inputs: {
    Service: 'ssm',
    Api: 'DescribeDocument',
    Name: of.document,
    DocumentVersion: of.version,
    PropertySelector: '$.Document.Hash',
    DesiredValues: [of.hash],
  },
});

const remedyUnchanged = unchanged(unchangedSteps.remedy, {
  document: remediateDocumentName,
  version: '{{ DocumentVersion }}',
  hash: '{{ DocumentHash }}',
});
const runbookUnchanged = unchanged(unchangedSteps.runbook, {
  document: remediationRunbookName,
  version: '{{ RunbookVersion }}',
  hash: '{{ RunbookHash }}',
});

/**
 * The content of the SSM Automation document (schema 0.3) that fixes several nodes after an approval. It fixes one at a time, reads each again before
 * the next, and stops at the first that cannot be fixed. Beside the Command document's parameters it takes the approvers, and the versions of the two
 * documents at its start. If they changed until the approval, nothing is run.
 */
export const remediateKubeletsRunbook = () => ({
  schemaVersion: '0.3',
  description:
    'eks-kubelet-audit: fixes the kubelet configuration of EKS nodes, one at a time, after an approval. A node whose kubelet does not come back well is put back as it was, and no further one is touched.',
  // As the runbooks of Automated Security Response call it.
  assumeRole: '{{ AutomationAssumeRole }}',
  parameters: {
    AutomationAssumeRole: {
      type: 'String',
      description: 'The role that runs the command on the nodes',
      allowedPattern: '^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$',
    },
    Cluster: {
      type: 'String',
      description: 'The cluster of the nodes: shown to who approves, read again afterwards, and never told to a node',
      allowedPattern: '^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$',
    },
    InstanceIds: {
      type: 'StringList',
      description:
        'The nodes, in the order in which they are fixed: EC2 instances or managed instances of hybrid nodes',
      minItems: 1,
      maxItems: 50,
      allowedPattern: '^(i-[0-9a-f]{8}([0-9a-f]{9})?|mi-[0-9a-f]{17})$',
    },
    ...remediationParameters,
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
  },
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
          'eks-kubelet-audit is about to fix the kubelet of nodes of cluster {{ Cluster }}, one at a time: {{ InstanceIds }}; controls {{ Controls }}; mode {{ Mode }}.',
        MinRequiredApprovals: 1,
        Approvers: '{{ Approvers }}',
      },
      nextStep: remedyUnchanged.name,
    },
    remedyUnchanged,
    runbookUnchanged,
    {
      name: 'applyOrShow',
      action: 'aws:branch',
      inputs: {
        Choices: [{ NextStep: 'nodeByNode', Variable: '{{ Mode }}', StringEquals: 'apply' }],
        Default: 'show',
      },
    },
    {
      // Each node is changed, and then read again by a command of its own, before the next one is begun. A step that fails ends the loop.
      name: 'nodeByNode',
      action: 'aws:loop',
      onFailure: 'Abort',
      inputs: {
        Iterators: '{{ InstanceIds }}',
        IteratorDataType: 'String',
        Steps: [
          onOneNode('change', '{{ Mode }}'),
          // A node that passes here has its files and arguments as wanted, was started after they were written, and asks for certificates of the
          // client CA. The audit that follows the runbook confirms the rest of its configuration.
          onOneNode('readAgain', 'confirm'),
        ],
      },
      isEnd: true,
    },
    {
      name: 'show',
      action: 'aws:runCommand',
      timeoutSeconds: 86_400,
      onFailure: 'Abort',
      inputs: { ...command('{{ Mode }}'), InstanceIds: '{{ InstanceIds }}', MaxConcurrency: '1', MaxErrors: '0' },
      isEnd: true,
    },
  ],
  outputs: ['show.CommandId', 'show.Status', 'show.Output'],
});

const command = (mode: string) => ({
  DocumentName: remediateDocumentName,
  DocumentVersion: '{{ DocumentVersion }}',
  // SSM compares it once more, for each command.
  DocumentHash: '{{ DocumentHash }}',
  DocumentHashType: 'Sha256',
  Parameters: {
    ...Object.fromEntries(Object.keys(remediationParameters).map((name) => [name, `{{ ${name} }}`])),
    Mode: mode,
  },
  Comment: 'eks-kubelet-audit',
  // Until the agent of a node takes the command up.
  TimeoutSeconds: 600,
});

const onOneNode = (name: string, mode: string) => ({
  name,
  action: 'aws:runCommand',
  timeoutSeconds: 3_600,
  onFailure: 'Abort',
  inputs: { ...command(mode), InstanceIds: ['{{ nodeByNode.CurrentIteratorValue }}'] },
});
