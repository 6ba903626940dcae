import type { ClusterAudit, Drift, KubeletFacts, NodeAudit, ReadFailure } from './model.ts';

/** Of what was read, a report shows the source and its notes. The values are in the evidence of the verdicts. */
type ReportedFacts = Pick<KubeletFacts, 'via' | 'notes' | 'assumes' | 'proof'>;

/** A node as reports take it: of an audit that goes on, or read from a saved result. */
export interface ReportedNode extends Pick<NodeAudit, 'node' | 'verdicts' | 'access'> {
  readonly facts?: ReportedFacts;
  readonly otherFacts?: readonly ReportedFacts[];
  readonly drift?: readonly (Omit<Drift, 'setting'> & { readonly setting: string })[];
  readonly failures: readonly Pick<ReadFailure, 'via' | 'kind' | 'because'>[];
}

export interface ReportedAudit extends Omit<ClusterAudit, 'nodes'> {
  readonly nodes: readonly ReportedNode[];
  /** Of a result saved under `auto`: the version of the benchmark whose numbers it has. */
  readonly benchmark?: string;
  /** The hash of a saved result, as it was written. */
  readonly resultSha256?: string;
}
