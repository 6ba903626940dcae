import { regionPattern } from '../../contract/patterns.ts';
import type { Problem } from '../../core/model/model.ts';
import { err, ok } from '../../core/model/result.ts';
import type { Account, RegionDirectory } from '../../flow/ports.ts';
import { accountProblem, awsErrorText, badCredentials, isAccessDenied, isBadCredentials } from '../aws-access.ts';
import type { Ec2Clients } from './client.ts';

const action = 'ec2:DescribeRegions';

interface RegionsOptions {
  readonly client: Ec2Clients;
  /** The caller's own: any Region knows all of an account's, and this one no policy denies. */
  readonly region: string;
}

/** The Regions that an account has switched on (those that need no opt-in, and those that were opted in), and the others. */
export function ec2Regions({ client, region }: RegionsOptions): RegionDirectory {
  return {
    async regionsOf(account, signal) {
      try {
        const { DescribeRegionsCommand } = await import('./sdk.ts');
        const ec2 = await client({ partition: account.partition, accountId: account.id, region });
        const { Regions = [] } = await ec2.send(new DescribeRegionsCommand({ AllRegions: true }), {
          abortSignal: signal,
        });

        const named = Regions.flatMap(({ RegionName: name = '', OptInStatus: status }) =>
          regionPattern.test(name) ? [{ name, isOff: status === 'not-opted-in' }] : [],
        );
        const names = (off: boolean) => named.flatMap(({ name, isOff }) => (isOff === off ? [name] : [])).toSorted();
        return ok({ enabled: names(false), off: names(true) });
      } catch (error) {
        return err(regionsProblem(error, account, region));
      }
    },
  };
}

function regionsProblem(error: unknown, { id }: Account, region: string): Problem {
  const barred = accountProblem(error, { action, place: { accountId: id, region } });
  if (barred) return barred;
  if (isBadCredentials(error)) return badCredentials(error, `account ${id}`);

  return {
    code: isAccessDenied(error) ? 'ec2-forbidden' : 'regions-unreadable',
    message: `the Regions of account ${id} are not known (${action} in ${region}): ${awsErrorText(error)}`,
    remedy: isAccessDenied(error)
      ? `allow ${action} on * to this principal (the member stack does)`
      : 'run the audit again; the other accounts are unharmed',
  };
}
