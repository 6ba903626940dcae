import type { VerdictStatus } from '../../model/model.ts';

/** Draws rows as a table, and colours words: the only things that a report for people needs from the outside. */
export interface TableStyle {
  /** `lead` is the column that a reader looks for first: where the rows are too wide, it comes first. */
  readonly draw: (head: readonly string[], rows: readonly (readonly string[])[], lead?: number) => string;
  readonly colour: (text: string, status: VerdictStatus) => string;
  readonly bold: (text: string) => string;
  /** Columns of the screen that is written to; none for a file, where no line is broken and each node has its row. */
  readonly width?: number;
}
