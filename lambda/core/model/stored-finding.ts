/** A finding as Security Hub holds it, reduced to what our own model can write again: nothing of it is ever echoed. */
export interface StoredFinding {
  readonly id: string;
  readonly createdAt: string;
  readonly firstObservedAt?: string;
  readonly updatedAt: string;
  readonly complianceStatus?: string;
  readonly recordState?: string;
  /** `NEW`, `NOTIFIED`, `SUPPRESSED`, `RESOLVED`: the account's own. */
  readonly workflow?: string;
  readonly title: string;
  readonly description: string;
  readonly generatorId: string;
  /** Our own fields (`eks-kubelet-audit/…`) only. */
  readonly productFields: Readonly<Record<string, string>>;
}
