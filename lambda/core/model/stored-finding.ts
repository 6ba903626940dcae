/** A finding as Security Hub holds it, reduced to what our own model can compare and write again: nothing of it is ever echoed. */
export interface StoredFinding {
  readonly id: string;
  readonly createdAt: string;
  readonly firstObservedAt?: string;
  readonly lastObservedAt?: string;
  readonly updatedAt: string;
  readonly complianceStatus?: string;
  readonly recordState?: string;
  /** What BatchImportFindings sets, as a short hash of each field by its name (asff/provided.ts). */
  readonly provided: Readonly<Record<string, string>>;
  /** `NEW`, `NOTIFIED`, `SUPPRESSED`, `RESOLVED`: the account's own, as the two after it. */
  readonly workflow?: string;
  readonly verification?: string;
  /** The label that people see, and the one that its provider gave. */
  readonly severity?: string;
  readonly providedSeverity?: string;
  /** Somebody else wrote it last: times and own fields are those of the hub's memory. */
  readonly isForeign?: true;
  /** Our own fields (`eks-kubelet-audit/…`) only. */
  readonly productFields: Readonly<Record<string, string>>;
}
