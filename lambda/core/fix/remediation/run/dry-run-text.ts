import { printable } from '../../../model/text/printable.ts';
import { hanging } from '../../../model/text/wrap.ts';
import type { NodeProgress } from './progress.ts';
import type { RemedyAnswer } from './remedy-answer.ts';

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
  return [
    line('would be changed'),
    ...changes.map(
      ({ kind, file, name, before, after }) => `    ${file} ${kind} ${name}: ${before || '(not set)'} -> ${after}`,
    ),
  ].join('\n');
}
