import { stringify } from 'yaml';
import type { NodeGroup, NodeKind } from '../../../model/model.ts';
import type { SettingPath, SettingValue } from '../../../model/settings.ts';
import { printable } from '../../../model/text/printable.ts';
import type { Snippet } from '../plan.ts';
import { bottlerocketOption } from '../steps/bottlerocket-option.ts';
import { kubeletDropIn, nodeConfig, type SnippetOptions } from './node-config.ts';
import { al2Script, barePart, bootstrapLine, bottlerocketSettings, mimePart, windowsUserData } from './user-data.ts';

/** What is pasted so that nodes of this kind start right. Nothing where no text of user data can do it (modes of files, what the image itself sets). */
export function snippetsFor(kind: NodeKind, group: NodeGroup, wanted: SnippetOptions): readonly Snippet[] {
  const own = group.kind === 'karpenter' ? ofKarpenter(kind, group, wanted) : ofKind(kind, group, wanted);
  return own.filter(({ text }) => text !== '');
}

function ofKind(kind: NodeKind, group: NodeGroup, wanted: SnippetOptions): readonly Snippet[] {
  const isManaged = group.kind === 'managed';
  // EKS adds the call itself to the user data of its own images, and forbids a second one. Source: EKS user guide, "Customize managed nodes".
  const ofOwnImage = isManaged
    ? 'only where the launch template names an image (EKS calls the bootstrap itself otherwise): '
    : '';

  switch (kind) {
    case 'al2023': {
      const text = nodeConfig(wanted);
      return [
        {
          fileName: 'node-config.yaml',
          language: 'yaml',
          use: 'as a file of the image, /etc/eks/nodeadm.d/50-kubelet.yaml: nodeadm merges it over the user data. Images before v20251023 do not read that folder: then take the user data',
          text,
        },
        {
          fileName: 'user-data.mime',
          language: 'mime',
          use: `as the last NodeConfig part of the launch template’s user data, between the boundaries of the MIME document that is there${isManaged ? ' (EKS adds the part that names the cluster)' : ''}`,
          text: barePart('application/node.eks.aws', text),
        },
      ];
    }
    case 'hybrid':
      return [
        {
          fileName: 'node-config.yaml',
          language: 'yaml',
          use: 'merged into the NodeConfig that the node was set up with; then, on the node: sudo nodeadm init -c file://nodeConfig.yaml',
          text: nodeConfig(wanted),
        },
      ];
    case 'al2': {
      const script = al2Script(wanted);
      return [
        {
          fileName: 'user-data.mime',
          language: 'mime',
          use: 'as a part of the launch template’s user data that runs before bootstrap.sh, between the boundaries of the MIME document that is there',
          text: barePart('text/x-shellscript; charset="us-ascii"', script),
        },
        {
          fileName: 'bootstrap.sh',
          language: 'shell',
          use: `${ofOwnImage}merged into the one --kubelet-extra-args of your call of bootstrap.sh, in place of the bad value: a second one would replace the first, and no file can change what an argument sets`,
          text: bootstrapLine({ ...wanted, settings: onlyByArgument(wanted) }),
        },
      ];
    }
    case 'ubuntu':
      return [
        {
          fileName: 'bootstrap.sh',
          language: 'shell',
          use: 'in the user data of the launch template: the other arguments of your call stay',
          text: bootstrapLine(wanted),
        },
      ];
    case 'bottlerocket':
      return [
        {
          fileName: 'settings.toml',
          language: 'toml',
          use: 'merged into the user data of the launch template',
          text: bottlerocketSettings(wanted),
        },
      ];
    case 'windows':
      return [
        {
          fileName: 'user-data.ps1',
          language: 'powershell',
          use: `${ofOwnImage}in the user data of the launch template: the other parameters of your call stay`,
          text: windowsUserData(wanted),
        },
      ];
    case 'linux':
      return [
        {
          fileName: '50-kubelet.conf',
          language: 'yaml',
          use: 'in the folder that --config-dir names, or merged into the file that --config names',
          text: kubeletDropIn(wanted),
        },
      ];
    case 'auto-mode':
    case 'fargate':
      return [];
  }
}

const onlyByArgument = ({ settings, byArgument }: SnippetOptions): SnippetOptions['settings'] =>
  new Map([...settings].filter(([setting]) => byArgument.includes(setting)));

/**
 * `spec.kubelet` of released EC2NodeClasses has no field for any of these settings (it is about reservations, evictions, image collection and
 * numbers of pods), so they go into `spec.userData`. Source: karpenter-provider-aws `pkg/apis/v1/ec2nodeclass.go`.
 */
function ofKarpenter(kind: NodeKind, group: NodeGroup, wanted: SnippetOptions): readonly Snippet[] {
  const userData = userDataOf(kind, wanted);
  // Karpenter writes the call of the Windows bootstrap itself, and takes other images’ user data as it is.
  if (userData === undefined) return kind === 'windows' ? [] : ofKind(kind, group, wanted);

  return [
    {
      fileName: 'ec2nodeclass.yaml',
      language: 'yaml',
      use: `merged into the EC2NodeClass that node pool ${printable(group.name, 100)} names: spec.userData is one text, so what is written there stays beside it`,
      text:
        userData === ''
          ? ''
          : stringify(
              { apiVersion: 'karpenter.k8s.aws/v1', kind: 'EC2NodeClass', spec: { userData } },
              { lineWidth: 0 },
            ),
    },
  ];
}

function userDataOf(kind: NodeKind, wanted: SnippetOptions): string | undefined {
  const part = (type: string, text: string): string => (text === '' ? '' : mimePart(type, text));

  switch (kind) {
    case 'al2023':
      return part('application/node.eks.aws', nodeConfig(wanted));
    case 'al2':
      return part('text/x-shellscript; charset="us-ascii"', al2Script(wanted));
    case 'bottlerocket':
      // Karpenter drops what it does not know of the TOML, and standalone-mode is none of its keys: no node of it is in that mode by user data.
      return bottlerocketSettings({ ...wanted, settings: new Map([...wanted.settings].filter(isKnownToKarpenter)) });
    default:
      return undefined;
  }
}

const isKnownToKarpenter = ([setting]: readonly [SettingPath, SettingValue]): boolean =>
  bottlerocketOption({ about: { kind: 'setting', setting } }, undefined)?.option !== 'standalone-mode';
