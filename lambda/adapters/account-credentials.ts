import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { LRUCache } from 'lru-cache';
import type { Problem } from '../core/model/model.ts';
import { roleArn } from '../core/model/role-arn.ts';
import type { Clock } from '../flow/ports.ts';
import {
  type AccountPlace,
  AssumeRoleError,
  type AwsCredentials,
  type AwsSockets,
  awsErrorText,
  badCredentials,
  isBadCredentials,
  isThrottled,
  patientSettings,
  statusOf,
} from './aws-access.ts';

interface AccountAccess {
  /** The caller's own. */
  readonly base: AwsCredentials;
  /** The role to assume in every account; without one the base is used everywhere. */
  readonly role?: AccountRole;
  readonly clock: Pick<Clock, 'now'>;
  readonly sockets?: AwsSockets;
}

interface AccountRole {
  /** Fixed and without path. */
  readonly name: string;
  /** Which of an account's stacks creates it; the operator's own role is created by none of them. */
  readonly of: 'member' | 'remediation' | 'operator';
  /** Appears in the accounts' CloudTrail. */
  readonly sessionName: string;
  /** The caller's own Region, whose STS is asked. */
  readonly region: string;
}

export type AccountCredentials = (place: AccountPlace) => AwsCredentials;

const madeBy: Readonly<Record<Exclude<AccountRole['of'], 'operator'>, string>> = {
  member: 'the member stack',
  remediation: 'the member stack of remediation',
};

/** A role that assumes a role gets one hour at most. */
const sessionSeconds = 3_600;

/** A session is renewed when it has no longer than this to live: the SDK's clients ask again at 5 minutes. */
const renewedBeforeMs = 6 * 60_000;

/**
 * Credentials for any account: a session of its role, assumed at the first call and renewed before it ends, one an account.
 * A role that cannot be assumed throws `AssumeRoleError`, whose problem says which.
 */
export function accountCredentials({ base, role, clock, sockets }: AccountAccess): AccountCredentials {
  if (!role) return () => base;

  const sessions = new LRUCache<string, AwsCredentials, AccountPlace>({
    max: 200,
    memoMethod: (_key, _stale, { context: place }) => {
      const assume = fromTemporaryCredentials({
        masterCredentials: base,
        params: {
          RoleArn: roleArn(place, role.name),
          RoleSessionName: role.sessionName,
          DurationSeconds: sessionSeconds,
        },
        clientConfig: patientSettings({ region: role.region, ...(sockets && { sockets }) }),
      });
      return shared(async () => {
        try {
          return await assume();
        } catch (error) {
          throw new AssumeRoleError(assumeRoleProblem(error, role, place), { cause: error });
        }
      }, clock);
    },
  });
  return (place) => sessions.memo(`${place.partition}/${place.accountId}`, { context: place });
}

type Session = Awaited<ReturnType<AwsCredentials>>;

/** Every client of the account uses the same session, and waits for the same one when it is renewed. A failure is not kept. */
function shared(assume: () => Promise<Session>, clock: Pick<Clock, 'now'>): AwsCredentials {
  let session: Session | undefined;
  let assuming: Promise<Session> | undefined;

  return async () => {
    const end = session?.expiration?.getTime() ?? 0;
    if (session && end - clock.now().getTime() > renewedBeforeMs) return session;

    assuming ??= assume().finally(() => {
      assuming = undefined;
    });
    session = await assuming;
    return session;
  };
}

function assumeRoleProblem(error: unknown, { name, of }: AccountRole, place: AccountPlace): Problem {
  const { accountId } = place;
  const role = `${of} role '${name}' of account ${accountId}`;
  const said = awsErrorText(error);

  // The caller's own credentials are at fault, before any role was asked for.
  if (isBadCredentials(error)) return badCredentials(error, `sts:AssumeRole in account ${accountId}`);
  if (isThrottled(error))
    return {
      code: 'throttled',
      message: `AWS throttles sts:AssumeRole for ${role}, also after many retries: ${said}`,
      remedy: 'run the audit again at another time or with less at once',
    };

  const status = statusOf(error);
  if (status === undefined || status >= 500)
    return {
      code: 'sts-unreachable',
      message: `STS gave no answer about ${role}: ${said}`,
      remedy: 'check that the STS endpoint of this Region can be reached, then run the audit again',
    };
  if (of === 'operator')
    return {
      code: 'operator-role-missing',
      message: `${role} cannot be assumed: ${said}`,
      remedy: `check that account ${accountId} has a role of this name without a path, and that it trusts the principal of these credentials; or name another with --through`,
    };
  return {
    code: 'member-role-missing',
    message: `${role} cannot be assumed: ${said}`,
    remedy: `deploy ${madeBy[of]} in account ${accountId} (docs/deploy.md), and check that its role trusts this principal; where the StackSet cannot make its stack there, its instance says why, such as a role or SSM document of our name that somebody else made`,
  };
}
