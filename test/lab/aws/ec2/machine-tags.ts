import type { NodeGroup } from '../../../../lambda/core/model/model.ts';
import { autoScalingGroupOf } from '../eks/eks.ts';

interface Machine {
  readonly cluster: string;
  readonly group: NodeGroup;
  /** `lt-…:VERSION` */
  readonly launchTemplate?: string;
}

/** The tags that an EC2 instance carries when this kind of group made it. */
export function machineTags({ cluster, group, launchTemplate }: Machine): Readonly<Record<string, string>> {
  const [id, version] = launchTemplate?.split(':') ?? [];

  return {
    'aws:eks:cluster-name': cluster,
    ...tagsOf[group.kind](cluster, group.name),
    ...(id && { 'aws:ec2launchtemplate:id': id }),
    ...(version && { 'aws:ec2launchtemplate:version': version }),
  };
}

const owned = (cluster: string) => ({ [`kubernetes.io/cluster/${cluster}`]: 'owned' });

const tagsOf: Readonly<Record<NodeGroup['kind'], (cluster: string, name: string) => Readonly<Record<string, string>>>> =
  {
    managed: (cluster, name) => ({
      'eks:cluster-name': cluster,
      'eks:nodegroup-name': name,
      'aws:autoscaling:groupName': autoScalingGroupOf(name),
      ...owned(cluster),
    }),
    karpenter: (cluster, name) => ({
      'eks:eks-cluster-name': cluster,
      'karpenter.sh/nodepool': name,
      'karpenter.k8s.aws/ec2nodeclass': name,
      'karpenter.sh/nodeclaim': `${name}-x7k2p`,
      ...owned(cluster),
    }),
    'auto-mode': (cluster, name) => ({
      'eks:eks-cluster-name': cluster,
      'eks:kubernetes-node-pool-name': name,
      'eks:kubernetes-node-class-name': 'default',
    }),
    'auto-scaling-group': (cluster, name) => ({ 'aws:autoscaling:groupName': name, ...owned(cluster) }),
    'self-managed': owned,
    // AWS shows no EC2 instance of these.
    fargate: () => ({}),
    hybrid: () => ({}),
  };
