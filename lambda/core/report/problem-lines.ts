import type { Problem } from '../model/model.ts';
import type { ReportedAudit } from '../model/reported-audit.ts';
import { printable } from '../model/text/printable.ts';
import { hanging } from '../model/text/wrap.ts';

/** Names, and what AWS and the API server say, come from others: one line, and nothing that moves a terminal. */
export const plain = (text: string): string => printable(text, 4_000);

type Own = Pick<Problem, 'code' | 'message' | 'remedy'>;

/** What went wrong in a cluster. That nothing is known of its nodes is said also where no other problem says why. */
export const clusterProblems = ({
  inventory,
  problems,
}: Pick<ReportedAudit, 'inventory' | 'problems'>): readonly Own[] =>
  inventory.from === 'none' ? [notListed, ...problems] : problems;

const notListed: Own = {
  code: 'nodes-not-listed',
  message: 'its nodes could not be listed',
  remedy: 'see the problems of this cluster',
};

/** What is wrong, and below it what to do. */
export const problemLines = (
  problems: readonly Pick<Problem, 'message' | 'remedy'>[],
  width: number,
): readonly string[] =>
  problems.flatMap((each) => [hanging('  ! ', plain(each.message), width), hanging('    ', plain(each.remedy), width)]);
