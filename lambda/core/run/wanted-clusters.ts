import { parseClusterArn } from '../model/cluster-arn.ts';
import type { ClusterArn } from '../model/model.ts';
import type { RunItem } from './item.ts';

/** The clusters that a person named. */
export interface WantedClusters {
  /** Whether every cluster is wanted, because none was named. */
  readonly all: boolean;
  /** The Regions of an account that are worth looking into: the configured ones, when there are any, and when every name is an ARN only theirs. */
  regionsOf(accountId: string, configured: readonly string[]): readonly string[] | 'any';
  has(item: RunItem): boolean;
  /** The names that match no item. */
  missingFrom(items: readonly RunItem[]): readonly (string | ClusterArn)[];
}

export function wantedClusters(names: readonly string[]): WantedClusters {
  const wanted = [...new Set(names)].map((name) => parseClusterArn(name) ?? name);
  const arns = wanted.filter((each) => typeof each !== 'string');
  const byArnOnly = arns.length > 0 && arns.length === wanted.length;

  return {
    all: wanted.length === 0,
    regionsOf(accountId, configured) {
      const all = configured.length === 0;
      if (!byArnOnly) return all ? 'any' : [...new Set(configured)];
      const named = new Set(arns.filter((arn) => arn.accountId === accountId).map((arn) => arn.region));
      return [...named].filter((region) => all || configured.includes(region));
    },
    has: (item) => wanted.length === 0 || wanted.some((each) => isOf(each, item)),
    missingFrom: (items) => wanted.filter((each) => !items.some((item) => isOf(each, item))),
  };
}

const isOf = (wanted: string | ClusterArn, item: RunItem): boolean => {
  if (item.kind !== 'cluster') return false;
  if (typeof wanted === 'string') return item.cluster === wanted;
  return item.accountId === wanted.accountId && item.region === wanted.region && item.cluster === wanted.name;
};
