import { nothingPublished } from '../../findings/lifecycle/difference.ts';
import type { Statement } from '../../findings/statement.ts';
import { type Control, isOfCluster } from '../../judge/control.ts';
import { waiverWords } from '../../judge/waivers/waiver-use.ts';
import { type Language, statesSentence } from '../../model/access-states.ts';
import { addCounts } from '../../model/add-counts.ts';
import type { ChangeCounts, PublishResult } from '../../model/published.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { howMany, nameList } from '../../model/text/words.ts';
import { hanging } from '../../model/text/wrap.ts';
import { isWaived } from '../../model/verdict-parts.ts';
import { Assumptions } from '../assumptions.ts';
import type { Placed } from '../by-cause.ts';
import { type NotLookedAt, notLookedAt, notLookedAtIn, placeText, plain } from '../not-looked-at.ts';
import { declaresNodes, standings } from '../posture.ts';
import {
  benchmarkWords,
  numberedForAll,
  type Report,
  type ReportedControls,
  type RunEnd,
  type TableStyle,
} from '../report.ts';
import { countWords } from '../standing-words.ts';
import { causeLines } from './cause-lines.ts';
import { clusterPart } from './cluster-part.ts';
import { coverageLines } from './coverage-lines.ts';
import { accessName, type ClusterRow, clusterRow, matrixLines } from './matrix.ts';
import { type StatementLinesOptions, stateLines } from './statement-lines.ts';

/** Characters that wait for the summary, which comes first; what is longer is printed as it comes, and the summary after it. */
const mostHeld = 4_000_000;

/** The report for a person: a summary by cluster and control, then each cluster's statements, then the counts and what was not looked at. */
export function tableReport(options: StatementLinesOptions): Report {
  const { style, language = 'en' } = options;
  const { width } = style;
  const clusters: ClusterRow[] = [];
  const numbered: Parameters<typeof numberedForAll>[1][number][] = [];
  const left: { readonly notLookedAt: readonly NotLookedAt[] }[] = [];
  const notes: Placed[] = [];
  const open: Statement[] = [];
  const assumptions = new Assumptions();
  let published: Taken | undefined;
  let held: Part[] | undefined = [];
  let size = 0;
  let isFirst = true;
  const kinds = new Set<'files' | 'saved' | 'clusters'>();
  const failingNext: string[] = [];
  const next = nextCommands(options);
  const block = (lines: readonly string[]): readonly string[] => {
    if (lines.length === 0) return [];
    const apart = isFirst ? '' : '\n';
    isFirst = false;
    return [`${apart}${lines.join('\n')}\n`];
  };
  // A saved file is not a cluster that one can name to see its nodes.
  const isDetailed = () => style.verbose || clusters.length === 1 || kinds.has('files') || kinds.has('saved');
  const shownOf = (part: Part): readonly string[] => {
    const text = isDetailed() ? part.details : part.text;
    return part.isEmpty || text === '' ? [] : [text];
  };

  return {
    *cluster(audit) {
      clusters.push(clusterRow(audit));
      next.add(audit);
      const { benchmark, cluster } = audit;
      numbered.push({ cluster, ...(benchmark !== undefined && { benchmark }) });
      kinds.add(declaresNodes(audit) ? 'files' : audit.inventory.from === 'saved' ? 'saved' : 'clusters');
      left.push({ notLookedAt: notLookedAtIn(audit, options.benchmark) });
      assumptions.add(audit);
      const part = clusterPart(audit, options);
      notes.push(...part.notes);
      open.push(...part.open);
      failingNext.push(...part.failingNext);
      if (audit.published) published = addCounts(published ?? nothingTaken, audit.published);
      if (!held) {
        yield* block(shownOf(part));
        return;
      }
      held.push(part);
      size += part.details.length;
      if (size <= mostHeld) return;
      for (const each of held) yield* block(shownOf(each));
      held = undefined;
    },
    *end(run) {
      const { coverage } = run;
      if (clusters.length > 1 || clusters.some(({ nodes = 0 }) => nodes > 1))
        yield* block(matrixLines(clusters, numberedForAll(options, numbered)));
      if (!isDetailed()) yield* block(stateLines(open, options));
      for (const each of held ?? []) yield* block(shownOf(each));

      const note = (head: string, text: string) => (text ? [hanging(head, plain(text), width)] : []);
      yield* block([
        ...counted(run, unitsOf(kinds), {
          style,
          language,
          of: `${howMany(controlsIn(clusters), 'control')} (${benchmarkWords(options, numbered)})`,
        }).map((each) => hanging('', each, width).replaceAll('\u00a0', ' ')),
        ...(failingNext.length > 0
          ? note('', `${howMany(failingNext.length, 'failure')} of next nodes: ${nameList(failingNext)}`)
          : []),
        ...(published ? [hanging('', publishedText(published), width)] : []),
        ...(run.waivers ? [hanging('', plain(waiverWords(run.waivers)), width)] : []),
        ...(run.waivers?.named ?? []).flatMap((each) => note('  - ', `matches nothing: ${each}`)),
        ...(coverage ? coverageLines(coverage, style) : []),
        ...notLookedAtLines(notLookedAt(left, run), { style, all: clusters }),
        ...causeLines(shortPlaces(notes, clusters), { ...style, head: '  - ' }),
        ...assumptions.lines().flatMap((each) => note('  * ', each)),
        ...(isDetailed() || clusters.length === 0 ? [] : note('', moreText)),
      ]);
      yield* block(next.lines());
    },
  };
}

type Part = ReturnType<typeof clusterPart>;

const moreText = 'For each node, with its values and where they come from: name one cluster, or add --verbose.';

/** What went wrong, then the controls that the sources cannot show. */
function notLookedAtLines(
  left: readonly NotLookedAt[],
  { style, all }: { readonly style: TableStyle; readonly all: readonly ClusterRow[] },
): readonly string[] {
  const placed = shortPlaces(
    left.map((each) => ({ ...each, where: placeText(each.place) })),
    all,
  );
  const lines = (isLeftOut: boolean, head: string) => {
    const wanted = placed.filter(({ controls }) => (controls !== undefined) === isLeftOut);
    return causeLines(wanted, { ...style, head, all: all.length });
  };
  return [...lines(false, '  ! '), ...lines(true, '  - ')];
}

/** Of one cluster the place is known; of one account and Region the name is enough. */
function shortPlaces<T extends Placed>(all: readonly T[], clusters: readonly ClusterRow[]): readonly T[] {
  if (clusters.length === 1) return all.map((each) => ({ ...each, where: '' }));
  const places = new Set(clusters.map(({ accountId, region }) => `${accountId}/${region}/`));
  const [only, ...others] = places;
  if (only === undefined || others.length > 0) return all;
  return all.map((each) => (each.where.startsWith(only) ? { ...each, where: each.where.slice(only.length) } : each));
}

/** The numbers of findings that Security Hub took. Those that it refused are among the problems. */
type Taken = ChangeCounts & Pick<PublishResult, 'imported'>;

const { rejected: _, notSent: __, ...nothingTaken } = nothingPublished;

/** The units of the counts: clusters and nodes; of `evaluate`, files and saved nodes. */
const unitsOf = (audits: ReadonlySet<'files' | 'saved' | 'clusters'>) => {
  const [only, ...others] = audits;
  if (others.length > 0 || only === 'clusters' || only === undefined) return { cluster: 'cluster', node: 'node' };
  return only === 'files' ? { cluster: 'file', node: 'node group' } : { cluster: undefined, node: 'node' };
};

/** Nodes are counted by their state, and verdicts separately: never one sum of both. */
function counted(
  { tally, coverage }: RunEnd,
  units: ReturnType<typeof unitsOf>,
  { style, language, of }: { readonly style: TableStyle; readonly language: Language; readonly of: string },
): readonly string[] {
  const { verdicts, waived, states, clusters, nodes, problems } = tally;
  if (clusters === 0)
    return [
      problems.length + (coverage?.gaps.length ?? 0) > 0
        ? 'no EKS cluster was audited'
        : 'no EKS cluster is there: nothing was audited',
    ];

  const counts = { ...verdicts, fail: verdicts.fail - waived, waived };
  const all = standings.reduce((sum, each) => sum + counts[each], 0);
  const words = countWords(counts, (text, each) => style.colour(text.replaceAll(' ', '\u00a0'), each));
  const byState = nodes > 0 ? `: ${statesSentence(states, language)}` : '';
  return [
    `${units.cluster ? `${howMany(clusters, units.cluster)}, ` : ''}${howMany(nodes, units.node)}${byState}`,
    `${howMany(all, 'verdict')} of ${of}${all === 0 ? '' : `: ${words}`}`,
  ];
}

const controlsIn = (clusters: readonly ClusterRow[]): number =>
  new Set(clusters.flatMap(({ cells }) => [...cells.keys()].filter((key) => key !== accessName))).size;

/** `Security Hub took 3 findings (2 created, 1 archived), 30 unchanged` */
function publishedText(published: Taken): string {
  const kinds = (['created', 'updated', 'reopened', 'refreshed', 'archived'] as const)
    .filter((kind) => published[kind] > 0)
    .map((kind) => `${published[kind]} ${kind}`);
  const took = `Security Hub took ${howMany(published.imported, 'finding')}`;
  return `${took}${kinds.length > 0 ? ` (${kinds.join(', ')})` : ''}, ${published.unchanged} unchanged`;
}

/** The next commands: one each to understand a failure, to fix it, and to read more. Only the first cluster of each kind is kept. */
export function nextCommands({ controls }: Pick<ReportedControls, 'controls'>) {
  let failing: { readonly place: string; readonly control: Control } | undefined;
  let unread: string | undefined;

  return {
    add({ cluster, inventory, nodes, clusterVerdicts = {} }: ReportedAudit): void {
      // Saved files do not name a cluster for a command.
      const place = inventory.from === 'saved' || cluster.arn === undefined ? '' : placeOf(cluster.arn);
      const all = [...nodes.map(({ verdicts }) => verdicts), clusterVerdicts];
      const failed = controls.find(({ slug }) =>
        all.some(({ [slug]: verdict }) => verdict?.status === 'fail' && !isWaived(verdict)),
      );
      if (failed) failing ??= { place, control: failed };
      const isUnread = nodes.some(({ verdicts }) => {
        const each = Object.values(verdicts);
        return each.length > 0 && each.every(({ status }) => status === 'unknown' || status === 'warn');
      });
      if (place !== '' && (isUnread || inventory.from === 'none')) unread ??= place;
    },
    /** A command stays on one line, so that it can be pasted. */
    lines(): readonly string[] {
      const doctor = unread ? [`eks-kubelet-audit doctor ${unread}`] : [];
      const commands = [...(failing ? ofFailure(failing) : []), ...doctor];
      return commands.map((each, index) => `${index === 0 ? 'Next: ' : '      '}${plain(each)}`);
    },
  };
}

const ofFailure = ({ place, control }: { readonly place: string; readonly control: Control }): readonly string[] => [
  `eks-kubelet-audit explain ${control.slug}`,
  ...(place === '' || isOfCluster(control) ? [] : [`eks-kubelet-audit remediate ${place} --controls ${control.slug}`]),
];

const placeOf = ({ name, region }: { readonly name: string; readonly region: string }): string =>
  `${name} --region ${region}`;
