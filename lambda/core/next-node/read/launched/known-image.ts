import type { NodeKind } from '../../../model/model.ts';

/** An EKS-optimized AMI, by AWS's word: what kind of node it makes, and its Kubernetes version. */
export interface KnownImage {
  readonly kind: NodeKind;
  /** `1.34` */
  readonly version: string;
}

/** Names of AMIs that AWS publishes for EKS (EKS User Guide, "Node AMIs"; Bottlerocket's documentation, "Finding an AMI"). */
const names: readonly (readonly [RegExp, NodeKind])[] = [
  [/^amazon-eks-node-al2023-(?:x86_64|arm64)-(?:standard|nvidia|neuron)[\w.]*-(1\.\d+)-v\d+/, 'al2023'],
  [/^amazon-eks-(?:gpu-|arm64-)?node-(1\.\d+)-v\d+/, 'al2'],
  [/^bottlerocket-aws-k8s-(1\.\d+)-/, 'bottlerocket'],
  [/^Windows_Server-\d+-English-(?:Core|Full)-EKS_Optimized-(1\.\d+)-/, 'windows'],
];

/** Public parameters below /aws/service, where only AWS can write. */
const parameters: readonly (readonly [RegExp, NodeKind])[] = [
  [/^\/aws\/service\/eks\/optimized-ami\/(1\.\d+)\/amazon-linux-2023\//, 'al2023'],
  [/^\/aws\/service\/eks\/optimized-ami\/(1\.\d+)\/amazon-linux-2(?:-gpu|-arm64)?\//, 'al2'],
  [/^\/aws\/service\/bottlerocket\/aws-k8s-(1\.\d+)(?:-nvidia)?\//, 'bottlerocket'],
  [/^\/aws\/service\/ami-windows-latest\/Windows_Server-\d+-English-(?:Core|Full)-EKS_Optimized-(1\.\d+)\//, 'windows'],
];

/** @param name of an AMI that AWS itself owns: anybody may give their own AMI such a name */
export const imageNamed = (name: string): KnownImage | undefined => matchIn(names, name);

/** The AMI behind `resolve:ssm:NAME` of a launch template, where its name alone says which it is. */
export const imageOfParameter = (imageId: string): KnownImage | undefined =>
  imageId.startsWith('resolve:ssm:') ? matchIn(parameters, imageId.slice('resolve:ssm:'.length)) : undefined;

function matchIn(known: readonly (readonly [RegExp, NodeKind])[], text: string): KnownImage | undefined {
  for (const [pattern, kind] of known) {
    const version = pattern.exec(text)?.[1];
    if (version !== undefined) return { kind, version };
  }
  return undefined;
}
