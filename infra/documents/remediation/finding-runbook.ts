import { readFileSync } from 'node:fs';
import { clusterNameTags, groupTags, hybridClusterTag } from '../../../lambda/contract/names.ts';
import {
  executionTag,
  remediateDocumentName,
  remediationRunbookName,
} from '../../../lambda/contract/remediation-names.ts';
import { fixableSlugs } from './remediate-parameters.ts';

interface FindingRunbookProps {
  /** Under which it reads the cluster's CA and starts the runbook that asks. */
  readonly roleArn: string;
  /** Under which that runbook acts. */
  readonly runbookRoleArn: string;
}

/**
 * The content of the SSM Automation document that Automated Security Response starts, with the two parameters that it gives. It reads from the
 * finding which nodes are meant, and starts the runbook that asks for approval.
 *
 * Anyone who can write findings controls all fields of a finding. So it takes only ids of machines and a slug, both shown to the approver. It refuses
 * a machine that AWS does not show in the finding's cluster, and the runbook's role reaches nodes of clusters alone.
 */
export const findingRunbook = ({ roleArn, runbookRoleArn }: FindingRunbookProps) => ({
  schemaVersion: '0.3',
  description:
    'eks-kubelet-audit: has the nodes of a finding fixed that Automated Security Response hands over, after an approval.',
  assumeRole: roleArn,
  parameters: {
    Finding: { type: 'StringMap', description: 'The finding, as Security Hub has it' },
    AutomationAssumeRole: {
      type: 'String',
      description: 'Given by Automated Security Response, and not used: this runbook has a role of its own',
      default: '',
    },
  },
  mainSteps: [
    scriptStep('readFinding', 'machinesOfCluster', {
      handler: 'read_finding',
      payload: { Finding: '{{ Finding }}', ...place, Controls: [...fixableSlugs] },
      outputs: { Control: 'String', Cluster: 'String', InstanceIds: 'StringList' },
    }),
    scriptStep('machinesOfCluster', 'noneOpen', {
      handler: 'of_cluster',
      payload: {
        Cluster: '{{ readFinding.Cluster }}',
        InstanceIds: '{{ readFinding.InstanceIds }}',
        ...place,
        ClusterNameTags: [...clusterNameTags],
        GroupTags: groupTags.filter(([kind]) => kind !== 'auto-mode'),
        HybridClusterTag: hybridClusterTag,
      },
      outputs: { NodeGroup: 'String', InstanceIds: 'StringList' },
    }),
    scriptStep('noneOpen', 'describeCluster', {
      handler: 'none_open',
      payload: {
        Runbook: remediationRunbookName,
        Cluster: '{{ readFinding.Cluster }}',
        NodeGroup: '{{ machinesOfCluster.NodeGroup }}',
      },
    }),
    {
      name: 'describeCluster',
      action: 'aws:executeAwsApi',
      onFailure: 'Abort',
      inputs: { Service: 'eks', Api: 'DescribeCluster', name: '{{ readFinding.Cluster }}' },
      outputs: [{ Name: 'CertificateAuthority', Selector: '$.cluster.certificateAuthority.data', Type: 'String' }],
      nextStep: 'fingerprints',
    },
    scriptStep('fingerprints', remedyStep.name, {
      handler: 'fingerprints',
      payload: { CertificateAuthority: '{{ describeCluster.CertificateAuthority }}' },
      outputs: { CaSha256: 'String' },
    }),
    remedyStep,
    runbookStep,
    {
      name: 'remediate',
      action: 'aws:executeAutomation',
      // As long as an approval and fifty nodes may take.
      timeoutSeconds: 172_800,
      onFailure: 'Abort',
      inputs: {
        DocumentName: remediationRunbookName,
        DocumentVersion: `{{ ${runbookStep.name}.Version }}`,
        Tags: [executionTag],
        RuntimeParameters: {
          AutomationAssumeRole: runbookRoleArn,
          Cluster: '{{ readFinding.Cluster }}',
          NodeGroup: '{{ machinesOfCluster.NodeGroup }}',
          InstanceIds: '{{ machinesOfCluster.InstanceIds }}',
          Controls: '{{ readFinding.Control }}',
          CaSha256: '{{ fingerprints.CaSha256 }}',
          DocumentVersion: `{{ ${remedyStep.name}.Version }}`,
          DocumentHash: `{{ ${remedyStep.name}.Hash }}`,
          RunbookVersion: `{{ ${runbookStep.name}.Version }}`,
          RunbookHash: `{{ ${runbookStep.name}.Hash }}`,
        },
      },
      isEnd: true,
    },
  ],
});

/** What is the newest version of a document now: what is approved later is still that, or nothing is run. */
const described = (name: string, document: string, nextStep: string) => ({
  name,
  action: 'aws:executeAwsApi',
  onFailure: 'Abort',
  // CloudFormation may leave the version before as the default one (cloudformation-coverage-roadmap#2539).
  inputs: { Service: 'ssm', Api: 'DescribeDocument', Name: document, DocumentVersion: '$LATEST' },
  outputs: [
    { Name: 'Version', Selector: '$.Document.LatestVersion', Type: 'String' },
    { Name: 'Hash', Selector: '$.Document.Hash', Type: 'String' },
  ],
  nextStep,
});

const runbookStep = described('describeRunbook', remediationRunbookName, 'remediate');
const remedyStep = described('describeRemedy', remediateDocumentName, runbookStep.name);

const place = {
  Partition: '{{ global:AWS_PARTITION }}',
  Region: '{{ global:REGION }}',
  Account: '{{ global:ACCOUNT_ID }}',
} as const;

interface ScriptStepOptions {
  /** The function of finding-answer.py. */
  readonly handler: string;
  readonly payload: object;
  readonly outputs?: Readonly<Record<string, 'String' | 'StringList'>>;
}

const scriptStep = (name: string, nextStep: string, { handler, payload, outputs }: ScriptStepOptions) => ({
  name,
  action: 'aws:executeScript',
  onFailure: 'Abort',
  inputs: { Runtime: 'python3.11', Handler: handler, InputPayload: payload, Script: script() },
  ...(outputs && {
    outputs: Object.entries(outputs).map(([Name, Type]) => ({ Name, Selector: `$.Payload.${Name}`, Type })),
  }),
  nextStep,
});

const script = (): string => readFileSync(new URL('finding-answer.py', import.meta.url), 'utf8');
