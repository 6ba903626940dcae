import { type SettingPath, settingPaths } from '../../../../lambda/core/model/settings.ts';
import { originText } from '../../../../lambda/core/model/text/origin-text.ts';
import { nextNode } from '../../../../lambda/core/next-node/read/next-node.ts';
import type { NextNode, NextNodeOptions, NextNodePiece } from '../../../../lambda/core/next-node/read/types.ts';
import type { TreeMap } from '../../../../lambda/core/read/kubelet/documents/tree.ts';

interface LiteralMap {
  readonly [key: string]: null | boolean | number | string | LiteralMap;
}

/** A literal of the program as a tree. */
const treeOf = (literal: LiteralMap): TreeMap =>
  new Map(
    Object.entries(literal).map(([key, value]) => [
      key,
      typeof value === 'object' && value !== null ? treeOf(value) : value,
    ]),
  );

export const userData = (text: string | Uint8Array): NextNodePiece => ({
  from: 'user-data',
  bytes: typeof text === 'string' ? new TextEncoder().encode(text) : new Uint8Array(text),
});

export type Given = Partial<Omit<NextNodeOptions, 'pieces'>> & { readonly pieces?: readonly NextNodePiece[] };

const al2023 = { kind: 'al2023', kubeletMinor: 34, ami: 'standard', cluster: 'eks-adds' } as const;

export const nodeOf = (text: string | Uint8Array, given: Given = {}): NextNode =>
  nextNode({ ...al2023, pieces: [userData(text)], ...given });

/** A setting's value, or `?` where it is not known. */
export function valueIn(node: NextNode, setting: SettingPath): unknown {
  const fact = node.reading.ok ? node.reading.value.settings[setting] : undefined;
  return fact?.state === 'known' ? fact.value : '?';
}

/** What the defaults of the EKS-optimized image set. */
const eksDefaults: Readonly<Partial<Record<SettingPath, unknown>>> = {
  'authentication.x509.clientCAFile': '/etc/kubernetes/pki/ca.crt',
  'authentication.anonymous.enabled': false,
  'authentication.webhook.enabled': true,
  'authorization.mode': 'Webhook',
  readOnlyPort: 0,
  streamingConnectionIdleTimeout: '4h0m0s',
  protectKernelDefaults: true,
  makeIPTablesUtilChains: true,
  eventRecordQPS: 50,
  rotateCertificates: false,
  serverTLSBootstrap: true,
  'featureGates.RotateKubeletServerCertificate': true,
};

/** The settings that are otherwise than by these defaults, as `path=value`. */
export const changesIn = (node: NextNode): string =>
  settingPaths
    .filter((path) => valueIn(node, path) !== eksDefaults[path])
    .map((path) => `${path}=${valueIn(node, path)}`)
    .join(' ');

export function originOf(node: NextNode, setting: SettingPath): string {
  const fact = node.reading.ok ? node.reading.value.settings[setting] : undefined;
  return fact?.state === 'known' ? originText(fact.origin) : '?';
}

/** What a node of this user data will run, where that is written, whether it joins and what else is said, in one line. */
export function shownIn(text: string, node: NextNode): string {
  const { reading, places, joins } = node;
  const written = [...places].map(([setting, { value, entry, ...place }]) => {
    const ranges = place.behind ? [] : [value, entry].filter((range) => range !== undefined);
    const shown = ranges.map(({ start, end }) => ` | ${Buffer.from(text).subarray(start, end)}`);
    return `${setting}=${valueIn(node, setting)} ${JSON.stringify(place).replaceAll('"', '')}${shown.join('')}`;
  });
  const by = joins.status === 'no' ? ` by ${joins.by}` : '';
  const said = joins.status === 'yes' ? [] : [`${joins.status}${by}: ${joins.because}`];
  if (reading.ok) return [...written, ...said, ...reading.value.notes.slice(1)].join('; ');
  const { because } = reading.error;
  return [because, ...said].join('; ').replace(`; unknown: ${because}`, '').replace(`${by}: ${because}`, by);
}

export const top = 'apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n';
export const cluster = `  cluster:
    name: c
    apiServerEndpoint: https://example.com
    certificateAuthority: Y2E=
    cidr: 10.100.0.0/16
`;
export const nodeConfig = (kubelet: string): string => `${top}spec:\n${cluster}  kubelet:\n    ${kubelet}\n`;
/** Settings that a tool renders, such as Karpenter or eksctl. */
export const rendered = (name: string, config: LiteralMap, flags?: readonly string[]): NextNodePiece => ({
  from: 'kubelet',
  name,
  config: treeOf(config),
  ...(flags && { flags }),
});
export const multipart = (...parts: readonly (readonly [string, string])[]): string =>
  `Content-Type: multipart/mixed; boundary="B"\n\n${parts.map(([type, body]) => `--B\nContent-Type: ${type}\n\n${body}\n`).join('')}--B--\n`;
export const nodePart = (kubelet: string) => ['application/node.eks.aws', nodeConfig(kubelet)] as const;
