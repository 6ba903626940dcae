import type { ReportedAudit } from '../model/reported-audit.ts';
import { printable } from '../model/text/printable.ts';
import type { ClaimedNodes } from './coverage.ts';

/** Names that are kept; the rest is counted. */
const mostNamed = 20;

type Audit = Pick<ReportedAudit, 'inventory' | 'nodes'>;

/** What only Node objects or tags say of a cluster. Names are bounded as everything that nodes say is. */
export function claimsOf({ inventory, nodes }: Audit): ClaimedNodes | undefined {
  const claimed = [
    ...(inventory.claims ?? []),
    ...nodes.flatMap(({ node }) => (node.claimed === undefined ? [] : [node])),
  ];
  const groups = [
    ...new Set(
      nodes.flatMap(({ node: { group, groupUnconfirmed } }) =>
        groupUnconfirmed === undefined ? [] : [printable(`${group.name} (${group.kind})`, 300)],
      ),
    ),
  ].toSorted();
  if (claimed.length + groups.length === 0) return undefined;

  const named = claimed.slice(0, mostNamed).map(({ name, key, kind, machine }) => {
    const because = kind === 'fargate' ? 'Fargate' : machine.status === 'confirmed' ? kind : machine.because;
    return printable(`${name ?? key} (${because})`, 300);
  });
  return {
    nodes: claimed.length,
    named,
    ...(groups.length > 0 && { groups: groups.length, groupsNamed: groups.slice(0, mostNamed) }),
  };
}
