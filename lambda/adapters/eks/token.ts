import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ClusterArn } from '../../core/model/model.ts';
import type { Clock } from '../../flow/ports.ts';
import type { AwsCredentials } from '../aws-access.ts';

/** DNS suffixes of STS by partition, as aws-iam-authenticator accepts them (`pkg/token/token.go`). */
const stsDomains: Readonly<Record<string, string>> = {
  aws: 'amazonaws.com',
  'aws-us-gov': 'amazonaws.com',
  'aws-cn': 'amazonaws.com.cn',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
  'aws-iso-e': 'cloud.adc-e.uk',
  'aws-iso-f': 'csp.hci.ic.gov',
  'aws-eusc': 'amazonaws.eu',
};

/** The server refuses a token whose signature is older than 15 minutes; 13 leaves room for a slow call. */
const lifetimeMs = 13 * 60_000;

export interface EksToken {
  /** The bearer token, renewed when it is 13 minutes old. Never log it. */
  current(): Promise<string>;
  /** Forgets the token, so that the next one is new: once, after the API server refused it. */
  renew(): void;
}

interface TokenInput {
  readonly cluster: ClusterArn;
  readonly credentials: AwsCredentials;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The IAM bearer token of one cluster: a presigned `sts:GetCallerIdentity` of the cluster's Region and partition. The cluster's name is in a signed
 * header, so the token is valid at clusters of this name only, in any Region, which let the same principal in. It always names the real STS host: the API server accepts no other.
 */
export function eksToken({ cluster, credentials, clock }: TokenInput): EksToken {
  let minted: { readonly token: string; readonly at: number } | undefined;

  return {
    async current() {
      const now = clock.now();
      if (!minted || now.getTime() - minted.at >= lifetimeMs)
        minted = { token: await mint({ cluster, credentials }, now), at: now.getTime() };
      return minted.token;
    },
    renew() {
      minted = undefined;
    },
  };
}

async function mint({ cluster, credentials }: Omit<TokenInput, 'clock'>, now: Date): Promise<string> {
  const hostname = `sts.${cluster.region}.${stsDomains[cluster.partition] ?? 'amazonaws.com'}`;
  const signer = new SignatureV4({ service: 'sts', region: cluster.region, credentials, sha256: Sha256 });

  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, 'x-k8s-aws-id': cluster.name },
    },
    { expiresIn: 60, signingDate: now },
  );

  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(signed.query ?? {})) if (typeof value === 'string') query.set(key, value);
  return `k8s-aws-v1.${Buffer.from(`https://${hostname}/?${query}`).toString('base64url')}`;
}

/** SHA-256 and its HMAC in the shape that SignatureV4 wants. */
export class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
