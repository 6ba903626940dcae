import { stringify } from 'yaml';
import type { NodeGroup, NodeKind } from '../../../model/model.ts';
import { printable } from '../../../model/text/printable.ts';
import type { Snippet } from '../plan.ts';
import { bottlerocketOptions } from '../steps/bottlerocket-step.ts';
import {
  al2Script,
  barePart,
  bootstrapLine,
  bottlerocketSettings,
  kubeletDropIn,
  mimePart,
  nodeConfig,
  type SnippetOptions,
  windowsUserData,
} from './snippet-texts.ts';

const languages = { yaml: 'yaml', conf: 'yaml', mime: 'mime', sh: 'shell', toml: 'toml', ps1: 'powershell' } as const;
type Ending = keyof typeof languages;

/** @param file its name without the ending, and the ending */
const snippet = ([name, ending]: readonly [name: string, Ending], use: string, text: string): Snippet => ({
  fileName: `${name}.${ending}`,
  language: languages[ending],
  use,
  text,
});

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
      const inImage =
        'as a file of the image, /etc/eks/nodeadm.d/50-kubelet.yaml: nodeadm merges it over the user data. Images before v20251023 do not read that folder: then take the user data';
      const asPart = `as the last NodeConfig part of the launch template’s user data, between the boundaries of the MIME document that is there${isManaged ? ' (EKS adds the part that names the cluster)' : ''}`;
      return [
        snippet(['node-config', 'yaml'], inImage, text),
        snippet(['user-data', 'mime'], asPart, barePart(nodeConfigType, text)),
      ];
    }
    case 'hybrid': {
      const use =
        'merged into the NodeConfig that the node was set up with; then, on the node: sudo nodeadm init -c file://nodeConfig.yaml';
      return [snippet(['node-config', 'yaml'], use, nodeConfig(wanted))];
    }
    case 'al2': {
      const asPart =
        'as a part of the launch template’s user data that runs before bootstrap.sh, between the boundaries of the MIME document that is there';
      const asCall = `${ofOwnImage}merged into the one --kubelet-extra-args of your call of bootstrap.sh, in place of the bad value: a second one would replace the first, and no file can change what an argument sets`;
      const settings = new Map([...wanted.settings].filter(([setting]) => wanted.byArgument.includes(setting)));
      return [
        snippet(['user-data', 'mime'], asPart, barePart(scriptType, al2Script(wanted))),
        snippet(['bootstrap', 'sh'], asCall, bootstrapLine({ ...wanted, settings })),
      ];
    }
    case 'ubuntu': {
      const use = 'in the user data of the launch template: the other arguments of your call stay';
      return [snippet(['bootstrap', 'sh'], use, bootstrapLine(wanted))];
    }
    case 'bottlerocket': {
      const use = 'merged into the user data of the launch template';
      return [snippet(['settings', 'toml'], use, bottlerocketSettings(wanted))];
    }
    case 'windows': {
      const use = `${ofOwnImage}in the user data of the launch template: the other parameters of your call stay`;
      return [snippet(['user-data', 'ps1'], use, windowsUserData(wanted))];
    }
    case 'linux': {
      const use = 'in the folder that --config-dir names, or merged into the file that --config names';
      return [snippet(['50-kubelet', 'conf'], use, kubeletDropIn(wanted))];
    }
    case 'auto-mode':
    case 'fargate':
      return [];
  }
}

/**
 * `spec.kubelet` of released EC2NodeClasses has no field for any of these settings (it is about reservations, evictions, image collection and
 * numbers of pods), so they go into `spec.userData`. Source: karpenter-provider-aws `pkg/apis/v1/ec2nodeclass.go`.
 */
function ofKarpenter(kind: NodeKind, group: NodeGroup, wanted: SnippetOptions): readonly Snippet[] {
  const userData = userDataOf(kind, wanted);
  // Karpenter writes the call of the Windows bootstrap itself, and takes other images’ user data as it is.
  if (userData === undefined) return kind === 'windows' ? [] : ofKind(kind, group, wanted);

  const nodeClass = { apiVersion: 'karpenter.k8s.aws/v1', kind: 'EC2NodeClass', spec: { userData } };
  const use = `merged into the EC2NodeClass that node pool ${printable(group.name, 100)} names: spec.userData is one text, so what is written there stays beside it`;
  return [snippet(['ec2nodeclass', 'yaml'], use, userData === '' ? '' : stringify(nodeClass, { lineWidth: 0 }))];
}

const nodeConfigType = 'application/node.eks.aws';
const scriptType = 'text/x-shellscript; charset="us-ascii"';

function userDataOf(kind: NodeKind, wanted: SnippetOptions): string | undefined {
  if (kind === 'al2023') return mimePart(nodeConfigType, nodeConfig(wanted));
  if (kind === 'al2') return mimePart(scriptType, al2Script(wanted));
  if (kind !== 'bottlerocket') return undefined;
  // Karpenter drops what it does not know of the TOML, and standalone-mode is none of its keys: no node of it is in that mode by user data.
  const known = [...wanted.settings].filter(([setting]) => bottlerocketOptions[setting]?.option !== 'standalone-mode');
  return bottlerocketSettings({ ...wanted, settings: new Map(known) });
}
