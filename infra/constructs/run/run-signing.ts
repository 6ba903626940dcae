import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  ArnPrincipal,
  PolicyDocument,
  PolicyStatement,
  type PrincipalBase,
} from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { environment } from '../../../lambda/contract/environment.ts';
import { signingActions } from '../../../lambda/contract/iam-actions.ts';
import { productName } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';
import { onlyStatements } from '../access/hub-grants.ts';

/** Whether the settings have runs signed. */
export const isSigned = ({ sign, signingKey }: Pick<Settings, 'sign' | 'signingKey'>): boolean =>
  sign || signingKey !== undefined;

/** What an administrator of the account may do with the key by its own policies: neither sign nor hand the right on by a grant. */
const administration = [
  'kms:CancelKeyDeletion',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:EnableKey',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:GetPublicKey',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateKeyDescription',
];

/** Has the function that sums up sign each run: with the key of the settings, or with one that only this function may use. */
export function signedBy(
  scope: Construct,
  summarise: LambdaFunction,
  settings: Pick<Settings, 'signingKey' | 'previousSigningKey' | 'resultRetentionDays'>,
): void {
  const keyArn = settings.signingKey ?? ownKey(scope, summarise).keyArn;
  summarise.addEnvironment(environment.signingKey, keyArn);
  if (settings.previousSigningKey)
    summarise.addEnvironment(environment.previousSigningKey, settings.previousSigningKey);
  summarise.addEnvironment(environment.resultRetentionDays, String(settings.resultRetentionDays));
  new CfnOutput(Stack.of(scope), 'SigningKeyArn', { value: keyArn });
}

function ownKey(scope: Construct, { role }: LambdaFunction): Key {
  if (!role) throw new Error('the function has no role');
  const [readKey, sign] = signingActions;
  const statement = (actions: string[], principal: PrincipalBase, conditions = {}) =>
    new PolicyStatement({ principals: [principal], actions, resources: ['*'], conditions });
  const signer = new ArnPrincipal(role.roleArn);

  return new Key(scope, 'Key', {
    description: `Signs the runs of ${productName}`,
    keySpec: KeySpec.ECC_NIST_P256,
    keyUsage: KeyUsage.SIGN_VERIFY,
    pendingWindow: Duration.days(30),
    // Without it nothing could hand over to another key.
    removalPolicy: RemovalPolicy.RETAIN,
    policy: new PolicyDocument({
      statements: [
        statement(administration, new AccountRootPrincipal()),
        statement([readKey], signer),
        statement([sign], signer, onlyStatements),
      ],
    }),
  });
}
