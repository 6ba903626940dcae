import type { EKSClient } from '@aws-sdk/client-eks';
import { nearest } from '../../contract/nearest.ts';
import { parseClusterArn } from '../../core/model/cluster-arn.ts';
import type { Cluster, Place, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { ClusterDirectory, RegionalClusters } from '../../flow/ports.ts';
import { attempted, badCredentials, isBadCredentials, placeText, unusableCredentials } from '../aws-access.ts';
import { clusterNames, describedCluster, type EksRegion, undescribed, unlisted } from './eks-region.ts';

/**
 * The EKS clusters of the given Regions of one account: all pages of ListClusters, one DescribeCluster a cluster.
 * A cluster that cannot be described is a problem beside the others. A named cluster that is in none of the Regions is a problem too.
 */
export function eksClusters(regions: readonly EksRegion[]): ClusterDirectory {
  return {
    async *clusters(names, found = () => undefined) {
      const seen: EksRegion[] = [];
      const known: string[] = [];
      const wanted: { readonly regional: EksRegion; readonly name: string; readonly by: readonly string[] }[] = [];

      // All Regions are listed before the first cluster is described: how many there are is known from the start.
      for (const regional of regions) {
        const listed = await list(regional);
        if (!listed.ok) yield listed;
        if (!listed.ok) continue;
        seen.push(regional);
        known.push(...listed.value);
        for (const name of listed.value) {
          const by = names.filter((each) => isCalled(each, { name, region: regional.region }));
          if (names.length === 0 || by.length > 0) wanted.push({ regional, name, by });
        }
      }
      found(wanted.length);

      for (const { regional, name, by } of wanted)
        for (const each of await describe(regional, name)) yield* each.ok ? meant(each.value, by) : [each];

      // What could not be listed has its own problem, and may well have the cluster.
      if (seen.length === 0) return;
      for (const name of names.filter((each) => !wanted.some(({ by }) => by.includes(each))))
        yield err(notFound(name, seen, known));
    },
  };
}

/** A cluster may be called by its name, or by its ARN. */
function isCalled(wanted: string, { name, region }: { readonly name: string; readonly region: string }): boolean {
  const arn = parseClusterArn(wanted);
  return arn ? arn.name === name && arn.region === region : wanted === name;
}

/** A list holds names only: whether an ARN means this cluster, and not a namesake in another account, shows when it is described. */
function meant(cluster: Cluster, wanted: readonly string[]): readonly Result<Cluster, Problem>[] {
  const others = wanted.filter((each) => parseClusterArn(each) && each !== cluster.arn?.arn);
  const isMeant = wanted.length === 0 || others.length < wanted.length;

  return [...(isMeant ? [ok(cluster)] : []), ...others.map((each) => err(ofAnotherAccount(each, cluster)))];
}

/** Without credentials that AWS knows nothing else can be asked either. */
function orThrow(error: unknown, problem: Problem): Problem {
  if (isBadCredentials(error)) throw unusableCredentials(error);
  return problem;
}

const list = (eks: EksRegion): Promise<Result<readonly string[], Problem>> =>
  attempted(
    () => clusterNames(eks),
    (error) => orThrow(error, unlisted(eks, error)),
  );

async function describe(
  eks: EksRegion,
  name: string,
  refused = (error: unknown) => orThrow(error, undescribed(eks, name, error)),
): Promise<readonly Result<Cluster, Problem>[]> {
  const described = await attempted(() => describedCluster(eks, name), refused);
  return described.ok ? described.value : [described];
}

function notFound(name: string, regions: readonly EksRegion[], known: readonly string[]): Problem {
  const meant = nearest(parseClusterArn(name)?.name ?? name, known);
  return {
    code: 'cluster-not-found',
    message: `no cluster named '${name}' in ${regions.map((each) => each.region).join(', ')}${meant ? ` (did you mean '${meant}'?)` : ''}`,
    remedy: 'check the name, add its Region with --region, or look at `aws eks list-clusters`',
  };
}

const ofAnotherAccount = (wanted: string, { arn, name }: Cluster): Problem => ({
  code: 'cluster-of-another-account',
  message: `these credentials lead to '${arn?.arn ?? name}', not to '${wanted}'`,
  remedy: 'choose credentials of its account with --profile',
});

const orBad = (error: unknown, place: Place, problem: Problem): Problem =>
  isBadCredentials(error) ? badCredentials(error, placeText(place)) : problem;

interface EksRegionalClustersOptions extends Pick<EksRegion, 'ownerTag'> {
  readonly client: (place: Place) => EKSClient;
}

/** EKS of any account and Region: a fault of one is a problem, and no reason to stop. */
export function eksRegionalClusters({ client, ownerTag = '' }: EksRegionalClustersOptions): RegionalClusters {
  return {
    async names(place, signal) {
      const eks = { ...place, client: client(place) };
      const call = () => clusterNames(eks, signal);
      return await attempted(call, (error) => orBad(error, place, unlisted(eks, error)));
    },
    async describe(place, name) {
      const eks = { ...place, client: client(place), ownerTag };
      return await describe(eks, name, (error) => orBad(error, place, undescribed(eks, name, error)));
    },
  };
}
