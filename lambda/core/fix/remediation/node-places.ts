import { type SettingPath, type SettingValue, settings } from '../../model/settings.ts';

/** Kinds whose kubelet reads files and arguments that can be edited on the node. */
export type EditableKind = 'al2' | 'al2023' | 'ubuntu' | 'linux' | 'hybrid';

interface NodePlaces {
  /** Where the image or its bootstrap puts the cluster's CA. */
  readonly clientCa: string;
  /** What `--config` names unless it was changed. */
  readonly config?: string;
  /** Where the kubelet's arguments stand, the place for a new one first. */
  readonly argumentFiles: readonly string[];
  /** The variable that carries the arguments. */
  readonly variable?: string;
}

const pki = '/etc/kubernetes/pki/ca.crt';
const unit = '/etc/systemd/system/kubelet.service.d';

const nodeadm: NodePlaces = {
  clientCa: pki,
  config: '/etc/kubernetes/kubelet/config.json',
  argumentFiles: ['/etc/eks/kubelet/environment'],
  variable: 'NODEADM_KUBELET_ARGS',
};

/** Source: awslabs/amazon-eks-ami (nodeadm `internal/kubelet`, AL2's bootstrap.sh), aws/eks-hybrid, Canonical's bootstrap.sh, the EKS images for Windows. */
export const nodePlaces: Readonly<Record<EditableKind | 'windows', NodePlaces>> = {
  al2: {
    clientCa: pki,
    config: '/etc/kubernetes/kubelet/kubelet-config.json',
    argumentFiles: [`${unit}/10-kubelet-args.conf`, `${unit}/30-kubelet-extra-args.conf`],
    variable: 'KUBELET_ARGS',
  },
  al2023: nodeadm,
  hybrid: nodeadm,
  ubuntu: { clientCa: pki, config: '/etc/kubernetes/kubelet/kubelet-config.json', argumentFiles: [] },
  // Where another image keeps its file is seen on the node only; the CA's place is the one that every image of EKS and kubeadm share.
  linux: { clientCa: pki, argumentFiles: [] },
  windows: { clientCa: 'C:\\ProgramData\\Amazon\\EKS\\cluster_ca.crt', argumentFiles: [] },
};

/**
 * The options of the snap that Canonical's bootstrap.sh sets, by the name of the flag. All other values of `--kubelet-extra-args` are in one option,
 * `args`. Source: /etc/eks/bootstrap.sh of the Ubuntu EKS images.
 */
const snapOptions: ReadonlySet<string> = new Set([
  'anonymous-auth',
  'authentication-token-webhook',
  'authorization-mode',
  'client-ca-file',
  'feature-gates',
]);

export const isSnapOption = (setting: SettingPath): boolean => snapOptions.has(settings[setting].flag);

/**
 * Whether a path is in one of the kubelet's own folders and needs no quoting anywhere: absolute, no `..`, no hidden part. Other paths that a node
 * names are shown to people, but are never used in a snippet, command or runbook.
 */
export const isKubeletPath = (path: string): boolean =>
  path.length <= 255 &&
  /^\/(?:etc\/kubernetes|etc\/eksctl|etc\/eks|var\/lib\/kubelet)(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/.test(path);

/** The one file that the runbook writes in a folder of drop-ins. It sorts last, and nodeadm leaves it alone. */
export const ownDropIn = '99-eks-kubelet-audit.conf';

/** The wanted value of a setting: one that its control passes. The client CA's is a path, which depends on the node. */
const wantedValues = {
  'authentication.anonymous.enabled': false,
  'authentication.webhook.enabled': true,
  'authorization.mode': 'Webhook',
  readOnlyPort: 0,
  streamingConnectionIdleTimeout: settings.streamingConnectionIdleTimeout.default,
  protectKernelDefaults: true,
  makeIPTablesUtilChains: true,
  eventRecordQPS: settings.eventRecordQPS.default,
  rotateCertificates: true,
  serverTLSBootstrap: true,
  'featureGates.RotateKubeletServerCertificate': true,
} as const satisfies Record<Exclude<SettingPath, 'authentication.x509.clientCAFile'>, SettingValue>;

export const wantedValue = (setting: SettingPath, clientCa: string): SettingValue =>
  setting === 'authentication.x509.clientCAFile' ? clientCa : wantedValues[setting];

/** `--read-only-port=0`, `--feature-gates=RotateKubeletServerCertificate=true` */
export function argumentOf(setting: SettingPath, value: SettingValue): string {
  const { flag } = settings[setting];
  const gate = setting.startsWith('featureGates.') ? `${setting.slice('featureGates.'.length)}=` : '';
  return `--${flag}=${gate}${value}`;
}
