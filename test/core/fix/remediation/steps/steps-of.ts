import { nodeSteps } from '../../../../../lambda/core/fix/remediation/steps/node-steps.ts';
import type { Control } from '../../../../../lambda/core/judge/control.ts';
import { controls } from '../../../../../lambda/core/judge/controls/index.ts';
import type { ClusterNode, KubeletFacts, NodeKind } from '../../../../../lambda/core/model/model.ts';
import { clusterCa, clusterWith, judgedNode, mainFile, nodeOfKind, seen, type Wrong } from '../failing-audit.ts';

export const named = (slug: string): Control => controls.find((control) => control.slug === slug)!;
export const { cluster } = clusterWith;

interface Given {
  readonly node?: Partial<ClusterNode>;
  readonly trust?: readonly string[];
  readonly others?: readonly KubeletFacts[];
}

export function stepsOf(
  kind: NodeKind,
  slug: string,
  facts: KubeletFacts,
  { node = {}, trust = [clusterCa], others }: Given = {},
) {
  const audit = judgedNode({ facts, ...(others && { otherFacts: others }) }, nodeOfKind(kind, 1, node));
  return nodeSteps(audit, { cluster, trust, controls: [named(slug)] });
}
export const wrong = (kind: NodeKind, settings: NonNullable<Wrong['settings']>) => seen(kind, { settings });
export const port = (kind: NodeKind) =>
  wrong(kind, { readOnlyPort: { value: 10255, origin: { from: 'file', file: mainFile[kind] } } });

/** How long a change on the node lasts. */
export const stays = { reboot: true, replacement: false };
export const untilReboot = { reboot: false, replacement: false };
export const always = { reboot: true, replacement: true };
