import { effectiveConfiguration } from '../../core/kubelet/effective.ts';
import { type IgnoredProcesses, parseProbeAnswer } from '../../core/kubelet/probe-answer.ts';
import type { ClusterNode, KubeletFacts, ReadFailure } from '../../core/model.ts';
import { err, type Result } from '../../core/result.ts';
import { notTried, unreadable } from './failures.ts';

/** The settings of a node's kubelet out of the decoded answer of the probe. */
export function kubeletFacts(node: ClusterNode, body: Uint8Array): Result<KubeletFacts, ReadFailure> {
  const answer = parseProbeAnswer(body);
  if (!answer.ok) return err(unreadable(answer.error));

  switch (answer.value.outcome) {
    case 'kubelet':
      return effectiveConfiguration(
        { ...answer.value.files, ...(node.kubeletVersion && { kubeletVersion: node.kubeletVersion }) },
        'ssm',
      );
    case 'no-kubelet':
      return err(unreadable(`no kubelet runs on this machine${ignored(answer.value.ignored)}`));
    case 'several-kubelets':
      return err(
        unreadable(
          `several kubelets run on this machine, which of them is this node's is not known: ${answer.value.processes.map(({ pid, parent }) => `pid ${pid} (parent ${parent})`).join(', ')}`,
        ),
      );
    case 'not-supported':
      return err(notTried(answer.value.because));
  }
}

function ignored(processes: readonly IgnoredProcesses[]): string {
  if (processes.length === 0) return ': it may never have joined the cluster';
  return `; processes of that name were ignored: ${processes.map(({ where, count }) => `${count} ${where}`).join(', ')}`;
}
