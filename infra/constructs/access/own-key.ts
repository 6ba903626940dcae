import { Stack } from 'aws-cdk-lib';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Grants } from './grants.ts';

/** The key of the settings. Its policy is its owner's: docs/deploy.md says what it must admit. */
export const ownKey = (scope: Construct, kmsKey: string | undefined): IKey | undefined =>
  kmsKey === undefined ? undefined : Key.fromKeyArn(scope, 'OwnKey', kmsKey);

/** The rights to use the key through one service whose data it encrypts. A role needs them in addition to its rights to that service. */
export function keyGrants(scope: Construct, kmsKey: string | undefined, services: readonly ('s3' | 'sqs')[]): Grants {
  if (kmsKey === undefined) return {};

  const { region } = Stack.of(scope);
  const through = {
    resources: [kmsKey],
    // The suffix of the partition follows.
    conditions: { StringLike: { 'kms:ViaService': services.map((service) => `${service}.${region}.*`) } },
  };
  return { 'kms:Decrypt': [through], 'kms:GenerateDataKey': [through] };
}
