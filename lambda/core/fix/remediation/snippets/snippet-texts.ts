import { Document, stringify } from 'yaml';
import type { SettingPath, SettingValue } from '../../../model/settings.ts';
import { powershellText, shellWord, tomlText } from '../../../model/text/quote.ts';
import { argumentOf, nodePlaces } from '../node-places.ts';
import type { ClusterWords } from '../roll-out.ts';
import { bottlerocketOptions } from '../steps/bottlerocket-step.ts';

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
export const barePart = (contentType: string, text: string): string =>
  text === '' ? '' : `Content-Type: ${contentType}\n\n${text.trimEnd()}\n`;

/** User data of one part, as cloud-init and nodeadm read it. More parts go between the boundaries. */
export const mimePart = (contentType: string, text: string): string =>
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
