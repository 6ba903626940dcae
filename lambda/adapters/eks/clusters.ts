import type { EKSClient } from '@aws-sdk/client-eks';
import { nearest } from '../../contract/nearest.ts';
import { parseClusterArn } from '../../core/model/cluster-arn.ts';
import type { Cluster, Place, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { ClusterDirectory, RegionalClusters } from '../../flow/ports.ts';
import { attempted, badCredentials, isBadCredentials, placeText, unusableCredentials } from '../aws-access.ts';
import { clusterNames, describedCluster, type EksRegion, undescribed, unlisted } from './eks-region.ts';

/**
 * The EKS clusters of the given Regions of one account. What cannot be listed or described is a problem beside the others, and so is a named
 * cluster that is in none of the Regions.
 */
export const eksClusters = (regions: readonly EksRegion[]): ClusterDirectory => ({
  clusters: (names, found = () => undefined) =>
    names.length === 0 ? allClusters(regions, found) : namedClusters(regions, names, found),
});

type Found = (count: number) => void;

/** All Regions are listed before the first cluster is described: how many there are is known from the start. */
async function* allClusters(regions: readonly EksRegion[], found: Found) {
  const wanted: (readonly [EksRegion, string])[] = [];
  for (const regional of regions) {
    const listed = await list(regional);
    if (!listed.ok) yield listed;
    if (listed.ok) wanted.push(...listed.value.map((name) => [regional, name] as const));
  }
  found(wanted.length);
  for (const [regional, name] of wanted) yield* await describe(regional, name);
}

/** DescribeCluster is the only right that this needs. The list helps to correct a wrong name, where it is allowed. */
async function* namedClusters(regions: readonly EksRegion[], names: readonly string[], found: Found) {
  const answers: Result<Cluster, Problem>[] = [];
  const met = new Set<string>();
  for (const regional of regions)
    for (const [name, by] of Map.groupBy(names.filter(isIn(regional)), nameOf)) {
      const described = await describe(regional, name);
      if (described.some((each) => !each.ok && each.error.code === 'cluster-not-found')) continue;
      answers.push(...described.flatMap((each) => (each.ok ? meant(each.value, by) : [each])));
      for (const each of by) met.add(each);
    }
  found(answers.filter(({ ok: isFound }) => isFound).length);
  yield* answers;

  const missing = names.filter((each) => !met.has(each));
  if (missing.length === 0) return;
  const lists = await Promise.all(regions.map(list));
  const known = lists.flatMap((listed) => (listed.ok ? listed.value : []));
  for (const name of missing) yield err(notFound(name, regions, known));
}

/** A cluster may be called by its name, or by its ARN. */
const nameOf = (wanted: string): string => parseClusterArn(wanted)?.name ?? wanted;
const isIn =
  ({ region }: EksRegion) =>
  (wanted: string): boolean =>
    (parseClusterArn(wanted)?.region ?? region) === region;

/** Whether an ARN means this cluster, and not a namesake in another account, shows when it is described. */
function meant(cluster: Cluster, wanted: readonly string[]): readonly Result<Cluster, Problem>[] {
  const others = wanted.filter((each) => parseClusterArn(each) && each !== cluster.arn?.arn);
  const isMeant = others.length < wanted.length;

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
  const meant = nearest(nameOf(name), known);
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
