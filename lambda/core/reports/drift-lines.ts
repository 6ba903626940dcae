import type { ReportedNode } from './report.ts';
import { hanging } from './wrap.ts';

/** Nodes named in one line; a node group mostly drifts as a whole. */
const mostNames = 3;

/** What runs otherwise than its files say: one line for each thing that one or more nodes show, under a heading, or nothing at all. */
export function driftLines(nodes: readonly ReportedNode[], width = Number.POSITIVE_INFINITY): readonly string[] {
  const said = Map.groupBy(
    nodes.flatMap(({ node, drift = [] }) => drift.map(({ because }) => ({ name: node.name ?? node.key, because }))),
    ({ because }) => because,
  );
  if (said.size === 0) return [];

  return [
    '  Not restarted since an edit:',
    ...[...said].map(([because, drifting]) =>
      hanging('  ~ ', `${namesOf(drifting.map(({ name }) => name))}: ${because}`, width),
    ),
  ];
}

function namesOf(names: readonly string[]): string {
  const more = names.length - mostNames;
  return `${names.slice(0, mostNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
