import { errorLine } from '../../core/error-text.ts';
import type { Problem } from '../../core/model.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { awsErrorName, isAccessDenied, isBadCredentials } from '../aws-access.ts';

/** A call that SSM did not answer: the error's name decides, its words are AWS's own and bounded. */
export interface SsmFault {
  readonly action: `ssm:${string}`;
  readonly name: string;
  readonly message: string;
  readonly accessDenied: boolean;
  readonly badCredentials: boolean;
}

/** Makes one call; what SSM refuses, and what the network does, is a value. */
export async function ssmCall<T>(action: `ssm:${string}`, call: () => Promise<T>): Promise<Result<T, SsmFault>> {
  try {
    return ok(await call());
  } catch (error) {
    return err({
      action,
      name: awsErrorName(error),
      message: errorLine(error),
      accessDenied: isAccessDenied(error),
      badCredentials: isBadCredentials(error),
    });
  }
}

/** The cluster-wide problem behind a fault that more than one node would meet. */
export function problemOf(fault: SsmFault, resource: string): Problem {
  if (fault.accessDenied) {
    return {
      code: 'ssm-forbidden',
      message: `${fault.action} is not allowed on ${resource}: ${fault.message}`,
      remedy: `allow ${fault.action} on ${resource} to this principal; until then nodes that only SSM can read stay unknown`,
    };
  }
  if (fault.badCredentials) {
    return {
      code: 'ssm-credentials',
      message: `SSM does not accept these credentials: ${fault.name}: ${fault.message}`,
      remedy: 'sign in again, or choose other credentials',
    };
  }
  if (/^(Throttling|TooManyRequests|RequestLimitExceeded)/.test(fault.name)) {
    return {
      code: 'ssm-throttled',
      message: `SSM throttles ${fault.action} in this account and Region: ${fault.message}`,
      remedy: 'run the audit again at another time, or ask AWS for a higher rate of that call',
    };
  }
  return {
    code: 'ssm-unavailable',
    message: `${fault.action} failed: ${fault.name}: ${fault.message}`,
    remedy: 'run the audit again; when it stays, check that this Region has SSM and that its endpoint can be reached',
  };
}
