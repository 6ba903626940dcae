import { howMany } from '../../../model/text/how-many.ts';
import { nameList } from '../../../model/text/name-list.ts';
import { printable } from '../../../model/text/printable.ts';
import { hanging } from '../../../model/text/wrap.ts';
import type { NodeProgress, Progress } from './progress.ts';
import type { RemedyAnswer, RemedyChange } from './remedy-answer.ts';

type DryRunEnd =
  | { readonly kind: 'answered'; readonly answer: RemedyAnswer }
  | { readonly kind: 'not-begun' | 'silent'; readonly because: string };

/** What one node would change, in its document's own words. */
export function dryRunText({ key, group }: NodeProgress, end: DryRunEnd, width: number): string {
  const line = (what: string) => hanging('', `${printable(key, 100)} (${printable(group, 120)}): ${what}`, width);
  if (end.kind !== 'answered') return line(`not asked: ${printable(end.because, 600)}`);

  const { outcome, code, words, changes } = end.answer;
  if (outcome === 'already') return line('is as wanted: nothing would be changed');
  if (outcome !== 'dry-run') return line(`would refuse: ${words || code}`);
  return [line('would be changed'), ...changes.map(changeLine)].join('\n');
}

/** How many nodes would change, and how many would not. */
export function dryRunTotals(ends: readonly DryRunEnd[]): string {
  const wordOf = (end: DryRunEnd): string => {
    if (end.kind !== 'answered') return 'not asked';
    const { outcome } = end.answer;
    return outcome === 'dry-run' ? 'would be changed' : outcome === 'already' ? 'as wanted' : 'would refuse';
  };
  const counts = [...Map.groupBy(ends, wordOf)].map(([word, same]) => `${same.length} ${word}`);
  return `${howMany(ends.length, 'node')}: ${counts.join(', ')}; nothing was changed`;
}

const changeLine = ({ kind, file, name, before, after }: RemedyChange): string =>
  `    ${file} ${kind} ${name}: ${before || '(not set)'} -> ${after || '(not set)'}`;

/** What an undo puts back, by what the nodes said that they changed; those with the same difference are named together. */
export function undoText({ groups }: Progress, width: number): string {
  const alike = groups.flatMap(({ nodes }) => [
    ...Map.groupBy(nodes, ({ changes = [] }) => JSON.stringify(changes)).values(),
  ]);
  return alike
    .flatMap((nodes) => {
      const [{ group = '', changes = [] } = {}] = nodes;
      const lines = changes.map((each) => changeLine({ ...each, before: each.after, after: each.before }));
      const known = lines.length > 0 ? lines : ['    Systems Manager no longer knows what was changed'];
      return [hanging('  ', `${printable(group, 120)}: ${nameList(nodes.map(({ key }) => key))}`, width), ...known];
    })
    .join('\n');
}
