import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, ArnPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { environment } from '../../../lambda/contract/environment.ts';
import { signingActions } from '../../../lambda/contract/iam-actions.ts';
import { productName } from '../../../lambda/contract/names.ts';
import type { Settings } from '../../config/settings.ts';
import { onlyStatements } from '../access/hub-grants.ts';

/** Whether the settings have runs signed. */
export const isSigned = ({ sign, signingKey }: Pick<Settings, 'sign' | 'signingKey'>): boolean =>
  sign || signingKey !== undefined;

interface RunSigningProps {
  /** The only function that signs. */
  readonly summarise: LambdaFunction;
  readonly settings: Pick<Settings, 'signingKey' | 'previousSigningKey' | 'resultRetentionDays'>;
}

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
export class RunSigning extends Construct {
  constructor(scope: Construct, id: string, { summarise, settings }: RunSigningProps) {
    super(scope, id);
    const keyArn = settings.signingKey ?? this.#ownKey(summarise).keyArn;
    summarise.addEnvironment(environment.signingKey, keyArn);
    if (settings.previousSigningKey)
      summarise.addEnvironment(environment.previousSigningKey, settings.previousSigningKey);
    summarise.addEnvironment(environment.resultRetentionDays, String(settings.resultRetentionDays));
    new CfnOutput(Stack.of(this), 'SigningKeyArn', { value: keyArn });
  }

  #ownKey({ role }: LambdaFunction): Key {
    if (!role) throw new Error('the function has no role');
    const signer = new ArnPrincipal(role.roleArn);
    const [readKey, sign] = signingActions;

    return new Key(this, 'Key', {
      description: `Signs the runs of ${productName}`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      pendingWindow: Duration.days(30),
      // Without it nothing could hand over to another key.
      removalPolicy: RemovalPolicy.RETAIN,
      policy: new PolicyDocument({
        statements: [
          new PolicyStatement({
            principals: [new AccountRootPrincipal()],
            actions: administration,
            resources: ['*'],
          }),
          new PolicyStatement({ principals: [signer], actions: [readKey], resources: ['*'] }),
          new PolicyStatement({ principals: [signer], actions: [sign], resources: ['*'], conditions: onlyStatements }),
        ],
      }),
    });
  }
}
