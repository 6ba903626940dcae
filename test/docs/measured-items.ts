/** One kind of audit: how long an item takes, and how large its result is. As `npm run measure:cost` printed it on 2026-11-29, on 2 cores of x64. */
export const measuredItems = {
  default: { secondsPerCluster: 0.26, secondsPerRegion: 0.27, bytesPerNode: 104 },
  complete: { secondsPerCluster: 1.53, secondsPerRegion: 0.22, bytesPerNode: 194 },
};

/** As `npm run bench:organization` printed it on 2026-11-29, on 2 cores of x64. */
export const measuredOrganization = {
  clusters: 10_000,
  items: 11_200,
  accounts: 400,
  pagesOfAccounts: 21,
  pagesOfClusters: 1_200,
  discover: { seconds: 5, megabytes: 157.7 },
  summarise: { seconds: 22.3, megabytes: 253.5 },
  itemsMegabytes: 1.4,
  s3: { puts: 14, lists: 26, gets: 22_414 },
};

/** As the same command printed it of sweeps on 2026-11-29, on 2 cores of x64. */
export const measuredSweeps = {
  places: 400,
  accounts: 200,
  standing: 200_000,
  quiet: { seconds: 1.7, megabytes: 147, describeInstances: 800, assumeRole: 200, gets: 4, puts: 1 },
  burst: { nodes: 5_000, items: 10, seconds: 3.1, longestItemSeconds: 9.4, itemMegabytes: 156, allSeconds: 16 },
};
