import type { Problem } from '../../../lambda/core/model/model.ts';
import type { ReportedAudit } from '../../../lambda/core/model/reported-audit.ts';
import { err, ok } from '../../../lambda/core/model/result.ts';
import type { Report, RunEnd } from '../../../lambda/core/report/report.ts';
import { emptyTally, type Tally, tallied } from '../../../lambda/core/run/outcome.ts';

export interface PiecesOptions {
  readonly clusters?: readonly ReportedAudit[];
  readonly problems?: readonly Problem[];
  readonly run?: Partial<RunEnd>;
}

/** Everything that a report writes about these clusters, piece by piece. */
export function pieces(report: Report, { clusters = [], problems = [], run = {} }: PiecesOptions): readonly string[] {
  const tally = [...clusters.map(ok), ...problems.map(err)].reduce<Tally>(tallied, emptyTally);
  const end = { startedAt: 's', finishedAt: 'f', benchmark: 'cis-eks-1.8.0', tally, ...run };
  return [...(report.begin?.(end) ?? []), ...clusters.flatMap((each) => [...report.cluster(each)]), ...report.end(end)];
}

export const textOf = (report: Report, options: PiecesOptions): string => pieces(report, options).join('');
