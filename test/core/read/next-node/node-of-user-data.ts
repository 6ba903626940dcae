import type { SettingPath } from '../../../../lambda/core/model/settings.ts';
import { originText } from '../../../../lambda/core/model/text/origin-text.ts';
import {
  type NextNode,
  type NextNodeOptions,
  type NextNodePiece,
  nextNode,
} from '../../../../lambda/core/read/next-node/next-node.ts';

export const userData = (text: string | Uint8Array): NextNodePiece => ({
  from: 'user-data',
  bytes: typeof text === 'string' ? new TextEncoder().encode(text) : new Uint8Array(text),
});

export type Given = Partial<Omit<NextNodeOptions, 'pieces'>> & { readonly pieces?: readonly NextNodePiece[] };

export const nodeOf = (text: string | Uint8Array, given: Given = {}): NextNode =>
  nextNode({
    kind: 'al2023',
    kubeletMinor: 34,
    ami: 'standard',
    cluster: 'eks-adds',
    pieces: [userData(text)],
    ...given,
  });

/** A setting's value, or `?` where it is not known. */
export function valueIn(node: NextNode, setting: SettingPath): unknown {
  const fact = node.reading.ok ? node.reading.value.settings[setting] : undefined;
  return fact?.state === 'known' ? fact.value : '?';
}

export function originOf(node: NextNode, setting: SettingPath): string {
  const fact = node.reading.ok ? node.reading.value.settings[setting] : undefined;
  return fact?.state === 'known' ? originText(fact.origin) : '?';
}

export const top = 'apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n';
export const cluster = `  cluster:
    name: c
    apiServerEndpoint: https://example.com
    certificateAuthority: Y2E=
    cidr: 10.100.0.0/16
`;
export const nodeConfig = (kubelet: string): string => `${top}spec:\n${cluster}  kubelet:\n    ${kubelet}\n`;
export const multipart = (...parts: readonly (readonly [string, string])[]): string =>
  `Content-Type: multipart/mixed; boundary="B"\n\n${parts.map(([type, body]) => `--B\nContent-Type: ${type}\n\n${body}\n`).join('')}--B--\n`;
export const nodePart = (kubelet: string) => ['application/node.eks.aws', nodeConfig(kubelet)] as const;
