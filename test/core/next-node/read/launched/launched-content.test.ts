import { describe, expect, it } from 'vitest';
import {
  type LaunchedNode,
  launchedNode,
  ownersNode,
} from '../../../../../lambda/core/next-node/read/launched/launched-content.ts';
import type { LaunchSource, ManagedBy } from '../../../../../lambda/core/next-node/read/launched/launched-group.ts';
import { knownImage } from '../../../../../lambda/core/next-node/read/launched/launched-group.ts';
import { groupLine } from '../carriers/declared-lines.ts';
import { nodeConfig } from '../node-of-user-data.ts';
import { rowsOf } from '../rows.ts';

const group = { kind: 'managed', name: 'workers' } as const;
const userData = Buffer.from(`# é\n${nodeConfig('config: {readOnlyPort: 1}')}`).toString('base64');
const al2 = Buffer.from('#!/bin/bash\nmkdir /tmp/x\n').toString('base64');
const typed = { amiType: 'AL2023_x86_64_STANDARD', version: '1.34' };
const image = { id: 'ami-1', amazonName: 'amazon-eks-node-1.30-v20250101' };
const shown = ({ declared, text }: LaunchedNode): string => groupLine(text, declared);
const launched = (source: Partial<LaunchSource>, managed?: ManagedBy): string =>
  shown(launchedNode({ group, sources: [], ...(managed && { managed }) }, { name: 'x', ...source }));
const owners = (source: Partial<LaunchSource>, managed?: ManagedBy): string =>
  shown(ownersNode({ group, sources: [], ...(managed && { managed }) }, { name: 'x', ...source }));
const ofClass = (spec: object | string): string => {
  const top = { apiVersion: 'karpenter.k8s.aws/v1', kind: 'EC2NodeClass', metadata: { name: 'c' } };
  const nodeClass = typeof spec === 'string' ? spec : JSON.stringify({ ...top, spec });
  return shown(launchedNode({ group: { kind: 'karpenter', name: 'pool' }, sources: [] }, { name: 'class', nodeClass }));
};
const named = (name: string): string => Object.values(knownImage({ id: 'ami-1', amazonName: name }) ?? {}).join(' ');
const parameter = (name: string): string => Object.values(knownImage({ id: name }) ?? {}).join(' ');
const windows = 'Windows_Server-2022-English-Core-EKS_Optimized-1.34';

function knows(strings: TemplateStringsArray, ...found: readonly string[]): void {
  it.each(rowsOf(strings, ...found))('is known as far as AWS describes it: $name', ({ value, expected }) => {
    expect(value).toBe(expected);
  });
}

describe('what a node group launches', () => {
  knows`
    a type of EKS: ${launched({ userData, image }, typed)} → 1 workers managed al2023 standard whole 1.34; readOnlyPort=1 line 11 | encoding
    a custom type: ${launched({ userData }, { ...typed, amiType: 'CUSTOM' })} → 1 workers managed al2023 custom whole 1.34; readOnlyPort=? line 11 | encoding; unknown
    an image: ${launched({ userData: al2, image })} → 1 workers managed al2 standard whole 1.30; no
    an image beside a version: ${launched({ image }, { version: '1.31' })} → 1 workers managed al2 standard whole 1.30; no
    a custom image: ${launched({ userData, image: { id: 'ami-2' } }, { version: '1.31' })} → 1 workers managed al2023 custom whole 1.31; readOnlyPort=? line 11 | encoding; unknown
    nothing: ${launched({})} → 1 workers managed linux custom whole; it is not known which bootstrap this node has; unknown
    empty user data: ${launched({ userData: '' }, typed)} → 1 workers managed al2023 standard whole 1.34; no
    an unknown type: ${launched({ userData, image }, { amiType: 'X' })} → 1 workers managed al2 standard whole; no
    no base64: ${launched({ userData: '*' }, typed)} → 1 workers managed al2023 standard whole 1.34; its user data is no base64
    bytes: ${launched({ userData: 'H4sI' }, typed)} → 1 workers managed al2023 standard whole 1.34; nodeadm cannot read the user data, a gzip that is broken; no
    no template: ${launched({ userData, unreadable: 'it is gone' }, typed)} → 1 workers managed al2023 standard whole 1.34; it is gone
    the owner's template: ${owners({ userData }, typed)} → 1 workers managed al2023 standard eks-adds 1.34; readOnlyPort=1 line 11 | encoding
    the owner's template without a type: ${owners({ userData })} → 1 workers managed al2023 standard eks-adds; readOnlyPort=1 line 11 | encoding
    the owner's template of AL2: ${owners({ userData: al2 }, { amiType: 'AL2_x86_64' })} → 1 workers managed al2 standard eks-adds
    the owner's template of a custom type: ${owners({ userData }, { amiType: 'CUSTOM', version: '1.34' })} → 1 workers managed al2023 custom whole 1.34; readOnlyPort=? line 11 | encoding; unknown
    other templates of an owner: ${[owners({ userData }, { amiType: 'AL9_x' }), owners({ userData: '*' }, typed)].join(' // ')} → 1 workers managed linux standard eks-adds; it is not known which bootstrap this node has; unknown // 1 workers managed al2023 standard eks-adds 1.34; its user data is no base64
    other images: ${[launched({ userData, image: { id: 'ami-2' } }, typed), launched({ userData }, { version: '1.31' })].join(' // ')} → 1 workers managed al2023 standard whole 1.34; readOnlyPort=1 line 11 | encoding // 1 workers managed al2023 custom whole 1.31; readOnlyPort=? line 11 | encoding; unknown
    other classes: ${[ofClass({ amiFamily: 'AL2023', kubelet: { readOnlyPort: 1 }, userData: nodeConfig('config: {readOnlyPort: 2}') }), ofClass('{"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass"}'), ofClass('{"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "spec": 3}')].join(' // ')} → 1 pool karpenter al2023 standard eks-adds; readOnlyPort=1 nowhere; spec.kubelet has fields (readOnlyPort) that only a Karpenter whose EC2NodeClass takes any kubelet setting applies; an older one drops them // 1 pool karpenter linux custom whole; it is not known which bootstrap this node has; unknown // 1 pool karpenter linux custom whole; it is not known which bootstrap this node has; unknown
    the owner's template without user data: ${owners({}, typed)} → 1 workers managed al2023 standard eks-adds 1.34
    the owner's template of bytes: ${owners({ userData: 'H4sI' }, typed)} → 1 workers managed al2023 standard eks-adds 1.34; nodeadm cannot read the user data, a gzip that is broken; no
    the owner's template that is gone: ${owners({ unreadable: 'it is gone' }, typed)} → 1 workers managed al2023 standard eks-adds 1.34; it is gone
    a node class: ${launched({ nodeClass: '{}', userData }, typed)} → 1 workers managed linux custom whole; the API server sent no EC2NodeClass that can be read
    a class with user data: ${ofClass({ amiFamily: 'AL2023', userData: `# é\n${nodeConfig('config: {readOnlyPort: 1}')}` })} → 1 pool karpenter al2023 standard eks-adds; readOnlyPort=1 line 11 | encoding
    a class with spec.kubelet: ${ofClass({ amiFamily: 'AL2023', kubelet: { readOnlyPort: 1 } })} → 1 pool karpenter al2023 standard eks-adds; readOnlyPort=1 nowhere; spec.kubelet has fields (readOnlyPort) that only a Karpenter whose EC2NodeClass takes any kubelet setting applies; an older one drops them
    a class with a list as user data: ${ofClass({ amiFamily: 'AL2023', userData: [] })} → 1 pool karpenter al2023 standard eks-adds; spec.userData is no text
    a class that is no JSON: ${ofClass('{')} → 1 pool karpenter linux custom whole; the API server sent no EC2NodeClass that can be read
    a class of another kind: ${ofClass('{"spec": {"userData": "x"}}')} → 1 pool karpenter linux custom whole; the API server sent no EC2NodeClass that can be read

    the AMI of AL2023: ${named('amazon-eks-node-al2023-arm64-nvidia-1.34-v20251103')} → al2023 1.34
    the AMI of AL2: ${named('amazon-eks-node-1.30-v20251103')} → al2 1.30
    the AMI of AL2 with GPU: ${named('amazon-eks-gpu-node-1.30-v20251103')} → al2 1.30
    the AMI of Bottlerocket: ${named('bottlerocket-aws-k8s-1.34-nvidia-x86_64-v1.50.0')} → bottlerocket 1.34
    the AMI of Windows: ${named(`${windows}-2025.11.11`)} → windows 1.34
    an AMI that is called like it: ${named('my-amazon-eks-node-1.30-v20251103 amazon-eks-node-1.30 bottlerocket-aws-k8s-1.34')} → 
    names of AMIs: ${[['al2023-x86_64-standard', 'al2023-arm64-standard', 'al2023-x86_64-neuron', 'al2023-x86_64-nvidia560.1', 'al2023-x86_64-other', 'al2023-i386-standard'].map((each) => named(`amazon-eks-node-${each}-1.34-v20251103`)).join(), ['amazon-eks-arm64-node-1.30-v1', 'amazon-eks-x-node-1.30-v1', 'amazon-eks-node-1.x-v1', 'amazon-eks-node-1.30-vx', 'amazon-eks-node-al2023-x86_64-standard-1.34-x', 'x-bottlerocket-aws-k8s-1.34-x', 'bottlerocket-aws-k8s-1.34x', 'bottlerocket-aws-ecs-1.34-x'].map(named).join(), ['Windows_Server-2019-English-Full-EKS_Optimized-1.31-x', `x${windows}-x`, windows, 'Windows_Server-x-English-Core-EKS_Optimized-1.34-x', 'Windows_Server-2022-English-Nano-EKS_Optimized-1.34-x', 'Windows_Server-2022-English-Core-EKS_Optimized-x-'].map(named).join()].join(' // ')} → al2023 1.34,al2023 1.34,al2023 1.34,al2023 1.34,, // al2 1.30,,,,,,, // windows 1.31,,,,,
    names of parameters: ${[['eks/optimized-ami/1.34/amazon-linux-2/x', 'eks/optimized-ami/1.34/amazon-linux-2-arm64/x', 'eks/optimized-ami/1.34/amazon-linux-2x/x', 'eks/optimized-ami/1.34/amazon-linux-2023x/x', 'eks/optimized-ami/x/amazon-linux-2023/x', 'bottlerocket/aws-k8s-1.34/x', 'bottlerocket/aws-k8s-1.34-x/x', 'ami-windows-latest/Windows_Server-2019-English-Full-EKS_Optimized-1.31/x', 'ami-windows-latest/Windows_Server-2019-English-X-EKS_Optimized-1.31/x', `ami-windows-latest/${windows}0x`].map((each) => parameter(`resolve:ssm:/aws/service/${each}`)).join(), ['eks/optimized-ami/1.34/amazon-linux-2023/', 'eks/optimized-ami/1.30/amazon-linux-2/', 'bottlerocket/aws-k8s-1.34/', `ami-windows-latest/${windows}/`].flatMap((each) => [parameter(`resolve:ssm:x/aws/service/${each}`), parameter(`xresolve:ssm:/aws/service/${each}`)]).join('')].join(' // ')} → al2 1.34,al2 1.34,,,,bottlerocket 1.34,,windows 1.31,, // 
    the parameter of AL2023: ${parameter('resolve:ssm:/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/standard/recommended/image_id')} → al2023 1.34
    the parameter of AL2: ${parameter('resolve:ssm:/aws/service/eks/optimized-ami/1.30/amazon-linux-2-gpu/recommended/image_id')} → al2 1.30
    the parameter of Bottlerocket: ${parameter('resolve:ssm:/aws/service/bottlerocket/aws-k8s-1.34-nvidia/x86_64/latest/image_id')} → bottlerocket 1.34
    the parameter of Windows: ${parameter(`resolve:ssm:/aws/service/ami-windows-latest/${windows}/image_id`)} → windows 1.34
    a parameter of others: ${parameter('resolve:ssm:/own/aws/service/bottlerocket/aws-k8s-1.34/x/image_id')} → 
    a name that is no parameter: ${parameter('/aws/service/bottlerocket/aws-k8s-1.34/x86_64/latest/image_id')} → 
  `;
});
