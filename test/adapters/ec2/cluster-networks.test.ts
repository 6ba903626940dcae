import { describe, expect, it } from 'vitest';
import { ec2Client } from '../../../lambda/adapters/ec2/client.ts';
import { ec2ClusterNetworks } from '../../../lambda/adapters/ec2/cluster-networks.ts';
import type { Cluster } from '../../../lambda/core/model/model.ts';
import { clusterIn } from '../../fakes/ports.ts';
import { labVpc } from '../../lab/aws/ec2/ec2.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const lab = await labOfFile(accountId);

const ask = (network?: Cluster['network']) => {
  const cluster = { ...clusterIn({ partition: 'aws', accountId, region }, 'prod'), ...(network && { network }) };
  const client = () => ec2Client({ region, credentials: async () => lab.credentials(accountId) });
  return ec2ClusterNetworks({ client })(cluster, new AbortController().signal);
};

describe('ec2ClusterNetworks', () => {
  it("gives every network that the VPC has now, and those of the cluster's hybrid nodes", async () => {
    expect(await ask({ vpcId: labVpc.id, remoteNodeNetworks: ['192.168.0.0/24'] })).toEqual({
      ok: true,
      value: [...labVpc.cidrs, labVpc.ipv6Cidr, '192.168.0.0/24'],
    });
  });

  it('is a problem when the VPC is not there, when EC2 forbids, and when AWS was not asked for the cluster', async () => {
    expect(await ask({ vpcId: 'vpc-00000000000000000', remoteNodeNetworks: [] })).toMatchObject({
      error: { code: 'ec2-unavailable', message: expect.stringContaining('vpc-00000000000000000') },
    });

    lab.faults.inject('ec2:DescribeVpcs', { kind: 'error', code: 'UnauthorizedOperation', status: 403 }, { times: 1 });
    expect(await ask({ vpcId: labVpc.id, remoteNodeNetworks: [] })).toMatchObject({
      error: { code: 'ec2-forbidden', remedy: expect.stringContaining('ec2:DescribeVpcs') },
    });

    expect(await ask()).toMatchObject({ error: { code: 'cluster-networks-unknown' } });
  });
});
