import type { Control } from '../../control.ts';
import { flagOf, nameOf } from '../../controls/shared/about.ts';
import type { ClusterNode, NodeKind } from '../../model.ts';
import type { AsffRecommendation } from '../asff/asff.ts';
import type { FindingStatus } from '../asff/compliance.ts';
import { findingText } from '../finding-text.ts';
import { fileRemedies } from './file-remedies.ts';
import { flagRemedies } from './flag-remedies.ts';
import { type Remedy, remedyFor } from './remedy.ts';
import { settingRemedies } from './setting-remedies.ts';

type ControlText = Pick<Control, 'about' | 'expected' | 'remedy'>;

/**
 * How to fix it so that it lasts, for the kind of node that is worst off; generated from what the control names.
 * Text at most 512 characters (ASFF), never blank. Source: facts about each node kind's bootstrap (docs/findings.md).
 */
export function remediation(
  control: ControlText,
  node: Pick<ClusterNode, 'kind' | 'group'>,
  status: FindingStatus,
): AsffRecommendation {
  if (status === 'unknown') return makeReadable(control, node);
  return recommendation(control, remedyFor(node));
}

/** The same for a kind of place. */
export const recommendation = (control: ControlText, remedy: Remedy): AsffRecommendation => ({
  Text: findingText(textOf(control, remedy), 512),
  Url: urls[remedy],
});

function textOf({ about, expected, remedy: own }: ControlText, remedy: Remedy): string {
  const wanted = findingText(expected, 100);

  if (own !== undefined) return `${own} ${rollOut[remedy]}`;
  switch (about.kind) {
    case 'setting':
      return settingRemedies[remedy]({ path: about.setting, expected: wanted });
    case 'flag':
      return flagRemedies[remedy]({ flag: flagOf(about), expected: wanted });
    case 'file':
      return fileRemedies[remedy]({ flag: flagOf(about), property: about.property, expected: wanted });
    case 'content':
      return `Fix the ${nameOf(about)} (expected ${wanted}). ${rollOut[remedy]}`;
  }
}

/** How a change reaches the nodes of a kind, and stays. */
const rollOut: Readonly<Record<Remedy, string>> = {
  nodeadm: 'Change it in the user data of the launch template or in the image, then roll out new nodes.',
  karpenter: 'Change it in the EC2NodeClass; Karpenter then replaces the drifted nodes.',
  al2: 'Change it in the user data of the launch template, then roll out new nodes.',
  bottlerocket: 'Change the settings in the launch template’s user data (TOML), then replace the nodes.',
  ubuntu: 'Change it in the user data of the launch template or in the image, then roll out new nodes.',
  linux: 'Change it in the image or the user data, then roll out new nodes.',
  windows: 'Change it in the user data of the launch template, then replace the nodes.',
  hybrid: 'Change it in the NodeConfig of the hybrid node, and run nodeadm init again.',
  aws: 'AWS runs this kubelet: replace the node, and open a case with AWS Support if new ones show the same.',
};

const urls: Readonly<Record<Remedy, string>> = {
  nodeadm: 'https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/',
  karpenter: 'https://karpenter.sh/docs/concepts/nodeclasses/',
  al2: 'https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html',
  bottlerocket: 'https://bottlerocket.dev/en/os/latest/#/api/settings/kubernetes/',
  ubuntu: 'https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html',
  linux: 'https://kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/',
  windows: 'https://docs.aws.amazon.com/eks/latest/userguide/eks-optimized-windows-ami.html',
  hybrid: 'https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-nodeadm.html',
  aws: 'https://docs.aws.amazon.com/eks/latest/userguide/automode.html',
};

function makeReadable({ about }: ControlText, { kind }: Pick<ClusterNode, 'kind'>): AsffRecommendation {
  const configz =
    'let the API server reach the kubelet and grant the audit get on nodes/proxy (an access entry and its RBAC)';
  const ssm = ssmWords(kind);

  const text =
    about.kind === 'setting'
      ? `The kubelet could not be read, so nothing is proved. The status reasons say what answered. To have it read: ${configz}; or ${ssm}.`
      : `The ${nameOf(about)} could not be seen, so nothing is proved. Only SSM shows it: ${ssm}, and audit with every source. The status reasons say what answered.`;
  return {
    Text: findingText(text, 512),
    Url: 'https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html',
  };
}

function ssmWords(kind: NodeKind): string {
  switch (kind) {
    case 'auto-mode':
    case 'fargate':
      return 'SSM does not reach nodes that AWS runs';
    case 'windows':
      return 'the probe document of SSM reads Linux only';
    case 'hybrid':
      return 'register the node with SSM, which IAM Roles Anywhere does not do, and deploy the probe document';
    default:
      return 'let SSM manage the node and deploy the probe document';
  }
}
