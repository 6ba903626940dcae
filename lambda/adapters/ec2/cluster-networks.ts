import type { Cluster, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { attempted } from '../aws-access.ts';
import type { Ec2Clients } from './client.ts';

/** The CIDRs in which a cluster's nodes may have their addresses. */
export type ClusterNetworks = (cluster: Cluster, signal: AbortSignal) => Promise<Result<readonly string[], Problem>>;

/** All CIDRs of the cluster's VPC, IPv4 and IPv6, by ec2:DescribeVpcs, and those of its hybrid nodes by DescribeCluster. */
export function ec2ClusterNetworks({ client }: { readonly client: Ec2Clients }): ClusterNetworks {
  return async (cluster, signal) => {
    const { arn, network, name } = cluster;
    if (!network) return err(unknownNetwork(name));
    if (!arn || !network.vpcId) return ok(network.remoteNodeNetworks);

    const call = async () => {
      const { DescribeVpcsCommand } = await import('./sdk.ts');
      const ec2 = await client(arn);
      const command = new DescribeVpcsCommand({ VpcIds: [network.vpcId ?? ''] });
      const { Vpcs: [vpc] = [] } = await ec2.send(command, { abortSignal: signal });
      const ipv4 = (vpc?.CidrBlockAssociationSet ?? []).flatMap((each) =>
        each.CidrBlockState?.State === 'associated' && each.CidrBlock ? [each.CidrBlock] : [],
      );
      const ipv6 = (vpc?.Ipv6CidrBlockAssociationSet ?? []).flatMap((each) =>
        each.Ipv6CidrBlockState?.State === 'associated' && each.Ipv6CidrBlock ? [each.Ipv6CidrBlock] : [],
      );
      return [...ipv4, ...ipv6, ...network.remoteNodeNetworks];
    };
    return await attempted(call, {
      action: 'ec2:DescribeVpcs',
      place: arn,
      message: `the networks of ${network.vpcId}, the VPC of cluster ${name}, are not known (ec2:DescribeVpcs)`,
      forbidden: [
        'ec2-forbidden',
        'allow ec2:DescribeVpcs on * to this principal, or leave direct and tls out of --sources; until then no node is dialled',
      ],
      other: ['ec2-unavailable', 'run the audit again; until then no node is dialled'],
    });
  };
}

const unknownNetwork = (name: string): Problem => ({
  code: 'cluster-networks-unknown',
  message: `the networks of cluster ${name} are not known, so none of its nodes was dialled`,
  remedy: 'audit it with AWS credentials instead of a kubeconfig or a proxy, or leave tls out of --sources',
});
