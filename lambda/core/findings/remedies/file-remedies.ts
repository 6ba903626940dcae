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
