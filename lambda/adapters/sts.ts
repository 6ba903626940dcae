import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { Caller } from '../core/fix/doctor/readiness.ts';
import type { Problem } from '../core/model/model.ts';
import { err, ok, type Result } from '../core/model/result.ts';
import { type AwsAccess, awsErrorText, clientSettings } from './aws-access.ts';

/**
 * Whose credentials these are, as AWS says: STS needs no permission for this. The client notes the clock's error if it is more than five minutes,
 * since signatures are refused from then on.
 */
export async function callerIdentity(access: AwsAccess): Promise<Result<Caller, Problem>> {
  const client = new STSClient(clientSettings(access));
  try {
    const { Arn: arn = '', Account: accountId = '' } = await client.send(new GetCallerIdentityCommand({}));
    return ok({ arn, accountId, clockOffMs: client.config.systemClockOffset });
  } catch (error) {
    return err({
      code: 'credentials-unusable',
      message: `AWS does not accept these credentials: ${awsErrorText(error)}`,
      remedy: 'sign in (aws sso login), choose others with --profile, or set the clock right',
    });
  } finally {
    client.destroy();
  }
}

/** The Region that the SDK finds for a profile (`~/.aws/config`); `undefined` where none is configured. */
export async function configuredRegion(profile: string | undefined): Promise<string | undefined> {
  const client = new STSClient(profile ? { profile } : {});
  try {
    return await client.config.region();
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
}

/** Every profile of `~/.aws/config` and `~/.aws/credentials`, or of the files that the environment names in their place. */
export async function profileNames(): Promise<readonly string[]> {
  // Read again from disk, even if they were read before.
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true });
  return [...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])];
}
