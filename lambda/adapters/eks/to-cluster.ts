import { X509Certificate } from 'node:crypto';
import type { Cluster as EksCluster } from '@aws-sdk/client-eks';
import { parseClusterArn } from '../../core/model/cluster-arn.ts';
import type { Cluster, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { certificateBlocks } from '../pem.ts';

/** What DescribeCluster says, reduced to what the audit uses. */
export function toCluster(described: EksCluster, fargate: boolean): Result<Cluster, Problem> {
  const arn = parseClusterArn(described.arn ?? '');
  if (!arn || described.name !== arn.name) {
    return err({
      code: 'cluster-undescribed',
      message: `DescribeCluster gave no usable ARN for ${described.name ?? 'a cluster'}: ${described.arn ?? 'none'}`,
      remedy: 'report this with the ARN: it has a form that this version does not know',
    });
  }

  const network = described.resourcesVpcConfig;
  const remoteNodeNetworks = (described.remoteNetworkConfig?.remoteNodeNetworks ?? []).flatMap(
    (each) => each.cidrs ?? [],
  );
  const caPem = Buffer.from(described.certificateAuthority?.data ?? '', 'base64').toString('utf8');

  return ok({
    name: arn.name,
    arn,
    ...(described.status && { status: described.status }),
    ...(described.version && { version: described.version }),
    ...(described.accessConfig?.authenticationMode && {
      authenticationMode: described.accessConfig.authenticationMode,
    }),
    ...(described.endpoint && {
      endpoint: {
        url: described.endpoint,
        caPem,
        caFingerprints: caFingerprints(caPem),
        publicAccess: network?.endpointPublicAccess ?? true,
        privateAccess: network?.endpointPrivateAccess ?? false,
        publicAccessCidrs: network?.publicAccessCidrs ?? [],
      },
    }),
    compute: {
      autoMode: described.computeConfig?.enabled ?? false,
      fargate,
      hybrid: remoteNodeNetworks.length > 0,
    },
    network: { ...(network?.vpcId && { vpcId: network.vpcId }), remoteNodeNetworks },
  });
}

/**
 * SHA-256 of each certificate in a PEM bundle (64 lower-case hexadecimal digits), each once. Empty when any of them cannot be read:
 * half of a bundle would make a node that holds the other half look wrong.
 */
export function caFingerprints(pem: string): readonly string[] {
  try {
    const certificates = certificateBlocks(pem).map((each) => new X509Certificate(each));
    return [...new Set(certificates.map((each) => each.fingerprint256.replaceAll(':', '').toLowerCase()))];
  } catch {
    return [];
  }
}
