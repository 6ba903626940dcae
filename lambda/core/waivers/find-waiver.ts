import type { Cluster, NodeGroup, WaiverMark } from '../model.ts';
import { matchesPattern } from './matches-pattern.ts';
import type { Waiver } from './waiver.ts';

/** The waiver that holds for one control on one node group; or the one that did, when none does. */
export type FoundWaiver = { readonly state: 'active' | 'expired'; readonly mark: WaiverMark };

interface Question {
  readonly control: string;
  readonly cluster: Pick<Cluster, 'name' | 'arn'>;
  readonly group: NodeGroup;
}

/** Of several, the one that holds longest. It holds through the whole of its last day, in UTC. */
export function findWaiver(question: Question, waivers: readonly Waiver[], now: Date): FoundWaiver | undefined {
  const [longest] = waivers
    .filter((each) => isAbout(each, question))
    .toSorted((one, other) => Date.parse(other.expires) - Date.parse(one.expires));
  if (!longest) return undefined;

  const { expires, owner, reason } = longest;
  return {
    state: now.getTime() < Date.parse(expires) + day ? 'active' : 'expired',
    mark: { until: expires, by: owner, reason },
  };
}

const day = 24 * 60 * 60 * 1000;

/** A cluster without an ARN has no account and no Region: a waiver for one of them is not about it. */
const isAbout = (waiver: Waiver, { control, cluster, group }: Question): boolean =>
  waiver.control === control &&
  (waiver.account === undefined || waiver.account === cluster.arn?.accountId) &&
  (waiver.region === undefined || waiver.region === cluster.arn?.region) &&
  matchesPattern(cluster.name, waiver.cluster) &&
  matchesPattern(group.name, waiver.nodeGroup);
