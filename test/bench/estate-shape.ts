/** The estate of `npm run bench:estate`, as the lab builds it and as its counter knows it. */
export const accountIds = Array.from({ length: 40 }, (_, index) => `3000000000${String(index).padStart(2, '0')}`);
export const regions = ['eu-west-1', 'eu-central-1', 'us-east-1'];
export const nodesEach = 50;

export interface BenchCluster {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  readonly instanceIds: readonly string[];
}

/** Cluster by cluster through the accounts, then through the Regions. */
export const benchClusters = (count: number): readonly BenchCluster[] =>
  Array.from({ length: count }, (_, index) => {
    const accountId = accountIds[index % accountIds.length] ?? '';
    const region = regions[Math.floor(index / accountIds.length) % regions.length] ?? '';
    const name = `bench-${String(index).padStart(4, '0')}`;
    return {
      accountId,
      region,
      name,
      arn: `arn:aws:eks:${region}:${accountId}:cluster/${name}`,
      instanceIds: Array.from(
        { length: nodesEach },
        (_, node) => `i-${(index * nodesEach + node + 1).toString(16).padStart(17, '0')}`,
      ),
    };
  });
