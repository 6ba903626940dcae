import { awsCredentials } from '../../adapters/aws-access.ts';
import { callerIdentity, configuredRegion, profileNames } from '../../adapters/sts.ts';
import { didYouMean } from '../../contract/nearest.ts';
import type { Caller } from '../../core/fix/doctor/readiness.ts';
import type { Problem } from '../../core/model/model.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import type { Result } from '../../core/model/result.ts';

export const caller = (region: string, profile: string | undefined): Promise<Result<Caller, Problem>> =>
  callerIdentity({ region, credentials: awsCredentials(profile) });

/** The Region that a profile of the shared configuration names; the default profile's without a name. */
export const profileRegion = (profile: string | undefined): Promise<string | undefined> => configuredRegion(profile);

/** @throws UsageError where the shared configuration has no profile of that name: the SDK would say that there are no credentials */
export async function expectProfile(name: string, from: '--profile' | 'AWS_PROFILE'): Promise<void> {
  const names = await profileNames();
  if (names.includes(name)) return;

  const hint = didYouMean(name, names, names.length > 0 ? 'see aws configure list-profiles' : 'they hold none');
  throw new UsageError(
    `${from === 'AWS_PROFILE' ? 'AWS_PROFILE: ' : ''}no profile '${name}' in ~/.aws/config and ~/.aws/credentials; ${hint}`,
  );
}
