import type { Survives } from '../../../../../lambda/core/fix/remediation/plan.ts';
import { diffLines } from '../../../../../lambda/core/fix/remediation/plan-text.ts';
import { nodeSteps } from '../../../../../lambda/core/fix/remediation/steps/node-steps.ts';
import type { Control } from '../../../../../lambda/core/judge/control.ts';
import { controls } from '../../../../../lambda/core/judge/controls/index.ts';
import type { ClusterNode, KubeletFacts, NodeKind } from '../../../../../lambda/core/model/model.ts';
import { clusterCa, clusterWith, judgedNode, mainFile, nodeOfKind, seen, type Wrong } from '../failing-audit.ts';

export const named = (slug: string): Control => controls.find((control) => control.slug === slug)!;
export const { cluster } = clusterWith;

interface StepsOfOptions {
  readonly node?: Partial<ClusterNode>;
  readonly trust?: readonly string[];
  readonly others?: readonly KubeletFacts[];
}

export function stepsOf(kind: NodeKind, slug: string, facts: KubeletFacts, options: StepsOfOptions = {}) {
  const { node = {}, trust = [clusterCa], others } = options;
  const audit = judgedNode({ facts, ...(others && { otherFacts: others }) }, nodeOfKind(kind, 1, node));
  return inLines(nodeSteps(audit, { cluster, trust, controls: [named(slug)] }));
}
export const wrong = (kind: NodeKind, settings: NonNullable<Wrong['settings']>) => seen(kind, { settings });
export const port = (kind: NodeKind) =>
  wrong(kind, { readOnlyPort: { value: 10255, origin: { from: 'file', file: mainFile[kind] } } });

const lasts = ({ reboot, replacement }: Survives) => (replacement ? 'always' : reboot ? 'stays' : 'until reboot');

/** Each step as lines: what is done, by whom and why; what changes where; the commands; how long it lasts; what to mind. */
export const inLines = (steps: ReturnType<typeof nodeSteps>): readonly (readonly string[])[] =>
  steps.map((step) => {
    if ('notPlanned' in step) return [`${step.control} is not planned: ${step.notPlanned}`];
    return [
      `${step.control}, ${step.method} by ${step.by}: ${step.because}`,
      ...step.changes.map(diffLines).flatMap(({ place, lines }) => [`@ ${place}`, ...lines]),
      ...step.commands.map((command) => `$ ${command}`),
      lasts(step.survives),
      ...step.cautions.map((caution) => `mind: ${caution}`),
    ];
  });
