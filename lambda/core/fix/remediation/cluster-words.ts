import type { Cluster } from '../../model/model.ts';

/** What a bootstrap is given to find and believe its cluster: AWS's word, held to strict forms before any snippet takes it up. */
export interface ClusterWords {
  readonly name?: string;
  readonly region?: string;
  readonly endpointUrl?: string;
  /** Base64 of the CA in PEM, as `certificateAuthority.data` of DescribeCluster. */
  readonly certificate?: string;
}

const pem = /^(?:\s*-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)+$/;

/** Eight certificates at most. */
const isPem = (text: string): boolean =>
  text.length <= 131_072 && text.split('BEGIN CERTIFICATE').length <= 9 && pem.test(text.trimEnd());

export function clusterWords({ name, arn, endpoint }: Cluster): ClusterWords {
  return {
    ...(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/.test(name) && { name }),
    ...(arn && /^[a-z0-9-]{1,40}$/.test(arn.region) && { region: arn.region }),
    ...(endpoint && /^https:\/\/[A-Za-z0-9.-]{1,253}$/.test(endpoint.url) && { endpointUrl: endpoint.url }),
    ...(endpoint && isPem(endpoint.caPem) && { certificate: btoa(endpoint.caPem) }),
  };
}
