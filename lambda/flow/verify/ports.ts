import type { FileThere } from '../../core/run/signed/check-files.ts';

/** A run that was kept, in a folder or below a prefix. Throws `OperatorError` where it cannot be read: then nothing is said of it. */
export interface KeptFiles {
  /** Every file and link in it and below it, each once. */
  files(): AsyncIterable<FileThere>;
  /** A file's bytes; `undefined` when there is none. Longer ones than this are refused. */
  bytes(path: string, mostBytes: number): Promise<Buffer | undefined>;
}
