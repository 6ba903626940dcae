import type { ClusterAudit } from '../model.ts';
import type { Tally } from '../outcome.ts';
import type { Coverage } from '../run/coverage.ts';

/** What is known before the first cluster. */
export interface RunStart {
  readonly startedAt: string;
  readonly benchmark: string;
}

/** What is known when the last cluster is done. */
export interface RunEnd extends RunStart {
  readonly finishedAt: string;
  readonly tally: Tally;
  /** Of a run over accounts. */
  readonly coverage?: Coverage;
}

/**
 * A format: text piece by piece, cluster by cluster as they are done, so that a thousand clusters are never in memory at once. It is good for one run, in
 * the order `begin`, `cluster` any number of times, `end`; what each of them yields ends with a line break, or is nothing.
 */
export interface Report {
  begin(run: RunStart): Iterable<string>;
  cluster(audit: ClusterAudit): Iterable<string>;
  end(run: RunEnd): Iterable<string>;
}
