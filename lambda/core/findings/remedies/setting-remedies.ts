import { type SettingPath, settings } from '../../model/settings.ts';
import type { Remedy } from './remedy.ts';

interface SettingRemediesOptions {
  readonly path: SettingPath;
  readonly expected: string;
}

const flag = (path: SettingPath): string => `--${settings[path].flag}`;

const certificateGate: SettingPath = 'featureGates.RotateKubeletServerCertificate';

/** What to set. The gate renews nothing while the certificate is not requested from the cluster. */
const wanted = ({ path, expected }: SettingRemediesOptions, before = ''): string =>
  path === certificateGate
    ? `${before}serverTLSBootstrap and ${path} (expected ${expected})`
    : `${before}${path} (expected ${expected})`;

/** One flag holds all gates. */
const withoutFlag = (path: SettingPath, place: string): string =>
  path === certificateGate ? `change no other gate in ${flag(path)} of ${place}` : `drop ${flag(path)} from ${place}`;

/** How to give a setting another value, so that it lasts. */
export const settingRemedies: Readonly<Record<Remedy, (wanted: SettingRemediesOptions) => string>> = {
  nodeadm: (asked) =>
    `Set ${wanted(asked, 'spec.kubelet.config.')} in the NodeConfig of the launch template's user data, or in a NodeConfig file of the image under /etc/eks/nodeadm.d (from AMI v20251023 on), and ${withoutFlag(asked.path, 'spec.kubelet.flags')}, since flags win. Then roll out new nodes: nodeadm rewrites the kubelet's files at each boot, so an edit on the node does not last.`,
  karpenter: (asked) =>
    `Set ${wanted(asked)} in the EC2NodeClass: for AL2023 a NodeConfig part in spec.userData, for AL2 a shell part in spec.userData that edits kubelet-config.json, for Bottlerocket TOML settings. Look for an override in spec.kubelet, which newer versions render last, and for ${flag(asked.path)} in the user data. Karpenter then replaces the drifted nodes.`,
  al2: (asked) =>
    `Set ${wanted(asked)} in /etc/kubernetes/kubelet/kubelet-config.json, ${withoutFlag(asked.path, "the unit's drop-ins in /etc/systemd/system/kubelet.service.d")}, run systemctl daemon-reload and restart the kubelet. New nodes take it from bootstrap.sh --kubelet-extra-args in the launch template. AL2 no longer gets EKS images: plan the move to AL2023.`,
  bottlerocket: (asked) =>
    `Bottlerocket generates the kubelet's configuration from its settings. ${bottlerocketCause(asked)} Change the settings in the launch template's user data (TOML), then replace the nodes.`,
  ubuntu: (asked) =>
    `Set ${wanted(asked)}: on Ubuntu's EKS images the kubelet is the snap kubelet-eks, so change ${flag(asked.path)} with snap set kubelet-eks (its own option, or args) and restart the snap. New nodes take it from bootstrap.sh --kubelet-extra-args in the launch template's user data.`,
  linux: (asked) =>
    `Set ${wanted(asked)} in the file that the kubelet's --config names, make sure that no drop-in of --config-dir and no flag ${flag(asked.path)} overrides it, and restart the kubelet. Change the image or the user data too, so that new nodes start that way.`,
  windows: (asked) =>
    `Set ${flag(asked.path)} by -KubeletExtraArgs of Start-EKSBootstrap.ps1 in the launch template's user data, for ${wanted(asked)}, or drop a wrong one there, then replace the nodes. The kubelet's file is C:\\ProgramData\\kubernetes\\kubelet-config.json.`,
  hybrid: (asked) =>
    `Set ${wanted(asked, 'spec.kubelet.config.')} in the NodeConfig given to nodeadm on the hybrid node, ${withoutFlag(asked.path, 'spec.kubelet.flags')}, and run nodeadm init again: it rewrites the kubelet's files and restarts the kubelet.`,
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

const bottlerocketCause = ({ path, expected }: SettingRemediesOptions): string =>
  lostInStandaloneMode.includes(path)
    ? `${path} (expected ${expected}) is lost only in standalone mode: unset settings.kubernetes.standalone-mode, and give settings.kubernetes.cluster-certificate.`
    : `Set what settings.kubernetes offers for ${path} (expected ${expected}).`;
