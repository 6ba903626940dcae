import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../../../../lambda/adapters/eks/token.ts';
import type { LabCredentials } from '../identities.ts';

/** A good token's parts, each of which may be wrong. */
export interface Presign {
  readonly credentials: LabCredentials;
  readonly clusterName?: string;
  readonly host?: string;
  readonly path?: string;
  readonly protocol?: string;
  readonly region?: string;
  readonly service?: string;
  readonly expiresIn?: number;
  readonly signedAt?: number;
  readonly query?: Record<string, string>;
  readonly signCluster?: boolean;
}

/** The pre-signed URL of an EKS token, signed by the SDK's own signer. */
export async function presign(options: Presign): Promise<URL> {
  const { region = 'eu-central-1', service = 'sts', path = '/', protocol = 'https:', clusterName = 'prod' } = options;
  const hostname = options.host ?? `sts.${region}.amazonaws.com`;
  const signer = new SignatureV4({ service, region, sha256: Sha256, credentials: options.credentials });
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol,
      hostname,
      path,
      query: options.query ?? { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, ...(options.signCluster !== false && { 'x-k8s-aws-id': clusterName }) },
    },
    { expiresIn: options.expiresIn ?? 60, signingDate: new Date(options.signedAt ?? Date.now()) },
  );
  const url = new URL(`${protocol}//${hostname}${path}`);
  for (const [name, value] of Object.entries(signed.query ?? {})) url.searchParams.set(name, String(value));
  return url;
}

export function encodeToken(url: URL | string): string {
  return `k8s-aws-v1.${Buffer.from(url.toString()).toString('base64url')}`;
}
