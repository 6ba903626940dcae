import type { MeasuredItems, MeasuredOrganization } from './cost-page.ts';

/** As `npm run measure:cost` printed it on 2026-11-26, on 2 cores of x64 that ten other programs used as well. */
export const measuredItems: MeasuredItems = {
  default: { secondsPerCluster: 0.47, secondsPerRegion: 0.21, bytesPerNode: 102 },
  complete: { secondsPerCluster: 2.53, secondsPerRegion: 0.22, bytesPerNode: 182 },
};

/** As `npm run bench:organization` printed it on 2026-11-26, on 2 cores of x64 that ten other programs used as well: the seconds are those of the quieter of three runs. */
export const measuredOrganization: MeasuredOrganization = {
  clusters: 10_000,
  items: 11_200,
  accounts: 400,
  pagesOfAccounts: 21,
  pagesOfClusters: 1_200,
  discover: { seconds: 13, megabytes: 198 },
  summarise: { seconds: 31, megabytes: 199 },
  itemsMegabytes: 1.2,
  s3: { puts: 9, lists: 13, gets: 11_205 },
};
