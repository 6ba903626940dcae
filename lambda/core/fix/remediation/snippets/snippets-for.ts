import { Document, stringify } from 'yaml';
import type { Cluster, NodeGroup, NodeKind } from '../../../model/model.ts';
import type { SettingPath, SettingValue } from '../../../model/settings.ts';
import { powershellText, printable, shellWord, tomlText } from '../../../model/text/words.ts';
import { argumentOf, nodePlaces } from '../node-places.ts';
import type { Snippet } from '../plan.ts';
import { bottlerocketOptions } from '../steps/bottlerocket-step.ts';

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

/** What a bootstrap is given to find and believe its cluster: AWS's word, held to strict forms before any snippet takes it up. */
export interface ClusterWords {
  readonly name?: string;
  readonly region?: string;
  readonly endpointUrl?: string;
  /** Base64 of the CA in PEM, as `certificateAuthority.data` of DescribeCluster. */
  readonly certificate?: string;
}

const pem = /^(?:\s*-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)+$/;

/** Eight certificates at most. */
const isPem = (text: string): boolean =>
  text.length <= 131_072 && text.split('BEGIN CERTIFICATE').length <= 9 && pem.test(text.trimEnd());

export function clusterWords({ name, arn, endpoint }: Cluster): ClusterWords {
  return {
    ...(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/.test(name) && { name }),
    ...(arn && /^[a-z0-9-]{1,40}$/.test(arn.region) && { region: arn.region }),
    ...(endpoint && /^https:\/\/[A-Za-z0-9.-]{1,253}$/.test(endpoint.url) && { endpointUrl: endpoint.url }),
    ...(endpoint && isPem(endpoint.caPem) && { certificate: btoa(endpoint.caPem) }),
  };
}

/** What a snippet is made of: values of this program's catalogue, and AWS's word on the cluster. Nothing that a node said. */
export interface SnippetOptions {
  readonly settings: ReadonlyMap<SettingPath, SettingValue>;
  /** Those whose bad value comes by an argument: the file alone would not change them. */
  readonly byArgument: readonly SettingPath[];
  readonly cluster: ClusterWords;
  /** Whether to renew the bootstrap's own copy of the cluster's CA. */
  readonly renewsCa: boolean;
}

/**
 * A NodeConfig with the wanted values and nothing else. Merging over the others, nodeadm takes configuration key by key and flags one after the other.
 * The last one of a flag wins. Source: amazon-eks-ami `nodeadm/internal/api/merge.go`, `internal/kubelet/environment.go`.
 */
export function nodeConfig({ settings, byArgument, cluster, renewsCa }: SnippetOptions): string {
  const flags = byArgument.flatMap((setting) => {
    const value = settings.get(setting);
    return value === undefined ? [] : [argumentOf(setting, value)];
  });
  const kubelet = {
    ...(settings.size > 0 && { config: nested(settings) }),
    ...(flags.length > 0 && { flags }),
  };
  const spec = {
    ...(renewsCa && cluster.certificate && { cluster: { certificateAuthority: cluster.certificate } }),
    ...(Object.keys(kubelet).length > 0 && { kubelet }),
  };
  if (Object.keys(spec).length === 0) return '';

  return `---\n${stringify({ apiVersion: 'node.eks.aws/v1alpha1', kind: 'NodeConfig', spec }, { lineWidth: 0 })}`;
}

/** A drop-in for `--config-dir`, and at the same time what belongs into the main file: YAML is read in both. */
export const kubeletDropIn = ({ settings }: SnippetOptions): string =>
  settings.size === 0
    ? ''
    : stringify(
        { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', ...nested(settings) },
        { lineWidth: 0 },
      );

/** `a.b.c` → `{ a: { b: { c } } }`, in the order given. Paths are this program's own. */
function nested(settings: SnippetOptions['settings']): object {
  const tree = new Document({});
  for (const [path, value] of settings) tree.setIn(path.split('.'), value);
  return tree.toJS();
}

/** One part of user data, to be put between the boundaries that are there: a whole document in another one would be nested, or hide the others. */
const barePart = (contentType: string, text: string): string =>
  text === '' ? '' : `Content-Type: ${contentType}\n\n${text.trimEnd()}\n`;

/** User data of one part, as cloud-init and nodeadm read it. More parts go between the boundaries. */
const mimePart = (contentType: string, text: string): string =>
  text === ''
    ? ''
    : `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="BOUNDARY"\n\n--BOUNDARY\n${barePart(contentType, text)}\n--BOUNDARY--\n`;

/** Runs before bootstrap.sh, which keeps what the file says about these keys. What an argument sets no file can change. */
export function al2Script({ settings, byArgument }: SnippetOptions): string {
  const inFile = [...settings].filter(([setting]) => !byArgument.includes(setting));
  if (inFile.length === 0) return '';
  const program = inFile.map(([path, value]) => `.${path} = ${JSON.stringify(value)}`).join(' | ');

  return [
    '#!/bin/bash',
    'set -o errexit -o nounset -o pipefail',
    '',
    `file=${shellWord(nodePlaces.al2.config ?? '')}`,
    `jq ${shellWord(program)} "$file" > "$file.new"`,
    'install --owner=root --group=root --mode=644 "$file.new" "$file"',
    'rm "$file.new"',
    '',
  ].join('\n');
}

const argumentsOf = (settings: SnippetOptions['settings']): string =>
  [...settings].map(([setting, value]) => argumentOf(setting, value)).join(' ');

/** The line of user data that calls bootstrap.sh itself: AL2 with an image of one's own, Ubuntu. */
export function bootstrapLine({ settings, cluster, renewsCa }: SnippetOptions): string {
  const given = argumentsOf(settings);
  const { name, endpointUrl, certificate } = cluster;
  const words = [
    ...(renewsCa && endpointUrl !== undefined && certificate !== undefined
      ? [`--apiserver-endpoint ${shellWord(endpointUrl)}`, `--b64-cluster-ca ${shellWord(certificate)}`]
      : []),
    ...(given === '' ? [] : [`--kubelet-extra-args '${given}'`]),
  ];
  if (words.length === 0) return '';

  const command = `/etc/eks/bootstrap.sh ${name === undefined ? '"$CLUSTER"' : shellWord(name)}`;
  return `${[command, ...words].join(' \\\n  ')}\n`;
}

/** User data of Bottlerocket, which is TOML and nothing else. */
export function bottlerocketSettings({ settings, cluster, renewsCa }: SnippetOptions): string {
  const lines = [...settings.keys()].flatMap((setting) => {
    const found = bottlerocketOptions[setting];
    return found ? [`${found.option} = ${found.value}`] : [];
  });
  if (renewsCa && cluster.certificate) lines.push(`cluster-certificate = ${tomlText(cluster.certificate)}`);
  return lines.length === 0 ? '' : `[settings.kubernetes]\n${[...new Set(lines)].join('\n')}\n`;
}

/** The bootstrap's own parameters stay; this one is added. Source: EKS user guide, `eks-optimized-windows-ami`. */
export function windowsUserData({ settings, cluster, renewsCa }: SnippetOptions): string {
  const given = argumentsOf(settings);
  const { endpointUrl, certificate } = cluster;
  const words = [
    ...(renewsCa && endpointUrl !== undefined && certificate !== undefined
      ? [`-APIServerEndpoint ${powershellText(endpointUrl)}`, `-Base64ClusterCA ${powershellText(certificate)}`]
      : []),
    ...(given === '' ? [] : [`-KubeletExtraArgs ${powershellText(given)}`]),
  ];
  if (words.length === 0) return '';

  const name = cluster.name === undefined ? '$Cluster' : powershellText(cluster.name);
  return [
    '<powershell>',
    '[string]$EKSBootstrapScriptFile = "$env:ProgramFiles\\Amazon\\EKS\\Start-EKSBootstrap.ps1"',
    `& $EKSBootstrapScriptFile -EKSClusterName ${name} ${words.join(' ')} 3>&1 4>&1 5>&1 6>&1`,
    '</powershell>',
    '',
  ].join('\n');
}
