/** What became of each finding of one write: every one of them is in exactly one of these. */
export interface WriteSummary {
  readonly imported: number;
  readonly rejected: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  readonly notSent: readonly { readonly id: string; readonly because: string }[];
}

/**
 * The findings that Security Hub took, by what changed: new; known and different; archived and back; the same but old; gone. Together they are
 * `imported`.
 */
export interface ChangeCounts {
  readonly created: number;
  readonly updated: number;
  readonly reopened: number;
  readonly refreshed: number;
  readonly archived: number;
  /** Left alone: nothing to say about them has changed. */
  readonly unchanged: number;
}

/** What became of the findings of one cluster, or of one account's Region. */
export interface PublishResult extends WriteSummary, ChangeCounts {
  /** Of a terminal, which archives nothing: what open findings are about that this audit did not see, such as a node group that is gone. */
  readonly leftOpen?: readonly string[];
}
