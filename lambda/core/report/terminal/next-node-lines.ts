import type { Control } from '../../judge/control.ts';
import type { VerdictStatus } from '../../model/model.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { hanging } from '../../model/text/wrap.ts';
import { controlList } from '../control-list.ts';
import { nextCounts, nextPosture } from '../next-nodes.ts';
import { groupName } from '../posture.ts';
import { plain } from '../problem-lines.ts';
import type { TableStyle } from './table-style.ts';

interface NextNodeLinesOptions {
  readonly controls: readonly Control[];
  readonly benchmark: string;
  readonly style: TableStyle;
  readonly only?: readonly VerdictStatus[];
}

/** The rest of a large cluster is counted. */
const mostLines = 50;

/** What the node groups launch next, below the nodes: how many of each, then what fails and where the two disagree. */
export function nextNodeLines(
  audit: ReportedAudit,
  { controls, benchmark, style, only }: NextNodeLinesOptions,
): { readonly lines: readonly string[]; readonly isFailing: boolean } {
  const posture = nextPosture(audit, controls);
  if (!posture) return { lines: [], isFailing: false };

  const { width = Number.POSITIVE_INFINITY } = style;
  const isFailing = posture.results.some(({ standing }) => standing === 'fail');
  // What is said of a next node that passes is about nodes that fail.
  const shown = posture.results.filter(
    ({ standing }) => !only || only.includes(standing === 'pass' || standing === 'waived' ? 'fail' : standing),
  );
  if (only && shown.length === 0) return { lines: [], isFailing };

  const left = shown.length - mostLines;
  return {
    isFailing,
    lines: [
      hanging('  ', `Next nodes, by what the node groups launch: ${nextCounts(posture)}`, width),
      ...shown.slice(0, mostLines).map(({ group, control, standing, text }) => {
        const word = standing === 'waived' ? style.colour('waived', 'warn') : style.colour(standing, standing);
        const name = controlList([control], { controls, benchmark });
        return hanging('  > ', `${word} ${name}, next node of ${plain(groupName(group))}: ${plain(text)}`, width);
      }),
      ...(left > 0 ? [`    and ${left} more; -f json has each`] : []),
    ],
  };
}
