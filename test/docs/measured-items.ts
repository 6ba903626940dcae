import type { MeasuredItems, MeasuredOrganization } from './cost-page.ts';
import type { MeasuredSweeps } from './sweep-cost.ts';

/** As `npm run measure:cost` printed it on 2026-11-27, on 2 cores of x64. */
export const measuredItems: MeasuredItems = {
  default: { secondsPerCluster: 0.18, secondsPerRegion: 0.31, bytesPerNode: 102 },
  complete: { secondsPerCluster: 1.26, secondsPerRegion: 0.21, bytesPerNode: 188 },
};

/** As `npm run bench:organization` printed it on 2026-11-27, on 2 cores of x64. */
export const measuredOrganization: MeasuredOrganization = {
  clusters: 10_000,
  items: 11_200,
  accounts: 400,
  pagesOfAccounts: 21,
  pagesOfClusters: 1_200,
  discover: { seconds: 5.5, megabytes: 204.5 },
  summarise: { seconds: 21.8, megabytes: 223.6 },
  itemsMegabytes: 1.2,
  s3: { puts: 14, lists: 25, gets: 22_414 },
};

/** As the same command printed it of sweeps on 2026-11-28, on 2 cores of x64 that were busy. */
export const measuredSweeps: MeasuredSweeps = {
  places: 400,
  accounts: 200,
  standing: 200_000,
  quiet: { seconds: 6.3, megabytes: 137, describeInstances: 800, assumeRole: 200, gets: 4, puts: 1 },
  burst: { nodes: 5_000, items: 10, seconds: 9.7, longestItemSeconds: 32.2, itemMegabytes: 154, allSeconds: 58 },
};
