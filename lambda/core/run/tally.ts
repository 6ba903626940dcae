import { type RunMetric, runMetrics } from '../../contract/metrics.ts';
import { hasOwnGap } from '../../contract/problem-codes.ts';
import type { WaiverUse } from '../judge/waivers/waiver-use.ts';
import { noStates, type StateCounts } from '../model/access-states.ts';
import { addCounts } from '../model/add-counts.ts';
import type { Problem } from '../model/model.ts';
import { byText, howMany } from '../model/text/words.ts';
import { decisiveProblem, type FindingCounts, type ItemAnswer } from './answer.ts';
import { noFindings } from './answer-of.ts';
import type { Coverage, ItemTotals } from './coverage.ts';
import type { Gap } from './discovery.ts';
import { itemName, type RunItem } from './item.ts';
import { type Counts, noCounts } from './outcome.ts';

interface Counted {
  /** Nodes by state: they add up to all nodes. */
  readonly states: StateCounts;
  readonly verdicts: Counts;
  readonly controls: Readonly<Record<string, Counts>>;
  readonly findings: FindingCounts;
  /** Items by the code of a problem that they met: Security Hub that is off, events that were not sent. */
  readonly problems: Readonly<Record<string, number>>;
}

export interface Totals {
  readonly looked: ItemTotals;
  readonly counted: Counted;
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
      states: answers.reduce((counts, { nodes, states }) => addCounts(counts, states ?? notRead(nodes)), noStates),
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

/** Of an answer of an earlier release nothing is known about who gets in. */
const notRead = (nodes: number): StateCounts => ({ ...noStates, 'not-read': nodes });

const clusterOf = ({ accountId, region, cluster = '' }: RunItem) => ({ accountId, region, cluster });

const byPlace = byText(
  ({ accountId, region, cluster }: ReturnType<typeof clusterOf>) => `${accountId}/${region}/${cluster}`,
);

/** The parts of an item that were in scope, or had to be sent to Security Hub, and were not; empty when everything was. */
export function gapsOf(answer: ItemAnswer): readonly Gap[] {
  const place = placeOf(answer.item);
  const problem = problemOf(answer);
  if (answer.status === 'gone') return [];

  const all = [...(problem ? [problem] : []), ...answer.problems.filter(hasOwnGap)];
  const named = all.filter(({ code }, index) => all.findIndex((each) => each.code === code) === index);
  return [...named.map((each) => ({ ...place, problem: each })), ...answer.gaps.map((each) => ({ ...place, ...each }))];
}

/** An item that has no answer: the run was stopped, or its invocation died without a word. */
export const notAudited = (item: RunItem): Gap => ({
  ...placeOf(item),
  problem: {
    code: 'not-audited',
    message: item.kind === 'cluster' ? `cluster ${item.cluster} was not audited` : 'gone clusters were not looked for',
    remedy: 'audit it again; a deployed run that is started again under its id audits only what is missing',
  },
});

/** Each of two API servers lists a machine that carries the tags of both: one of them is misled, and nothing says which. */
const listedTwice = (item: RunItem, count: number): Gap => ({
  ...placeOf(item),
  problem: {
    code: 'machines-contested',
    message: `${howMany(count, 'machine')} with the tags of several clusters, which their API servers list too: nothing says of which cluster each is`,
    remedy: 'take the tags of the wrong cluster off each machine, and delete its Node object there',
  },
});

const placeOf = (item: RunItem) => ({
  accountId: item.accountId,
  region: item.region,
  ...(item.kind === 'cluster' && { cluster: item.cluster }),
});

function problemOf(answer: ItemAnswer): Problem | undefined {
  const { item, status, complete, findings } = answer;
  const decisive = decisiveProblem(answer);
  if (status === 'gone') return undefined;
  if (status === 'failed' || !complete) return decisive ?? withoutReason;
  // Some problems of a cluster are no gap, such as a source that another one replaced. A Region has only its findings, and its decisive problem says why
  // they were not taken.
  if (item.kind === 'region' && decisive) return decisive;
  const left = findings.rejected + findings.notSent;
  return left > 0 ? notTaken(left) : undefined;
}

const notTaken = (count: number): Problem => ({
  code: 'findings-not-taken',
  message: `Security Hub did not take ${howMany(count, 'finding')}`,
  remedy: 'see in the log of this item, or of the terminal, why each was refused; the next run sends them again',
});

const withoutReason: Problem = {
  code: 'incomplete',
  message: 'not all of it was looked at',
  remedy: 'see the log of this item',
};

/** A whole run in numbers, with its coverage: every gap by name. */
export interface RunSummary extends Coverage, Counted {
  readonly schemaVersion: 1;
  readonly runId: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly benchmark: string;
  /** The gaps that the run before did not have. */
  readonly newGaps: number;
  readonly waivers?: WaiverUse;
}

const metrics: Readonly<Record<RunMetric, (run: RunSummary) => number>> = {
  RunsCompleted: () => 1,
  Gaps: (run) => run.gaps.length,
  NewGaps: (run) => run.newGaps,
  FailedItems: (run) => run.failedItems,
  Accounts: (run) => run.accounts,
  Clusters: (run) => run.clusters.found,
  Nodes: (run) => run.nodes,
  UnreadableNodes: (run) => run.unreadableNodes,
  VerdictsPass: (run) => run.verdicts.pass,
  VerdictsFail: (run) => run.verdicts.fail,
  VerdictsWarn: (run) => run.verdicts.warn,
  VerdictsUnknown: (run) => run.verdicts.unknown,
  FindingsChanged: ({ findings }) => findings.created + findings.updated + findings.reopened + findings.archived,
  DurationSeconds: (run) => (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000,
};

export const metricsOf = (run: RunSummary): Readonly<Record<string, number>> =>
  Object.fromEntries(runMetrics.map((name) => [name, metrics[name](run)]));
