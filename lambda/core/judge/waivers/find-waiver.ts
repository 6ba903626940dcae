import type { Cluster, HeldRight, NodeGroup, WaiverMark } from '../../model/model.ts';
import type { Waiver } from './waiver.ts';

/** The waiver that holds for one control on one node group; or the one that did, when none does. */
export type FoundWaiver = { readonly state: 'active' | 'expired'; readonly mark: WaiverMark };

interface Question {
  readonly control: string;
  readonly cluster: Pick<Cluster, 'name' | 'arn'>;
  /** Absent where it is about the cluster itself. */
  readonly group?: NodeGroup;
  /** SHA-256 of the script part that makes it unknown. */
  readonly script?: string;
}

/** The longest of several waivers. It is valid to the end of its last day, in UTC. */
export const findWaiver = (question: Question, waivers: readonly Waiver[], now: Date): FoundWaiver | undefined =>
  longestOf(waiversAbout(question, waivers), now);

export const waiversAbout = (question: Question, waivers: readonly Waiver[]): readonly Waiver[] =>
  waivers.filter((each) => isAbout(each, question));

interface HolderQuestion {
  readonly cluster: Pick<Cluster, 'name' | 'arn'>;
  readonly holder: Pick<HeldRight, 'kind' | 'name'>;
}

/** The entry of `allowedProxyHolders` that names this holder; of several, the one that holds longest. */
export const findAllowance = (
  { cluster, holder }: HolderQuestion,
  waivers: readonly Waiver[],
  now: Date,
): FoundWaiver | undefined => longestOf(allowancesAbout({ cluster, holder }, waivers), now);

/** Expired ones too; of every holder where none is named. */
export const allowancesAbout = (
  { cluster, holder }: Pick<HolderQuestion, 'cluster'> & Partial<HolderQuestion>,
  waivers: readonly Waiver[],
): readonly Waiver[] =>
  waivers.filter(
    (each) =>
      each.holder !== undefined &&
      (!holder || (each.holder.kind === holder.kind && matchesPattern(holder.name, each.holder.name))) &&
      isIn(each, cluster),
  );

function longestOf(waivers: readonly Waiver[], now: Date): FoundWaiver | undefined {
  const [longest] = waivers.toSorted((one, other) => Date.parse(other.expires) - Date.parse(one.expires));
  if (!longest) return undefined;

  const { expires, owner, reason } = longest;
  return {
    state: now.getTime() < Date.parse(expires) + day ? 'active' : 'expired',
    mark: { until: expires, by: owner, reason },
  };
}

const day = 24 * 60 * 60 * 1000;

/** A cluster without an ARN has no account and no Region: a waiver for one of them is not about it. */
const isIn = (waiver: Waiver, cluster: Question['cluster']): boolean =>
  (waiver.account === undefined || waiver.account === cluster.arn?.accountId) &&
  (waiver.region === undefined || waiver.region === cluster.arn?.region) &&
  matchesPattern(cluster.name, waiver.cluster);

/** A waiver that names a node group says nothing about the cluster itself. */
const isAbout = (waiver: Waiver, { control, cluster, group, script }: Question): boolean =>
  waiver.script === script &&
  (script !== undefined || waiver.control === control) &&
  waiver.holder === undefined &&
  isIn(waiver, cluster) &&
  (waiver.nodeGroupKind === undefined || waiver.nodeGroupKind === group?.kind) &&
  matchesPattern(group?.name ?? '', waiver.nodeGroup);

/**
 * Whether a name fits a pattern in which `*` matches any number of characters and all other characters match themselves. It is not made into a
 * regular expression: each part is looked for once, from left to right.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;

  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}
