import type { SettingPath, SettingValue } from '../../../model/settings.ts';
import { powershellText, shellWord, tomlText } from '../../../model/text/quote.ts';
import { nodePlaces } from '../node-places.ts';
import { type BottlerocketOption, bottlerocketOption } from '../steps/bottlerocket-option.ts';
import { argumentOf } from '../wanted-value.ts';
import type { SnippetOptions } from './node-config.ts';

/** User data of one part, as cloud-init and nodeadm read it. More parts go between the boundaries. */
export const mimePart = (contentType: string, text: string): string =>
  [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="BOUNDARY"',
    '',
    '--BOUNDARY',
    `Content-Type: ${contentType}`,
    '',
    text.trimEnd(),
    '',
    '--BOUNDARY--',
    '',
  ].join('\n');

/** One part of such user data, to be put between the boundaries that are there: a whole document in another one would be nested, or hide the others. */
export const barePart = (contentType: string, text: string): string =>
  text === '' ? '' : `Content-Type: ${contentType}\n\n${text.trimEnd()}\n`;

/** Runs before bootstrap.sh, which keeps what the file says about these keys. What an argument sets no file can change. */
export function al2Script({ settings, byArgument }: SnippetOptions): string {
  const inFile = [...settings].filter(([setting]) => !byArgument.includes(setting));
  if (inFile.length === 0) return '';
  const program = inFile.map(assignment).join(' | ');

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

const assignment = ([path, value]: readonly [SettingPath, SettingValue]): string =>
  `.${path} = ${JSON.stringify(value)}`;

/** The line of user data that calls bootstrap.sh itself: AL2 with an image of one's own, Ubuntu. */
export function bootstrapLine({ settings, cluster, renewsCa }: SnippetOptions): string {
  const given = [...settings].map(([setting, value]) => argumentOf(setting, value)).join(' ');
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
  const options = [
    ...[...settings.keys()].map((setting) => bottlerocketOption({ about: { kind: 'setting', setting } }, undefined)),
    ...(renewsCa
      ? [
          bottlerocketOption(
            { about: { kind: 'content', setting: 'authentication.x509.clientCAFile' } },
            cluster.certificate,
          ),
        ]
      : []),
  ].filter((each) => each !== undefined);
  if (options.length === 0) return '';

  const lines = new Map(options.map(({ option, value }) => [option, `${option} = ${inToml(value)}`]));
  return `[settings.kubernetes]\n${[...lines.values()].join('\n')}\n`;
}

const inToml = (value: BottlerocketOption['value']): string =>
  typeof value === 'string' ? tomlText(value) : String(value);

/** The bootstrap's own parameters stay; this one is added. Source: EKS user guide, `eks-optimized-windows-ami`. */
export function windowsUserData({ settings, cluster, renewsCa }: SnippetOptions): string {
  const given = [...settings].map(([setting, value]) => argumentOf(setting, value)).join(' ');
  const words = [
    ...(renewsCa && cluster.endpointUrl !== undefined && cluster.certificate !== undefined
      ? [
          `-APIServerEndpoint ${powershellText(cluster.endpointUrl)}`,
          `-Base64ClusterCA ${powershellText(cluster.certificate)}`,
        ]
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
