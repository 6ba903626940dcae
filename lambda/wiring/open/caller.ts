import { awsCredentials } from '../../adapters/aws-access.ts';
import { callerIdentity, configuredRegion } from '../../adapters/sts.ts';
import type { Caller } from '../../core/doctor/readiness.ts';
import type { Problem } from '../../core/model.ts';
import type { Result } from '../../core/result.ts';

/** Who the caller's credentials are. */
export const caller = (region: string, profile: string | undefined): Promise<Result<Caller, Problem>> =>
  callerIdentity({ region, credentials: awsCredentials(profile) });

/** The Region that a profile of the shared configuration names; the default profile's without a name. */
export const profileRegion = (profile: string | undefined): Promise<string | undefined> => configuredRegion(profile);
