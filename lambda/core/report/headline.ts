import { howMany } from '../model/text/how-many.ts';
import { suppressedWords } from './claim-words.ts';
import { type ClusterPosture, groupName, unitsOf } from './posture.ts';
import type { RunEnd } from './report.ts';

/** The answer in one or two sentences: who fails, then what is unknown. */
export function headline(
  clusters: readonly ClusterPosture[],
  { tally, coverage }: Pick<RunEnd, 'tally' | 'coverage'>,
): string {
  const gaps = (coverage?.gaps.length ?? 0) + tally.problems.length;
  if (tally.clusters === 0)
    return gaps > 0 ? 'No cluster was audited.' : 'There is no EKS cluster: nothing was audited.';

  const failing = clusters.filter(({ counts }) => counts.fail > 0).length;
  const nextFailing = clusters.filter(({ next }) => next?.groups.fail).length;
  const suspect = clusters.filter(({ counts }) => counts.fail === 0 && counts.warn > 0).length;
  const unread = clusters.filter(({ counts, inventory }) => counts.unknown > 0 || inventory.from === 'none').length;
  const units = unitsOf(clusters);
  const all = howMany(clusters.length, units.cluster);

  const leftOut = new Set(clusters.flatMap(({ notLookedAt }) => notLookedAt.flatMap(({ controls = [] }) => controls)))
    .size;

  const answer =
    failing > 0
      ? `${failing} of ${all} ${failingWords(clusters, failing)}.`
      : nextFailing > 0
        ? `No kubelet is proved to fail, but ${nextFailing} of ${all} ${nextFailing === 1 ? 'has' : 'have'} node groups whose next node will fail a control.`
        : suspect > 0
          ? `No cluster is proved to fail; ${suspect} of ${all} probably ${suspect === 1 ? 'fails' : 'fail'} (warn).`
          : unread + gaps > 0
            ? `No failure was seen in ${all}, but not everything was read.`
            : leftOut > 0
              ? `Every kubelet of ${all} passes what was looked at; ${howMany(leftOut, 'control')} ${leftOut === 1 ? 'was' : 'were'} not.`
              : `Every kubelet of ${all} passes.`;
  const notSeen = [
    ...(unread > 0 ? [`in ${howMany(unread, units.cluster)} something could not be read`] : []),
    ...(gaps > 0 ? [`${howMany(gaps, 'place')} could not be looked at`] : []),
  ];
  const { suppressed } = tally;
  const claimed = clusters.reduce((sum, { claims }) => sum + (claims?.nodes ?? 0), 0);
  return [
    answer,
    ...(notSeen.length > 0 ? [`${capital(notSeen.join(', and '))}.`] : []),
    ...(suppressed > 0 ? [`${suppressedWords(suppressed)}.`] : []),
    ...(claimed > 0 ? [`AWS shows no machine of ${howMany(claimed, 'node')}.`] : []),
  ].join(' ');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A control about the cluster itself is failed by no kubelet. */
function failingWords(clusters: readonly ClusterPosture[], failing: number): string {
  if (unitsOf(clusters).cluster === 'file') {
    const groups = clusters.flatMap(({ id, open }) =>
      open.flatMap(({ standing, group }) =>
        standing === 'fail' && group !== 'cluster' ? [`${id} ${groupName(group)}`] : [],
      ),
    );
    const count = howMany(new Set(groups).size, 'node group');
    return `${failing === 1 ? 'makes' : 'make'} ${count} whose kubelets fail a control`;
  }
  const failed = clusters.flatMap(({ open }) => open.filter(({ standing }) => standing === 'fail'));
  const isOfClusters = failed.length > 0 && failed.every(({ verdict }) => verdict !== undefined);
  if (!isOfClusters) return `${failing === 1 ? 'has' : 'have'} kubelets that fail a control`;
  return `${failing === 1 ? 'fails' : 'fail'} a control of the cluster itself`;
}
