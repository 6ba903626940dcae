import { regionPattern } from '../../contract/patterns.ts';
import type { Problem } from '../../core/model/model.ts';
import type { Account, RegionDirectory } from '../../flow/ports.ts';
import { attempted, badCredentials, callProblem, isBadCredentials } from '../aws-access.ts';
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
      const call = async () => {
        const { DescribeRegionsCommand } = await import('./sdk.ts');
        const ec2 = await client({ partition: account.partition, accountId: account.id, region });
        const command = new DescribeRegionsCommand({ AllRegions: true });
        const { Regions = [] } = await ec2.send(command, { abortSignal: signal });
        const named = Regions.flatMap(({ RegionName: name = '', OptInStatus: status }) =>
          regionPattern.test(name) ? [{ name, isOff: status === 'not-opted-in' }] : [],
        );
        const names = (off: boolean) => named.flatMap(({ name, isOff }) => (isOff === off ? [name] : [])).toSorted();
        return { enabled: names(false), off: names(true) };
      };
      return await attempted(call, (error) => regionsProblem(error, account, region));
    },
  };
}

const regionsProblem = (error: unknown, { id }: Account, region: string): Problem =>
  isBadCredentials(error)
    ? badCredentials(error, `account ${id}`)
    : callProblem(error, {
        action,
        place: { accountId: id, region },
        message: `the Regions of account ${id} are not known (${action} in ${region})`,
        forbidden: ['ec2-forbidden', `allow ${action} on * to this principal (the member stack does)`],
        other: ['regions-unreadable', 'run the audit again; the other accounts are unharmed'],
      });
