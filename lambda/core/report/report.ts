import type { Control } from '../judge/control.ts';
import type { WaiverUse } from '../judge/waivers/waiver-use.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ReportedAudit } from '../model/reported-audit.ts';
import type { Coverage } from '../run/coverage.ts';
import type { Tally } from '../run/outcome.ts';

/** The controls of a report, and the benchmark whose numbers they have: a version, or `auto` for those that fit each cluster. */
export interface ReportedControls {
  readonly controls: readonly Control[];
  readonly benchmark: string;
}

/** What is known before the first cluster. */
export interface RunStart {
  readonly startedAt: string;
  readonly benchmark: string;
}

/** What is known when the last cluster is done. */
export interface RunEnd extends RunStart {
  readonly finishedAt: string;
  readonly tally: Tally;
  /** The coverage of a run over accounts. */
  readonly coverage?: Coverage;
  /** Of the waivers that it was audited with; absent without any. */
  readonly waivers?: WaiverUse;
  /** How it was audited: one, or one of each of the results that a report is made of; absent where none is known. */
  readonly manifests?: readonly Manifest[];
  /** A person stopped it: what is missing was not looked at. */
  readonly interrupted?: true;
}

/**
 * A format: text piece by piece, cluster by cluster as they are done, so that a thousand clusters are never in memory at once. It serves one run, in
 * the order `begin`, `cluster` any number of times, `end`. What each of them yields ends with a line break, or is empty.
 */
export interface Report {
  begin?(run: RunStart): Iterable<string>;
  cluster(audit: ReportedAudit): Iterable<string>;
  end(run: RunEnd): Iterable<string>;
}
