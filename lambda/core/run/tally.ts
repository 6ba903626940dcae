import { addCounts } from '../model/add-counts.ts';
import { byText } from '../model/text/by-text.ts';
import type { FindingCounts, ItemAnswer } from './answer.ts';
import { noCounts, noFindings, sumByControl } from './counts.ts';
import type { ClaimsOfCluster, ItemTotals, NextNodesOfCluster } from './coverage.ts';
import type { Gap } from './discovery.ts';
import { gapsOf, listedTwice, notAudited } from './gap-of.ts';
import { itemName, type RunItem } from './item.ts';
import type { Counts } from './outcome.ts';

/** What the answers of a run add up to. */
export interface Totals extends ItemTotals {
  readonly verdicts: Counts;
  /** The failures among them that a waiver covers. */
  readonly waived: number;
  readonly controls: Readonly<Record<string, Counts>>;
  readonly findings: FindingCounts;
  /** Items by the code of a problem that they met. */
  readonly problems: Readonly<Record<string, number>>;
  /** Ids of the waivers that match something in any cluster. */
  readonly waiversMatched: ReadonlySet<string>;
  /** ISO 8601, when the last item was done; absent without an answer. */
  readonly finishedAt?: string;
}

/**
 * Adds up a run's answers one by one, in any order, without keeping them: a run may have tens of thousands. Each item counts once; an answer to an
 * item that the run does not have counts for nothing.
 */
export class RunTally {
  readonly #items: readonly RunItem[];
  /** Items without an answer yet. */
  readonly #open: Set<string>;
  readonly #gaps = new Map<string, readonly Gap[]>();
  readonly #problems = new Map<string, number>();
  readonly #statuses = { done: 0, gone: 0, failed: 0 };
  readonly #clusters = { done: 0, gone: 0, failed: 0 };
  #nodes = 0;
  #unreadableNodes = 0;
  #bootingNodes = 0;
  #machinesWithoutKubelet = 0;
  #suppressed = 0;
  #waived = 0;
  readonly #waiversMatched = new Set<string>();
  #claimedNodes = 0;
  #claims: readonly ClaimsOfCluster[] = [];
  #nextNodes: readonly NextNodesOfCluster[] = [];
  /** By account, Region and instance id: the items whose API servers list a machine with the tags of several clusters. */
  readonly #listedBy = new Map<string, Set<string>>();
  #verdicts = noCounts;
  #controls: Readonly<Record<string, Counts>> = {};
  #findings = noFindings;
  #finishedAt: string | undefined;

  constructor(items: readonly RunItem[]) {
    this.#items = items;
    this.#open = new Set(items.map(itemName));
  }

  add(answer: ItemAnswer): void {
    const name = itemName(answer.item);
    if (!this.#open.delete(name)) return;

    this.#gaps.set(name, gapsOf(answer));
    for (const code of new Set(answer.problems.map((each) => each.code)))
      this.#problems.set(code, (this.#problems.get(code) ?? 0) + 1);

    this.#statuses[answer.status] += 1;
    if (answer.item.kind === 'cluster') this.#clusters[answer.status] += 1;
    this.#nodes += answer.nodes;
    this.#unreadableNodes += answer.unreadableNodes;
    this.#bootingNodes += answer.bootingNodes;
    this.#machinesWithoutKubelet += answer.machinesWithoutKubelet;
    this.#suppressed += answer.suppressed ?? 0;
    this.#waived += answer.waived ?? 0;
    for (const id of answer.waiversMatched ?? []) this.#waiversMatched.add(id);
    if (answer.claims) {
      this.#claimedNodes += answer.claims.nodes;
      this.#claims = [...this.#claims, { ...clusterOf(answer.item), ...answer.claims }];
    }
    if (answer.nextNodes) this.#nextNodes = [...this.#nextNodes, { ...clusterOf(answer.item), ...answer.nextNodes }];
    for (const id of answer.machinesOfSeveral ?? []) {
      const key = `${answer.item.accountId}/${answer.item.region}/${id}`;
      this.#listedBy.set(key, new Set([...(this.#listedBy.get(key) ?? []), name]));
    }
    this.#verdicts = addCounts(this.#verdicts, answer.verdicts);
    this.#controls = sumByControl(this.#controls, answer.controls);
    this.#findings = addCounts(this.#findings, answer.findings);
    if (this.#finishedAt === undefined || answer.finishedAt > this.#finishedAt) this.#finishedAt = answer.finishedAt;
  }

  totals(): Totals {
    const open = this.#items.filter((each) => this.#open.has(itemName(each)));

    return {
      clusters: {
        found: this.#items.filter((each) => each.kind === 'cluster').length,
        audited: this.#clusters.done,
        gone: this.#clusters.gone,
        failed: this.#clusters.failed + open.filter((each) => each.kind === 'cluster').length,
      },
      nodes: this.#nodes,
      unreadableNodes: this.#unreadableNodes,
      bootingNodes: this.#bootingNodes,
      machinesWithoutKubelet: this.#machinesWithoutKubelet,
      ...(this.#suppressed > 0 && { suppressed: this.#suppressed }),
      ...(this.#claims.length > 0 && {
        claimedNodes: this.#claimedNodes,
        claims: this.#claims.toSorted(byPlace),
      }),
      ...(this.#nextNodes.length > 0 && { nextNodes: this.#nextNodes.toSorted(byPlace) }),
      verdicts: this.#verdicts,
      waived: this.#waived,
      controls: this.#controls,
      findings: this.#findings,
      gaps: this.#items.flatMap((item) => {
        const name = itemName(item);
        if (this.#open.has(name)) return notAudited(item);
        const ofSeveral = [...this.#listedBy.values()].filter((by) => by.size > 1 && by.has(name)).length;
        return [...(this.#gaps.get(name) ?? []), ...(ofSeveral > 0 ? [listedTwice(item, ofSeveral)] : [])];
      }),
      failedItems: this.#statuses.failed + open.length,
      problems: Object.fromEntries([...this.#problems].toSorted(byText(([code]) => code))),
      waiversMatched: this.#waiversMatched,
      ...(this.#finishedAt !== undefined && { finishedAt: this.#finishedAt }),
    };
  }
}

const byPlace = byText(
  ({ accountId, region, cluster }: Pick<ClaimsOfCluster, 'accountId' | 'region' | 'cluster'>) =>
    `${accountId}/${region}/${cluster}`,
);

const clusterOf = (item: RunItem) => ({
  accountId: item.accountId,
  region: item.region,
  cluster: item.kind === 'cluster' ? item.cluster : '',
});
