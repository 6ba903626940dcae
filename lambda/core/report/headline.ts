import { isOfCluster } from '../judge/control.ts';
import { type Language, noStates, type StateCounts, statesSentence, sumOfStates } from '../model/access-states.ts';
import { addCounts } from '../model/add-counts.ts';
import { howMany, sentence } from '../model/text/words.ts';
import { notLookedAt } from './not-looked-at.ts';
import { type ClusterPosture, groupName, unitsOf } from './posture.ts';
import type { RunEnd } from './report.ts';
import { suppressedWords } from './standing-words.ts';

type HeadlineRun = Pick<RunEnd, 'tally' | 'coverage' | 'interrupted'>;

/** Nodes of all clusters by state. */
export const statesOf = (clusters: readonly Pick<ClusterPosture, 'states'>[]): StateCounts =>
  clusters.map(({ states }) => states).reduce(addCounts, noStates);

/** The answer in one sentence: who gets into how many nodes. Then what else fails, and what was not seen. */
export function headline(
  clusters: readonly ClusterPosture[],
  run: HeadlineRun,
  language: Language = 'en',
): readonly [string, ...string[]] {
  const left = notLookedAt(clusters, run);
  const gaps = left.filter(({ controls }) => controls === undefined).length;
  if (run.tally.clusters === 0)
    return [gaps > 0 ? 'No cluster was audited.' : 'There is no EKS cluster: nothing was audited.'];

  const leftOut = new Set(left.flatMap(({ controls = [] }) => controls)).size;
  const { suppressed } = run.tally;
  const claimed = clusters.reduce((sum, { claims }) => sum + (claims?.nodes ?? 0), 0);
  return [
    unitsOf(clusters).cluster === 'file' ? answerOfFiles(clusters, gaps) : answer(clusters, language),
    ...alsoFailing(clusters),
    ...(gaps > 0 ? [`${howMany(gaps, 'gap')} in what was audited.`] : []),
    ...(leftOut > 0 ? [`${howMany(leftOut, 'control')} ${leftOut === 1 ? 'was' : 'were'} not checked.`] : []),
    ...(suppressed > 0 ? [`${suppressedWords(suppressed)}.`] : []),
    ...(claimed > 0 ? [`For ${howMany(claimed, 'node')} AWS has no matching machine.`] : []),
  ];
}

function answer(clusters: readonly ClusterPosture[], language: Language): string {
  const states = statesOf(clusters);
  if (sumOfStates(states) > 0) return sentence(statesSentence(states, language));
  if (clusters.some(({ inventory }) => inventory.from === 'none')) return 'No node could be listed.';
  const isFailing = clusters.some(({ counts }) => counts.fail + counts.warn > 0);
  return isFailing ? 'Controls of the cluster fail; no node was checked.' : 'There is no node to check.';
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

function alsoFailing(clusters: readonly ClusterPosture[]): readonly string[] {
  if (unitsOf(clusters).cluster === 'file') return [];
  const nextFailing = clusters.filter(({ next }) => next?.groups.fail).length;
  const ofItself = clusters.filter(({ open }) =>
    open.some(({ standing, control }) => standing === 'fail' && isOfCluster(control)),
  ).length;
  return [
    ...(nextFailing > 0 ? [sentence(nextWords(nextFailing))] : []),
    ...(ofItself > 0
      ? [`${howMany(ofItself, 'cluster')} ${ofItself === 1 ? 'fails' : 'fail'} a control of the cluster itself.`]
      : []),
  ];
}
