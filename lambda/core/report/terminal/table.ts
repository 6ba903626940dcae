import { nothingPublished } from '../../findings/lifecycle/difference.ts';
import { type Control, defaultBenchmark, isOfCluster } from '../../judge/control.ts';
import { meaningsOf } from '../../judge/controls/catalogue/find-control.ts';
import { waiverWords } from '../../judge/waivers/waiver-use.ts';
import { statesSentence } from '../../model/access-states.ts';
import { addCounts } from '../../model/add-counts.ts';
import type { ChangeCounts, PublishResult } from '../../model/published.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { howMany, nameList, sentence } from '../../model/text/words.ts';
import { hanging } from '../../model/text/wrap.ts';
import { isWaived } from '../../model/verdict-parts.ts';
import { controlsLeftOut, plain, problemLines } from '../not-looked-at.ts';
import { declaresNodes, type StandingCounts, standings } from '../posture.ts';
import {
  benchmarkWords,
  controlNumber,
  numberedForAll,
  type Report,
  type ReportedControls,
  type RunEnd,
  type TableStyle,
} from '../report.ts';
import { countWords } from '../standing-words.ts';
import { type ClusterPartOptions, clusterPart } from './cluster-part.ts';
import { coverageLines } from './coverage-lines.ts';
import { accessName, type ClusterRow, clusterRow, matrixLines } from './matrix.ts';

/** Characters that wait for the summary, which comes first; what is longer is printed as it comes, and the summary after it. */
const mostHeld = 4_000_000;

/** The report for a person: a summary by cluster and control, then each cluster's nodes, the worst first, then the counts. */
export function tableReport(options: ClusterPartOptions): Report {
  const { style } = options;
  const { width } = style;
  const clusters: ClusterRow[] = [];
  const numbered: Parameters<typeof numberedForAll>[1][number][] = [];
  const below = { unseen: new Set<string>(), leftOut: new Set<string>(), isFolded: false };
  let published: Taken | undefined;
  let held: string[] | undefined = [];
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

  return {
    *cluster(audit) {
      clusters.push(clusterRow(audit));
      next.add(audit);
      const { benchmark, cluster } = audit;
      numbered.push({ cluster, ...(benchmark !== undefined && { benchmark }) });
      kinds.add(declaresNodes(audit) ? 'files' : audit.inventory.from === 'saved' ? 'saved' : 'clusters');
      below.leftOut.add(leftOutText(audit, options.benchmark));
      const part = clusterPart(audit, options);
      below.isFolded ||= part.isFolded;
      failingNext.push(...part.failingNext);
      if (audit.published) published = addCounts(published ?? nothingTaken, audit.published);
      if (part.isEmpty) return;
      if (options.brief && part.isQuiet) {
        // Why a source cannot show something is the same for every cluster, so it is listed once, at the end.
        for (const each of part.unseen) below.unseen.add(each);
        return;
      }

      if (!held) {
        yield* block([part.text]);
        return;
      }
      held.push(part.text);
      size += part.text.length;
      if (size <= mostHeld) return;
      for (const each of held) yield* block([each]);
      held = undefined;
    },
    *end(run) {
      const { tally, coverage } = run;
      if (clusters.length > 1 || clusters.some(({ nodes = 0 }) => nodes > 1))
        yield* block(matrixLines(clusters, numberedForAll(options, numbered)));
      for (const each of held ?? []) yield* block([each]);
      yield* block(problemLines(tally.problems, width));

      const note = (head: string, text: string) => (text ? [hanging(head, plain(text), width)] : []);
      yield* block([
        ...counted(run, unitsOf(kinds), {
          style,
          of: `${howMany(controlsIn(clusters), 'control')} (${benchmarkWords(options, numbered)})`,
        }).map((each) => hanging('', each, width).replaceAll('\u00a0', ' ')),
        ...(failingNext.length > 0
          ? note('', `${howMany(failingNext.length, 'failure')} of next nodes: ${nameList(failingNext)}`)
          : []),
        ...[...below.unseen].flatMap((each) => note('  ? ', each)),
        ...[...below.leftOut].flatMap((each) => note('  - ', each)),
        ...(published ? [hanging('', publishedText(published), width)] : []),
        ...(run.waivers ? [hanging('', plain(waiverWords(run.waivers)), width)] : []),
        ...(run.waivers?.named ?? []).flatMap((each) => note('  - ', `matches nothing: ${each}`)),
        ...(below.isFolded ? note('  ', 'Nodes of a group that say the same are one row; -f json names each.') : []),
      ]);
      if (coverage) yield* block(coverageLines(coverage, style));
      yield* block(next.lines());
    },
  };
}

/** The controls that were left out, and what would show them; empty for none. */
export const leftOutText = (audit: ReportedAudit, benchmark: string): string =>
  controlsLeftOut(audit, benchmark)
    .map(({ message, remedy }) => `${sentence(message)} ${sentence(remedy)}`)
    .join(' ');

/** The numbers of findings that Security Hub took. Those that it refused are among the problems. */
type Taken = ChangeCounts & Pick<PublishResult, 'imported'>;

const { rejected: _, notSent: __, ...nothingTaken } = nothingPublished;

/** The units of the counts: clusters and nodes; of `evaluate`, files and saved nodes. */
const unitsOf = (audits: ReadonlySet<'files' | 'saved' | 'clusters'>) => {
  const [only, ...others] = audits;
  if (others.length > 0 || only === 'clusters' || only === undefined) return { cluster: 'cluster', node: 'node' };
  return only === 'files' ? { cluster: 'file', node: 'node group' } : { cluster: undefined, node: 'node' };
};

/** Nodes are counted by their headline, and verdicts separately: never one sum of both. */
function counted(
  { tally, coverage }: RunEnd,
  units: ReturnType<typeof unitsOf>,
  { style, of }: { readonly style: TableStyle; readonly of: string },
): readonly string[] {
  const { verdicts, waived, states, clusters, nodes, problems } = tally;
  if (clusters === 0)
    return [
      problems.length + (coverage?.gaps.length ?? 0) > 0
        ? 'no EKS cluster was audited'
        : 'no EKS cluster is there: nothing was audited',
    ];

  const words = (counts: StandingCounts, before = ': ') =>
    standings.every((each) => counts[each] === 0)
      ? ''
      : `${before}${countWords(counts, (text, each) => style.colour(text.replaceAll(' ', '\u00a0'), each))}`;
  const counts = { ...verdicts, fail: verdicts.fail - waived, waived };
  const all = standings.reduce((sum, each) => sum + counts[each], 0);
  const byState = nodes > 0 ? `: ${statesSentence(states)}` : '';
  return [
    `${units.cluster ? `${howMany(clusters, units.cluster)}, ` : ''}${howMany(nodes, units.node)}${byState}`,
    `${howMany(all, 'verdict')} of ${of}${words(counts)}`,
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

function ofFailure({ place, control }: { readonly place: string; readonly control: Control }): readonly string[] {
  const number = controlNumber(control, defaultBenchmark);
  // The command may be given without --benchmark, where a number with two meanings is refused.
  const name = number !== undefined && meaningsOf(number, 'auto').size === 1 ? number : control.slug;
  return [
    `eks-kubelet-audit explain ${name}`,
    ...(place === '' || isOfCluster(control) ? [] : [`eks-kubelet-audit remediate ${place} --controls ${name}`]),
  ];
}

const placeOf = ({ name, region }: { readonly name: string; readonly region: string }): string =>
  `${name} --region ${region}`;
