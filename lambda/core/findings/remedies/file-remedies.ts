import type { Remedy } from './remedy.ts';

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
    'nodeadm writes the file anew at each boot: look in the user data and in the image for what changes it afterwards, fix that, and roll out new nodes.',
  ),
  karpenter: onTheNode(
    'Look in spec.userData of the EC2NodeClass and in the image for what changes it after the bootstrap, and fix that; Karpenter then replaces the drifted nodes.',
  ),
  al2: onTheNode(
    "bootstrap.sh writes the file at the first boot: look in the launch template's user data and in the image for what changes it afterwards, so that new nodes are right too.",
  ),
  bottlerocket: ({ flag, property, expected }) =>
    `Bottlerocket generates the file that ${flag} names, and nobody is meant to touch it (${property} expected: ${expected}): find out who did, and replace the node.`,
  ubuntu: onTheNode(
    "Look in the launch template's user data and in the image for what changes it after bootstrap.sh, so that new nodes are right too.",
  ),
  linux: onTheNode('Change the image or the user data too, so that new nodes start that way.'),
  windows: ({ flag, property, expected }) =>
    `Windows has access lists instead of this ${property} (${expected} on Linux): let only SYSTEM and Administrators write the file that ${flag} names.`,
  hybrid: onTheNode('nodeadm init writes the file anew: look for what changes it afterwards, and fix that.'),
  aws: ({ flag, property, expected }) =>
    `AWS runs this kubelet (EKS Auto Mode or Fargate), so the ${property} (expected ${expected}) of the file that ${flag} names cannot be changed by you: replace the node.`,
};
