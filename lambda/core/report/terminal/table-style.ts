import type { VerdictStatus } from '../../model/model.ts';

/** Draws rows as a table, and colours words: the only things that a report for people needs from the outside. */
export interface TableStyle {
  /** The last column holds the sentences. */
  readonly draw: (head: readonly string[], rows: readonly (readonly string[])[]) => string;
  readonly colour: (text: string, status: VerdictStatus) => string;
  readonly bold: (text: string) => string;
  /** Columns of the screen or file that is written to. */
  readonly width: number;
}
