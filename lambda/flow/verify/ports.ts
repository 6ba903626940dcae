import type { FileThere } from '../../core/run/signed/check-files.ts';

/** A run that was kept, in a folder or below a prefix. Throws `OperatorError` where it cannot be read: then nothing is said of it. */
export interface KeptFiles {
  /** Every file and link in it and below it, each once. */
  files(): AsyncIterable<FileThere>;
  /** A file's bytes; `undefined` when there is none. Longer ones than this are refused. */
  bytes(path: string, mostBytes: number): Promise<Buffer | undefined>;
}

/** What the runs of a deployment left in their bucket. Throws `OperatorError` as above. */
export interface KeptRuns {
  /** The text of each object below `statements/`; `undefined` for one that is too large for a statement. */
  statements(): AsyncIterable<{ readonly name: string; readonly text: string | undefined }>;
  /** `RUN/` for each run of which files are there, and the name of each object beside them. */
  runs(): AsyncIterable<string>;
  /** The files of one run. */
  files(runId: string): KeptFiles;
  /** Every key below a prefix. */
  keys(prefix: string): AsyncIterable<string>;
  /** SHA-256 of an object; `undefined` when there is none. */
  sha256(key: string): Promise<string | undefined>;
  /** The text of a list of the census by its SHA-256, if it has it; `undefined` when there is none. */
  censusList(sha256: string): Promise<string | undefined>;
}
