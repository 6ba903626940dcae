import { prices } from '../bench/cost.ts';
import { measuredSweeps } from './measured-items.ts';

const { quiet, burst, places, accounts, standing } = measuredSweeps;

/**
 * What AWS charges others for our calls, in us-east-1. A second copy of a management event costs (aws.amazon.com/cloudtrail/pricing; the first one is
 * free), and so does one that GuardDuty analyses (factualminds.com, 2026-06).
 */
const eventPrices = { trailCopy: 2 / 100_000, guardDuty: 4 / 1e6 };

const sweepsPerMonth = 96 * 30;
/** A tenth of 50 nodes a cluster is new each day, each in a sweep of its own: the most items that they can be. */
const newPerClusterAndDay = 5;
const item = { seconds: 2, gigabytes: 0.5, transitions: 2, puts: 4, gets: 10, events: 12 };
const megabyte = 1_048_576;
/** A census line as it is written, when a machine is seen, judged and ended. */
const bytesOfMachine = 3 * 420;

const regionsEach = 4;
const accountsOf = (clusters: number): number => Math.ceil(clusters / 25);
const number = (value: number): string => Math.round(value).toLocaleString('en');
const dollars = (value: number): string => value.toFixed(2);

/** What sweeps add in a month to an organization of so many clusters. */
function monthOf(clusters: number, newMachines: number) {
  const accountRegions = accountsOf(clusters) * regionsEach;
  const items = clusters * newMachines * 30;
  const seconds = Math.max(2, (quiet.seconds * accountRegions) / places) * sweepsPerMonth;
  const describes = ((quiet.describeInstances * accountRegions) / places) * sweepsPerMonth;
  // An account that enters another one is an event in both.
  const roles = accountsOf(clusters) * sweepsPerMonth * 2;
  const events = describes + roles + items * item.events;
  const hub =
    (seconds * 0.5 + items * item.seconds * item.gigabytes) * prices.lambdaGigabyteSecond +
    (sweepsPerMonth + items) * prices.lambdaRequest +
    items * item.transitions * prices.transition +
    (sweepsPerMonth * quiet.puts + items * item.puts) * prices.s3Write +
    (sweepsPerMonth * quiet.gets + items * item.gets) * prices.s3Read +
    ((items * bytesOfMachine * 12) / (megabyte * 1_024)) * prices.s3GigabyteMonth +
    prices.metricMonth +
    4 * prices.alarmMonth;
  return { hub, describes, events, guardDuty: events * eventPrices.guardDuty, trail: events * eventPrices.trailCopy };
}

/** The section of docs/cost.md about the setting `sweep`. */
export function sweepSection(): string {
  const rows = [1_000, 10_000].flatMap((clusters) =>
    [0, newPerClusterAndDay].map((newMachines) => {
      const { hub, describes, events, guardDuty, trail } = monthOf(clusters, newMachines);
      const what = newMachines === 0 ? 'nothing new' : 'a tenth of the nodes is new each day';
      return `| ${number(clusters)} clusters, ${what} | ${dollars(hub)} | ${number(describes)} | ${number(events)} | ${dollars(guardDuty)} | ${dollars(trail)} |`;
    }),
  );

  return `## Sweeps

Costs of \`sweep: 15m\`. EC2's calls are free, but their records aren't:

<!-- sweeps: made by \`npm run docs\` -->

| a month | the hub, $ | DescribeInstances | events of CloudTrail | GuardDuty on them, $ | each second trail, $ |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}

<!-- end of sweeps -->

You pay for management events only from your second trail on. \`sweep: 45m\` costs a third of the first and third line.

\`npm run bench:organization\` measured these times in the lab, over ${number(places)} Regions of ${number(accounts)} accounts with ${number(standing)} machines:

<!-- measured: made by \`npm run docs\` -->

| sweep | takes | of |
| --- | ---: | ---: |
| a quiet one: ${number(quiet.describeInstances)} DescribeInstances, ${number(quiet.assumeRole)} AssumeRole, ${quiet.gets} GET and ${quiet.puts} PUT of S3 | ${quiet.seconds} s, ${quiet.megabytes} MB | 60 s, 512 MB |
| one that finds ${number(burst.nodes)} new nodes | ${burst.seconds} s | 60 s |
| its ${burst.items} items, which read and judge them | ${burst.longestItemSeconds} s the longest, ${burst.itemMegabytes} MB; ${burst.allSeconds} s all | 900 s, 512 MB |

<!-- end of measured -->
`;
}
