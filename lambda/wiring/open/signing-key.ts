import { type AwsAccess, awsCredentials } from '../../adapters/aws-access.ts';
import { signingKeyOf } from '../../adapters/key-file.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import type { SigningKey } from '../../core/run/signed/signed-bundle.ts';

interface SigningKeyOptions {
  readonly stdin: NodeJS.ReadableStream;
  readonly profile?: string | undefined;
}

const keyArn = /^arn:[a-z-]{3,20}:kms:([a-z0-9-]{1,32}):\d{12}:(?:key|alias)\/[A-Za-z0-9/_-]{1,256}$/;

/** The private key of a PEM file, or a key of KMS by its ARN, in the Region that the ARN names. */
export async function openSigningKey(key: string, { stdin, profile }: SigningKeyOptions): Promise<SigningKey> {
  return keyArn.test(key)
    ? await openKmsKey(key, { credentials: awsCredentials(profile) })
    : await signingKeyOf(key, stdin);
}

export async function openKmsKey(arn: string, access: Omit<AwsAccess, 'region'>): Promise<SigningKey> {
  const [, region] = keyArn.exec(arn) ?? [];
  if (region === undefined) throw new UsageError(`'${arn}' is not the ARN of a KMS key`);

  // Its client is slow to load, and few audits sign by KMS.
  const { kmsClient, kmsSigningKey } = await import('../../adapters/kms/kms-signing-key.ts');
  return await kmsSigningKey(kmsClient({ ...access, region }), arn);
}
