import type { Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { errorLine } from '../../core/model/text/words.ts';
import type { Clock } from '../../flow/ports.ts';
import { AssumeRoleError, awsErrorName, isAccessDenied, isBadCredentials, isThrottled } from '../aws-access.ts';
import { slept } from '../clock.ts';
import { jitteredPause } from '../jittered-pause.ts';
import type { SsmPaces } from './ssm-pace.ts';

/** A call that SSM did not answer: the error's name decides, its words are AWS's own and bounded. */
export interface SsmFault {
  readonly action: `ssm:${string}`;
  readonly name: string;
  readonly message: string;
  readonly accessDenied: boolean;
  readonly badCredentials: boolean;
  readonly throttled: boolean;
  /** Why no call of this account can be made at all. */
  readonly assumeRoleProblem?: Problem;
}

export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Absent for single calls, which wait for no turn. */
  readonly paces?: SsmPaces;
}

/** Fifty functions at work in one account and Region take this long in turns. The signal ends it sooner. */
const patienceMs = 3 * 60_000;

/**
 * Makes one call; what SSM refuses, and what the network does, is a value. With patience a throttled call, which did nothing, is made again for up to three
 * minutes, after the retries of the client itself. Waiting for its turn is not counted.
 */
export async function ssmCall<T>(
  action: `ssm:${string}`,
  call: () => Promise<T>,
  patience?: Patience,
): Promise<Result<T, SsmFault>> {
  const pace = patience?.paces?.(action);
  let end: number | undefined;

  for (let attempt = 1; ; attempt += 1) {
    try {
      return ok(await (patience && pace ? pace.run(call, isThrottled, patience.signal) : call()));
    } catch (error) {
      const pause = jitteredPause(attempt + 2);
      const now = patience?.clock.now().getTime() ?? 0;
      end ??= now + patienceMs;
      const inTime = patience && now + pause < end;
      if (inTime && isThrottled(error) && (await slept(patience.clock, pause, patience.signal))) continue;
      return err(faultOf(action, error));
    }
  }
}

/** The pages of a list, each asked for again on its own when SSM throttles it. */
export async function ssmPages<Page extends { readonly NextToken?: string | undefined }>(
  action: `ssm:${string}`,
  page: (next: { readonly NextToken?: string }) => Promise<Page>,
  { most = Number.POSITIVE_INFINITY, ...patience }: Patience & { readonly most?: number },
): Promise<Result<readonly Page[], SsmFault>> {
  const pages: Page[] = [];
  for (let next: string | undefined; pages.length === 0 || next; next = pages.at(-1)?.NextToken) {
    if (pages.length === most) break;
    const got = await ssmCall(action, () => page(next ? { NextToken: next } : {}), patience);
    if (!got.ok) return got;
    pages.push(got.value);
  }
  return ok(pages);
}

const faultOf = (action: SsmFault['action'], error: unknown): SsmFault => ({
  action,
  name: awsErrorName(error),
  message: errorLine(error),
  accessDenied: isAccessDenied(error),
  badCredentials: isBadCredentials(error),
  throttled: isThrottled(error),
  ...(error instanceof AssumeRoleError && { assumeRoleProblem: error.problem }),
});

/** Whether every other call would fail too, until a person fixes the cause. */
export const isLasting = ({ accessDenied, badCredentials, assumeRoleProblem }: SsmFault): boolean =>
  accessDenied || badCredentials || assumeRoleProblem !== undefined;

/** The cluster-wide problem behind a fault that more than one node would meet. */
export function ssmProblem(fault: SsmFault, resource: string): Problem {
  if (fault.assumeRoleProblem) return fault.assumeRoleProblem;
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
  if (fault.throttled) {
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
