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

/** How to give a setting another value, so that it lasts: two or three sentences. */
export const settingRemedies: Readonly<Record<Remedy, (wanted: SettingRemediesOptions) => string>> = {
  nodeadm: (asked) =>
    `Set ${wanted(asked, 'spec.kubelet.config.')} in the NodeConfig of the launch template's user data or of the image (/etc/eks/nodeadm.d), and ${withoutFlag(asked.path, 'spec.kubelet.flags')}. Then roll out new nodes: nodeadm rewrites the kubelet's files at each boot.`,
  karpenter: (asked) =>
    `Set ${wanted(asked)} in spec.userData of the EC2NodeClass (AL2023: NodeConfig; AL2: shell; Bottlerocket: TOML), and ${withoutFlag(asked.path, 'it')}; spec.kubelet must not override it. Karpenter then replaces the drifted nodes.`,
  al2: (asked) =>
    `Set ${wanted(asked)} in /etc/kubernetes/kubelet/kubelet-config.json, ${withoutFlag(asked.path, 'bootstrap.sh --kubelet-extra-args and /etc/systemd/system/kubelet.service.d')}, and restart the kubelet. AL2 gets no new EKS images: plan the move to AL2023.`,
  bottlerocket: (asked) =>
    `${bottlerocketCause(asked)} Change the launch template's user data (TOML), then replace the nodes.`,
  ubuntu: (asked) =>
    `Set ${wanted(asked)}: change ${flag(asked.path)} with snap set kubelet-eks and restart the snap. For new nodes, change bootstrap.sh --kubelet-extra-args in the launch template's user data.`,
  linux: (asked) =>
    `Set ${wanted(asked)} in the file that the kubelet's --config names; no drop-in of --config-dir and no flag ${flag(asked.path)} may override it. Restart the kubelet, and change the image or the user data too.`,
  windows: (asked) =>
    `Set ${flag(asked.path)}, for ${wanted(asked)}, by -KubeletExtraArgs of Start-EKSBootstrap.ps1 in the launch template's user data, then replace the nodes.`,
  hybrid: (asked) =>
    `Set ${wanted(asked, 'spec.kubelet.config.')} in the node's NodeConfig, ${withoutFlag(asked.path, 'spec.kubelet.flags')}, and run nodeadm init again.`,
  aws: ({ path, expected }) =>
    `AWS runs this kubelet (EKS Auto Mode or Fargate), so you can't change its ${path} (expected ${expected}). Replace the node; if new nodes show the same, open a case with AWS Support.`,
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

interface FlagRemediesOptions {
  readonly flag: string;
  readonly expected: string;
}

const from =
  (place: string, then: string) =>
  ({ flag, expected }: FlagRemediesOptions): string =>
    `Take ${flag} (expected ${expected}) out of ${place}, then ${then}.`;

/** Where a flag without a setting comes from. The images of EKS may set it on their own, and then it can only be accepted. */
export const flagRemedies: Readonly<Record<Remedy, (wanted: FlagRemediesOptions) => string>> = {
  nodeadm: (wanted) =>
    `${from("spec.kubelet.flags of the NodeConfig in the launch template's user data or the image", 'roll out new nodes')(wanted)} nodeadm sets it, too: such a node is as AWS made it.`,
  karpenter: from('the user data of the EC2NodeClass', 'let Karpenter replace the drifted nodes'),
  al2: from(
    "bootstrap.sh --kubelet-extra-args in the launch template's user data and the unit's drop-ins in /etc/systemd/system/kubelet.service.d",
    'roll out new nodes',
  ),
  bottlerocket: ({ flag, expected }) =>
    `Bottlerocket generates ${flag} (expected ${expected}) from settings.kubernetes.hostname-override and its own defaults: unset what the user data (TOML) sets, then replace the nodes.`,
  ubuntu: from(
    "bootstrap.sh --kubelet-extra-args in the launch template's user data and from snap get kubelet-eks",
    'roll out new nodes',
  ),
  linux: from("the kubelet's unit, in the image or the user data", 'restart the kubelet'),
  windows: from('-KubeletExtraArgs of Start-EKSBootstrap.ps1 in the user data', 'replace the nodes'),
  hybrid: from('spec.kubelet.flags of the NodeConfig', 'run nodeadm init again on the node'),
  aws: ({ flag, expected }) =>
    `AWS runs this kubelet (EKS Auto Mode or Fargate), so you can't change its ${flag} (expected ${expected}).`,
};

interface FileRemediesOptions {
  /** The flag that names the file. */
  readonly flag: string;
  readonly property: 'mode' | 'owner';
  readonly expected: string;
}

const command = ({ flag, property }: Pick<FileRemediesOptions, 'flag' | 'property'>): string =>
  `${property === 'mode' ? 'chmod 644' : 'chown root:root'} on the file that ${flag} names`;

const onTheNode =
  (lasting: string) =>
  (wanted: FileRemediesOptions): string =>
    `Run ${command(wanted)} (${wanted.property} expected: ${wanted.expected}). ${lasting}`;

/** How a file gets a mode or an owner that lasts: the program that writes the file, or changes it later, must set it. */
export const fileRemedies: Readonly<Record<Remedy, (wanted: FileRemediesOptions) => string>> = {
  nodeadm: onTheNode(
    'nodeadm rewrites the file at each boot: fix what changes it afterwards, in the user data or the image, and roll out new nodes.',
  ),
  karpenter: onTheNode(
    'Fix what changes it after the bootstrap, in spec.userData of the EC2NodeClass or the image. Karpenter then replaces the drifted nodes.',
  ),
  al2: onTheNode(
    "bootstrap.sh writes the file at the first boot: fix what changes it afterwards, in the launch template's user data or the image.",
  ),
  bottlerocket: ({ flag, property, expected }) =>
    `Bottlerocket generates the file that ${flag} names (${property} expected: ${expected}). Find out what changed it, and replace the node.`,
  ubuntu: onTheNode("Fix what changes it after bootstrap.sh, in the launch template's user data or the image."),
  linux: onTheNode('Change the image or the user data too.'),
  windows: ({ flag, property, expected }) =>
    `Windows has access lists instead of a ${property} (${expected} on Linux): let only SYSTEM and Administrators write the file that ${flag} names.`,
  hybrid: onTheNode('nodeadm init rewrites the file: fix what changes it afterwards.'),
  aws: ({ flag, property, expected }) =>
    `AWS runs this kubelet (EKS Auto Mode or Fargate), so you can't change the ${property} (expected ${expected}) of the file that ${flag} names. Replace the node.`,
};
