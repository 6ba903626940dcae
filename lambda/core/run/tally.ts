import { addCounts } from '../model/add-counts.ts';
import { byText } from '../model/text/by-text.ts';
import type { FindingCounts, ItemAnswer } from './answer.ts';
import { noFindings } from './answer-of.ts';
import type { ItemTotals } from './coverage.ts';
import { gapsOf, listedTwice, notAudited } from './gap-of.ts';
import { itemName, type RunItem } from './item.ts';
import { type Counts, noCounts } from './outcome.ts';

/** What the answers of a run add up to. */
export interface Totals {
  readonly looked: ItemTotals;
  readonly counted: {
    readonly verdicts: Counts;
    readonly controls: Readonly<Record<string, Counts>>;
    readonly findings: FindingCounts;
    /** Items by the code of a problem that they met. */
    readonly problems: Readonly<Record<string, number>>;
  };
  /** The failures among the verdicts that a waiver covers. */
  readonly waived: number;
  /** Ids of the waivers that match something in any cluster. */
  readonly waiversMatched: ReadonlySet<string>;
  /** ISO 8601, when the last item was done; absent without an answer. */
  readonly finishedAt?: string;
}

/** Adds up a run's answers, in any order. Each item counts once; an answer to an item that the run does not have counts for nothing. */
export function totalsOf(items: readonly RunItem[], all: readonly ItemAnswer[]): Totals {
  const named = new Map(all.toReversed().map((each) => [itemName(each.item), each]));
  const found = items.map((item) => ({ item, answer: named.get(itemName(item)) }));
  const answers = found.flatMap(({ answer }) => answer ?? []);
  const sum = (count: (each: ItemAnswer) => number | undefined) =>
    answers.reduce((total, each) => total + (count(each) ?? 0), 0);
  const clusters = (status: ItemAnswer['status']) =>
    sum((each) => (each.item.kind === 'cluster' && each.status === status ? 1 : 0));
  const open = found.filter(({ answer }) => !answer).map(({ item }) => item);

  const suppressed = sum((each) => each.suppressed);
  const claims = answers.flatMap(({ item, claims: of }) => (of ? [{ ...clusterOf(item), ...of }] : []));
  const nextNodes = answers.flatMap(({ item, nextNodes: of }) => (of ? [{ ...clusterOf(item), ...of }] : []));
  const listings = answers.flatMap(({ item, machinesOfSeveral = [] }) =>
    [...new Set(machinesOfSeveral)].map((id) => ({ item, machine: `${item.accountId}/${item.region}/${id}` })),
  );
  const listedOften = [...Map.groupBy(listings, ({ machine }) => machine).values()].filter(({ length }) => length > 1);
  const ofSeveral = Map.groupBy(listedOften.flat(), ({ item }) => itemName(item));

  const codes = answers.flatMap(({ problems }) => [...new Set(problems.map(({ code }) => code))]);
  const slugs = new Set(answers.flatMap(({ controls }) => Object.keys(controls)));
  const ofControl = (slug: string) =>
    answers.reduce((counts, { controls }) => addCounts(counts, controls[slug] ?? noCounts), noCounts);
  const finishedAt = answers
    .map((each) => each.finishedAt)
    .toSorted()
    .at(-1);

  return {
    looked: {
      clusters: {
        found: items.filter(({ kind }) => kind === 'cluster').length,
        audited: clusters('done'),
        gone: clusters('gone'),
        failed: clusters('failed') + open.filter(({ kind }) => kind === 'cluster').length,
      },
      nodes: sum(({ nodes }) => nodes),
      unreadableNodes: sum(({ unreadableNodes }) => unreadableNodes),
      bootingNodes: sum(({ bootingNodes }) => bootingNodes),
      machinesWithoutKubelet: sum(({ machinesWithoutKubelet }) => machinesWithoutKubelet),
      ...(suppressed > 0 && { suppressed }),
      ...(claims.length > 0 && { claimedNodes: sum((each) => each.claims?.nodes), claims: claims.toSorted(byPlace) }),
      ...(nextNodes.length > 0 && { nextNodes: nextNodes.toSorted(byPlace) }),
      gaps: found.flatMap(({ item, answer }) => {
        if (!answer) return [notAudited(item)];
        const { length = 0 } = ofSeveral.get(itemName(item)) ?? [];
        return [...gapsOf(answer), ...(length > 0 ? [listedTwice(item, length)] : [])];
      }),
      failedItems: sum(({ status }) => (status === 'failed' ? 1 : 0)) + open.length,
    },
    counted: {
      verdicts: answers.reduce((counts, { verdicts }) => addCounts(counts, verdicts), noCounts),
      controls: Object.fromEntries([...slugs].toSorted().map((slug) => [slug, ofControl(slug)])),
      findings: answers.reduce((counts, { findings }) => addCounts(counts, findings), noFindings),
      problems: Object.fromEntries(
        [...Map.groupBy(codes.toSorted(), (code) => code)].map(([code, { length }]) => [code, length]),
      ),
    },
    waived: sum(({ waived }) => waived),
    waiversMatched: new Set(answers.flatMap(({ waiversMatched = [] }) => waiversMatched)),
    ...(finishedAt !== undefined && { finishedAt }),
  };
}

const clusterOf = ({ accountId, region, cluster = '' }: RunItem) => ({ accountId, region, cluster });

const byPlace = byText(
  ({ accountId, region, cluster }: ReturnType<typeof clusterOf>) => `${accountId}/${region}/${cluster}`,
);
