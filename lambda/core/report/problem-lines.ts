import type { Problem } from '../model/model.ts';
import { printable } from '../model/text/printable.ts';
import { hanging } from '../model/text/wrap.ts';

/** Names, and what AWS and the API server say, come from others: one line, and nothing that moves a terminal. */
export const plain = (text: string): string => printable(text, 4_000);

/** What is wrong, and below it what to do. */
export const problemLines = (
  problems: readonly Pick<Problem, 'message' | 'remedy'>[],
  width = Number.POSITIVE_INFINITY,
): readonly string[] =>
  problems.flatMap((each) => [hanging('  ! ', plain(each.message), width), hanging('    ', plain(each.remedy), width)]);
