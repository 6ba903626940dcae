import type { Manifest } from '../model/manifest.ts';
import type { ClusterAudit, Drift, KubeletFacts, NodeAudit, ReadFailure } from '../model/model.ts';
import type { Coverage } from '../run/coverage.ts';
import type { Tally } from '../run/outcome.ts';

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
  /** How it was audited: one, or one of each of the results that a report is made of; absent where none is known. */
  readonly manifests?: readonly Manifest[];
  /** A person stopped it: what is missing was not looked at. */
  readonly interrupted?: true;
}

/** Of what was read a report tells the source and its notes; the values are in the verdicts' evidence. */
type ReportedFacts = Pick<KubeletFacts, 'via' | 'notes'>;

/** A node as reports take it: of an audit that goes on, or read from a saved result. */
export interface ReportedNode extends Pick<NodeAudit, 'node' | 'verdicts' | 'access'> {
  readonly facts?: ReportedFacts;
  readonly otherFacts?: readonly ReportedFacts[];
  readonly drift?: readonly (Omit<Drift, 'setting'> & { readonly setting: string })[];
  readonly failures: readonly Pick<ReadFailure, 'via' | 'kind' | 'because'>[];
}

export interface ReportedAudit extends Omit<ClusterAudit, 'nodes'> {
  readonly nodes: readonly ReportedNode[];
  /** Of a saved result, as it was written. */
  readonly resultSha256?: string;
}

/**
 * A format: text piece by piece, cluster by cluster as they are done, so that a thousand clusters are never in memory at once. It is good for one run, in
 * the order `begin`, `cluster` any number of times, `end`; what each of them yields ends with a line break, or is nothing.
 */
export interface Report {
  begin(run: RunStart): Iterable<string>;
  cluster(audit: ReportedAudit): Iterable<string>;
  end(run: RunEnd): Iterable<string>;
}
