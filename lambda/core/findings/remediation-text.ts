import type { Control } from '../control.ts';
import { type SettingPath, settings } from '../kubelet/settings.ts';
import type { ClusterNode } from '../model.ts';
import type { AsffRecommendation } from './asff.ts';
import type { FindingStatus } from './compliance.ts';
import { findingText } from './finding-text.ts';

/** Where a node's kubelet gets its configuration from, hence where it is mended. */
type Remedy = 'nodeadm' | 'karpenter' | 'al2' | 'bottlerocket' | 'ubuntu' | 'linux' | 'windows' | 'hybrid' | 'aws';

/**
 * How to mend it so that it lasts, for the kind of node that is worst off; generated from the setting that the control names.
 * Text at most 512 characters (ASFF), never blank. Source: facts about each node kind's bootstrap (docs/findings.md).
 */
export function remediation(
  control: Pick<Control, 'setting' | 'expected'>,
  node: Pick<ClusterNode, 'kind' | 'group'>,
  status: FindingStatus,
): AsffRecommendation {
  if (status === 'unknown') return makeReadable(node);

  const remedy = remedyFor(node);
  return { Text: findingText(texts[remedy](describe(control)), 512), Url: urls[remedy] };
}

function remedyFor({ kind, group }: Pick<ClusterNode, 'kind' | 'group'>): Remedy {
  if (kind === 'auto-mode' || kind === 'fargate') return 'aws';
  if (group.kind === 'karpenter') return 'karpenter';
  return kind === 'al2023' ? 'nodeadm' : kind;
}

interface Setting {
  readonly path: SettingPath;
  readonly flag: string;
  readonly expected: string;
}

const describe = ({ setting, expected }: Pick<Control, 'setting' | 'expected'>): Setting => ({
  path: setting,
  flag: `--${settings[setting].flag}`,
  expected: findingText(expected, 100),
});

const texts: Readonly<Record<Remedy, (setting: Setting) => string>> = {
  nodeadm: ({ path, flag, expected }) =>
    `Set spec.kubelet.config.${path} (expected ${expected}) in the NodeConfig of the launch template's user data, or in a NodeConfig file of the image under /etc/eks/nodeadm.d, and drop ${flag} from spec.kubelet.flags, since flags win. Then roll out new nodes: nodeadm rewrites the kubelet's files at each boot, so an edit on the node does not last.`,
  karpenter: ({ path, flag, expected }) =>
    `Set ${path} (expected ${expected}) in the EC2NodeClass: for AL2023 a NodeConfig part in spec.userData, for AL2 --kubelet-extra-args, for Bottlerocket TOML settings. Look for an override in spec.kubelet and for ${flag} in the user data. Karpenter then replaces the drifted nodes.`,
  al2: ({ path, flag, expected }) =>
    `Set ${path} (expected ${expected}) in /etc/kubernetes/kubelet/kubelet-config.json, drop ${flag} from the unit's drop-ins in /etc/systemd/system/kubelet.service.d, run systemctl daemon-reload and restart the kubelet. New nodes take it from bootstrap.sh --kubelet-extra-args in the launch template. AL2 no longer gets EKS images: plan the move to AL2023.`,
  bottlerocket: (setting) =>
    `Bottlerocket generates the kubelet's configuration from its settings. ${bottlerocketCause(setting)} Change the settings in the launch template's user data (TOML), then replace the nodes.`,
  ubuntu: ({ path, flag, expected }) =>
    `Set ${path} (expected ${expected}): on Ubuntu's EKS images the kubelet is the snap kubelet-eks, so change ${flag} with snap set kubelet-eks and restart the snap. New nodes take it from bootstrap.sh --kubelet-extra-args in the launch template's user data.`,
  linux: ({ path, flag, expected }) =>
    `Set ${path} (expected ${expected}) in the file that the kubelet's --config names, make sure that no drop-in of --config-dir and no flag ${flag} overrides it, and restart the kubelet. Change the image or the user data too, so that new nodes start that way.`,
  windows: ({ path, flag, expected }) =>
    `Set ${flag} (${path}, expected ${expected}) by -KubeletExtraArgs of Start-EKSBootstrap.ps1 in the launch template's user data, or drop a wrong one there, then replace the nodes. The kubelet's file is C:\\ProgramData\\kubernetes\\kubelet-config.json.`,
  hybrid: ({ path, flag, expected }) =>
    `Set spec.kubelet.config.${path} (expected ${expected}) in the NodeConfig given to nodeadm on the hybrid node, drop ${flag} from spec.kubelet.flags, and run nodeadm init again: it rewrites the kubelet's files and restarts the kubelet.`,
  aws: ({ path, expected }) =>
    `AWS runs this kubelet (EKS Auto Mode or Fargate), so its ${path} (expected ${expected}) cannot be changed by you: replace the node, and open a case with AWS Support if new ones show the same.`,
};

/** What standalone mode loses: it runs without an API server, with anonymous access on and AlwaysAllow. */
const lostInStandaloneMode: readonly SettingPath[] = [
  'authentication.x509.clientCAFile',
  'authentication.anonymous.enabled',
  'authentication.webhook.enabled',
  'authorization.mode',
];

const bottlerocketCause = ({ path, expected }: Setting): string =>
  lostInStandaloneMode.includes(path)
    ? `${path} (expected ${expected}) is lost only in standalone mode: unset settings.kubernetes.standalone-mode, and give settings.kubernetes.cluster-certificate.`
    : `Set what settings.kubernetes offers for ${path} (expected ${expected}).`;

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

const makeReadable = ({ kind }: Pick<ClusterNode, 'kind'>): AsffRecommendation => {
  const configz =
    'let the API server reach the kubelet and grant the audit get on nodes/proxy (an access entry and its RBAC)';
  const ssm =
    kind === 'auto-mode' || kind === 'fargate'
      ? 'SSM does not reach nodes that AWS runs'
      : 'let SSM manage the node and deploy the probe document';

  return {
    Text: findingText(
      `The kubelet could not be read, so nothing is proved. The status reasons say what answered. To have it read: ${configz}; or ${ssm}.`,
      512,
    ),
    Url: 'https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html',
  };
};
