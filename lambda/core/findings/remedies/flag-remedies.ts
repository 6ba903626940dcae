import type { Remedy } from './remedy.ts';

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
