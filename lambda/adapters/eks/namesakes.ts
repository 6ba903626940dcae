import { hasCode } from '../../contract/problem-codes.ts';
import type { Cluster, ClusterArn } from '../../core/model/model.ts';
import type { RegionalClusters, RegionDirectory } from '../../flow/ports.ts';

/** The clusters of the same name in other Regions of a cluster's account. */
interface Namesakes {
  readonly clusters: readonly Cluster[];
  /** ARNs of those that EKS does not describe, each with the reason. */
  readonly undescribed: readonly { readonly arn: string; readonly because: string }[];
  /** Why it is not known whether there are more. */
  readonly notAsked?: string;
}

export type NamesakeDirectory = (cluster: Cluster, signal: AbortSignal) => Promise<Namesakes>;

interface NamesakeOptions {
  readonly clusters: RegionalClusters;
  /** Asked from the cluster's own Region. */
  readonly regions: (region: string) => RegionDirectory;
}

/** As the discovery of a run found them; where none was made, every enabled Region is asked. */
export const eksNamesakes =
  ({ clusters, regions }: NamesakeOptions): NamesakeDirectory =>
  async ({ arn, namesakes }, signal) => {
    if (!arn) return { clusters: [], undescribed: [] };
    if (namesakes) return await describedIn(namesakes, { arn, clusters });

    const { accountId: id, partition } = arn;
    const known = await regions(arn.region).regionsOf({ id, partition }, signal);
    if (!known.ok) return { clusters: [], undescribed: [], notAsked: known.error.message };

    const others = known.value.enabled.filter((region) => region !== arn.region);
    const asked = await Promise.all(
      others.map(async (region) => ({ region, names: await clusters.names({ ...arn, region }, signal) })),
    );
    const there = asked.filter(({ names }) => names.ok && names.value.includes(arn.name)).map(({ region }) => region);
    const unknown = asked.flatMap(({ names }) =>
      names.ok || hasCode('region-denied-by-policy')(names.error) ? [] : [names.error.message],
    );
    const found = await describedIn(there, { arn, clusters });
    return unknown[0] === undefined ? found : { ...found, notAsked: unknown[0] };
  };

async function describedIn(
  regions: readonly string[],
  { arn, clusters }: { readonly arn: ClusterArn; readonly clusters: RegionalClusters },
): Promise<Namesakes> {
  const described = await Promise.all(
    regions.map(async (region) => {
      const answers = await clusters.describe({ ...arn, region }, arn.name);
      return { region, answers };
    }),
  );
  return {
    clusters: described.flatMap(({ answers }) => answers.flatMap((each) => (each.ok ? [each.value] : []))),
    undescribed: described.flatMap(({ region, answers }) => {
      const [problem] = answers.flatMap((each) => (each.ok ? [] : [each.error]));
      if (answers.some((each) => each.ok) || !problem || hasCode('cluster-not-found')(problem)) return [];
      return [{ arn: arn.arn.replace(`:${arn.region}:`, `:${region}:`), because: problem.message }];
    }),
  };
}
