import type { ClusterNode } from '../../model.ts';

/** Why the runbook leaves this node to a person; absent when it can do it. It knows systemd's `kubelet` unit, and machines that AWS confirms. */
export function beyondRunbook({ kind, machine }: ClusterNode): string | undefined {
  if (kind === 'ubuntu') return 'the runbook knows systemd’s kubelet unit, and here the kubelet is a snap';
  if (machine.status !== 'confirmed') return `the runbook touches confirmed machines only: ${machine.because}`;
  return undefined;
}
