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
