import type { NodeKind } from '../../../model/model.ts';
import type { LaunchedImage } from './launched-group.ts';

/** An EKS-optimized AMI, by AWS's word: what kind of node it makes, and its Kubernetes version. */
export interface KnownImage {
  readonly kind: NodeKind;
  /** `1.34` */
  readonly version: string;
}

/** Names of AMIs that AWS publishes for EKS, and public parameters, where only AWS can write. Source: EKS User Guide, "Node AMIs"; Bottlerocket, "Finding an AMI". */
const known: readonly (readonly [RegExp, NodeKind])[] = [
  [/^amazon-eks-node-al2023-(?:x86_64|arm64)-(?:standard|nvidia|neuron)[\w.]*-(1\.\d+)-v\d+/, 'al2023'],
  [/^amazon-eks-(?:gpu-|arm64-)?node-(1\.\d+)-v\d+/, 'al2'],
  [/^bottlerocket-aws-k8s-(1\.\d+)-/, 'bottlerocket'],
  [/^Windows_Server-\d+-English-(?:Core|Full)-EKS_Optimized-(1\.\d+)-/, 'windows'],
  [/^resolve:ssm:\/aws\/service\/eks\/optimized-ami\/(1\.\d+)\/amazon-linux-2023\//, 'al2023'],
  [/^resolve:ssm:\/aws\/service\/eks\/optimized-ami\/(1\.\d+)\/amazon-linux-2(?:-gpu|-arm64)?\//, 'al2'],
  [/^resolve:ssm:\/aws\/service\/bottlerocket\/aws-k8s-(1\.\d+)(?:-nvidia)?\//, 'bottlerocket'],
  [
    /^resolve:ssm:\/aws\/service\/ami-windows-latest\/Windows_Server-\d+-English-(?:Core|Full)-EKS_Optimized-(1\.\d+)\//,
    'windows',
  ],
];

/** The EKS-optimized AMI that this is, by its name or by the public parameter that it resolves; `undefined` for any other. */
export function knownImage({ id, amazonName }: LaunchedImage): KnownImage | undefined {
  for (const [pattern, kind] of known) {
    const version = pattern.exec(amazonName ?? id)?.[1];
    if (version !== undefined) return { kind, version };
  }
  return undefined;
}
