/** What goes wrong while a run looks and writes. */
export interface RunFaults {
  /** The API servers answer no list of nodes. */
  readonly nodeList: boolean;
  /** EC2 answers no list of machines. */
  readonly machines: boolean;
  /** EC2 answers nothing about launch templates. */
  readonly templates: boolean;
  /** EKS answers no list of clusters. */
  readonly clusterList: boolean;
  /** EKS describes no cluster. */
  readonly describe: boolean;
  /** Time runs out after so many nodes of each cluster. */
  readonly deadlineAfter: number | undefined;
  /**
   * - `off`: Security Hub is switched off, with all that it held, and switched on again after the run.
   * - `unreadable`: it answers nothing.
   * - `unwritable`: it can be read, and takes nothing.
   */
  readonly hub: 'ok' | 'off' | 'unreadable' | 'unwritable';
  /** Security Hub refuses the findings whose Id has this remainder. */
  readonly refuses: Remainder | undefined;
  /** The bus takes no event. */
  readonly bus: boolean;
}

interface Remainder {
  readonly of: number;
  readonly is: number;
}

export const noFaults: RunFaults = {
  nodeList: false,
  machines: false,
  templates: false,
  clusterList: false,
  describe: false,
  deadlineAfter: undefined,
  hub: 'ok',
  refuses: undefined,
  bus: false,
};

/** Which findings Security Hub refuses: the same ones for every caller. */
export function isRefused(id: string, { refuses }: Pick<RunFaults, 'refuses'>): boolean {
  if (!refuses) return false;
  const sum = [...id].reduce((before, letter) => (before * 31 + letter.charCodeAt(0)) % 65_521, 7);
  return sum % refuses.of === refuses.is;
}
