import { isOfCluster } from '../judge/control.ts';
import { addCounts } from '../model/add-counts.ts';
import { howMany, sentence } from '../model/text/words.ts';
import { failingNodes } from '../run/causes.ts';
import { notLookedAt } from './not-looked-at.ts';
import { type ClusterPosture, groupName, noStandings, type StandingCounts, unitsOf } from './posture.ts';
import type { RunEnd } from './report.ts';
import { suppressedWords } from './standing-words.ts';

type HeadlineRun = Pick<RunEnd, 'tally' | 'coverage' | 'interrupted'>;

/** The answer in one sentence, about nodes: how many let strangers in. Then what else fails, and what was not seen. */
export function headline(clusters: readonly ClusterPosture[], run: HeadlineRun): readonly [string, ...string[]] {
  const left = notLookedAt(clusters, run);
  const gaps = left.filter(({ controls }) => controls === undefined).length;
  if (run.tally.clusters === 0)
    return [gaps > 0 ? 'No cluster was audited.' : 'There is no EKS cluster: nothing was audited.'];

  const leftOut = new Set(left.flatMap(({ controls = [] }) => controls)).size;
  const unread = clusters.reduce((sum, each) => sum + each.unread, 0);
  const { suppressed } = run.tally;
  const claimed = clusters.reduce((sum, { claims }) => sum + (claims?.nodes ?? 0), 0);
  return [
    answer(clusters, gaps),
    ...alsoFailing(clusters),
    ...(unread > 0 ? [`${nodes(unread)} could not be read.`] : []),
    ...(gaps > 0 ? [`${howMany(gaps, 'gap')} in what was audited.`] : []),
    ...(leftOut > 0 ? [`${howMany(leftOut, 'control')} ${leftOut === 1 ? 'was' : 'were'} not looked at.`] : []),
    ...(suppressed > 0 ? [`${suppressedWords(suppressed)}.`] : []),
    ...(claimed > 0 ? [`For ${nodes(claimed)} AWS has no matching machine.`] : []),
  ];
}

const nodes = (count: number): string => howMany(count, 'node');

/** By the access of nodes; by verdicts where none has one, as in results of an older program. */
function answer(clusters: readonly ClusterPosture[], gaps: number): string {
  const { fail, warn, unknown, waived, ...rest } = accessCounts(clusters);
  const all = fail + warn + unknown + waived + rest.pass + rest['not-applicable'];
  const isWhole =
    gaps === 0 && clusters.every(({ inventory, counts }) => inventory.from !== 'none' && counts.unknown === 0);

  if (unitsOf(clusters).cluster === 'file') return answerOfFiles(clusters, gaps);
  if (fail > 0)
    return `${fail} of ${nodes(all)} ${fail === 1 ? 'is' : 'are'} open: unauthenticated or unauthorized clients get in, or the API server is not authenticated.`;
  const nextFailing = clusters.filter(({ next }) => next?.groups.fail).length;
  if (nextFailing > 0) return `No node is proved open, but ${nextWords(nextFailing)}`;
  if (warn > 0) return `No node is proved open; ${warn} of ${nodes(all)} probably ${warn === 1 ? 'is' : 'are'} (warn).`;
  if (unknown > 0 || !isWhole) return 'No open node was seen, but not everything was read.';
  if (waived > 0) return `${waived} of ${nodes(all)} ${waived === 1 ? 'is' : 'are'} open, and a waiver accepts it.`;
  if (all > 0)
    return `${all === 1 ? 'The node authenticates and authorizes' : `All ${nodes(all)} authenticate and authorize`} every client.`;
  return clusters.some(({ counts }) => counts.fail + counts.warn > 0)
    ? 'Controls fail; no node was judged as a whole.'
    : 'Nothing fails.';
}

const nextWords = (clusters: number): string =>
  `${howMany(clusters, 'cluster')} ${clusters === 1 ? 'has' : 'have'} node groups whose next node will fail a control.`;

/** Files have no node that runs: what they declare is a node group. */
function answerOfFiles(clusters: readonly ClusterPosture[], gaps: number): string {
  const all = howMany(clusters.length, 'file');
  const failing = clusters.filter(({ counts }) => counts.fail > 0).length;
  const groups = clusters.flatMap(({ id, open }) =>
    open.flatMap(({ standing, group }) =>
      standing === 'fail' && group !== 'cluster' ? [`${id} ${groupName(group)}`] : [],
    ),
  );
  const count = howMany(new Set(groups).size, 'node group');
  if (failing > 0)
    return `${failing} of ${all} ${failing === 1 ? 'makes' : 'make'} ${count} whose kubelets fail a control.`;
  const isWhole = gaps === 0 && clusters.every(({ counts }) => counts.warn + counts.unknown === 0);
  return isWhole ? `Every kubelet of ${all} passes.` : `No failure was seen in ${all}, but not everything is known.`;
}

/** How many nodes there are of each access; none where no node has one. */
export const accessCounts = (clusters: readonly ClusterPosture[]): StandingCounts =>
  clusters.flatMap(({ access }) => access?.counts ?? []).reduce(addCounts, noStandings);

function alsoFailing(clusters: readonly ClusterPosture[]): readonly string[] {
  if (unitsOf(clusters).cluster === 'file') return [];
  const failing = clusters.reduce((sum, { causes }) => sum + failingNodes(causes), 0);
  const nextFailing = accessCounts(clusters).fail > 0 ? clusters.filter(({ next }) => next?.groups.fail).length : 0;
  const ofItself = clusters.filter(({ open }) =>
    open.some(({ standing, control }) => standing === 'fail' && isOfCluster(control)),
  ).length;
  return [
    ...(failing > 0 ? [`${nodes(failing)} ${failing === 1 ? 'fails' : 'fail'} at least one control.`] : []),
    ...(nextFailing > 0 ? [sentence(nextWords(nextFailing))] : []),
    ...(ofItself > 0
      ? [`${howMany(ofItself, 'cluster')} ${ofItself === 1 ? 'fails' : 'fail'} a control of the cluster itself.`]
      : []),
  ];
}
