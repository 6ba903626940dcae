/** A kubelet's command line. */
export interface CommandLine {
  /** `proc`: as the process has it. `ps`: as a list of processes shows it, or as somebody pasted it. */
  readonly from: 'proc' | 'ps';
  /** Each argument, the program's name first. */
  readonly arguments: readonly string[];
  /** Why more flags may be behind its end: then only flags that are there count, and only against the kubelet. */
  readonly mayGoOn?: string;
  /** What a verdict by it assumes. */
  readonly notes?: readonly string[];
}

/** One file as it was found. `not-saved` is used offline: the file was not saved, so nothing follows from its absence. */
export type FileSnapshot =
  | { readonly status: 'read'; readonly text: string }
  | { readonly status: 'absent' }
  | { readonly status: 'not-saved' }
  | { readonly status: 'refused'; readonly because: string };

/**
 * The `*.conf` files below a drop-in directory, sub-folders included, as absolute paths in any order; or that path itself if it is a file with such a
 * name. `not-walked`: a link without a slash at its end, or no directory at all; the kubelet does not look into it, and starts.
 */
export type DirectorySnapshot =
  | { readonly status: 'read'; readonly files: readonly string[] }
  | { readonly status: 'not-walked' }
  | { readonly status: 'absent' }
  | { readonly status: 'not-saved' }
  | { readonly status: 'refused'; readonly because: string };

/**
 * When a file, a link itself or a folder was written (mtime), and when anything about it last changed (ctime). Seconds since 1970 by the node's
 * clock, the latest moment that its answer allows for. `unknown` where the node could not say;
 * `mounted` where a mount covers it, which may show a file with times of its own.
 */
export type FileTimes = { readonly modified: number; readonly changed: number } | 'unknown' | 'mounted';

/** The files of a node: read by the probe over SSM, or saved by hand for `evaluate node`. A path that is in no map was not looked for. */
export interface NodeFiles {
  readonly commandLine: CommandLine;
  /** The kubelet's working directory, for relative paths; absent offline. */
  readonly workingDirectory?: string;
  readonly files: ReadonlyMap<string, FileSnapshot>;
  readonly directories: ReadonlyMap<string, DirectorySnapshot>;
  /** The earliest time at which the kubelet's process may have started, in seconds since 1970; absent where it is unknown, as for saved files. */
  readonly startedAt?: number;
  /**
   * The times of everything that the configuration is read from, by path. These are the main file, each link on the way to it, the drop-in directory,
   * its sub-folders and each drop-in.
   */
  readonly times?: ReadonlyMap<string, FileTimes>;
  /** What the kubelet printed when it started, where the journal has it. `isWhole`: from its version to the port on which it listens. */
  readonly startLog?: {
    readonly isWhole: boolean;
    readonly clientCas: readonly string[];
    readonly readOnlyPorts: readonly number[];
  };
  /** Whether KUBELET_CONFIG_DROPIN_DIR_ALPHA is set in the process's environment; absent when it was not looked at. Matters for 1.28 and 1.29 only. */
  readonly dropInDirectoryAlpha?: boolean;
  /** `v1.34.9…`, from the Node object or given by hand; absent when it is unknown. */
  readonly kubeletVersion?: string;
}

/** Mode and owner of a file whose content was not looked at. */
export type PermissionsSnapshot =
  | { readonly status: 'read'; readonly mode: number; readonly owner: string; readonly group: string }
  | { readonly status: 'absent' }
  | { readonly status: 'refused'; readonly because: string };

/** The certificates of a file, each in base64 of its DER form; nothing says yet that they are any. */
export type CertificatesSnapshot =
  | {
      readonly status: 'read';
      readonly certificates: readonly string[];
      /** Blocks called certificates that hold something else. */
      readonly unclean: number;
      readonly ownedByRoot: boolean;
    }
  | { readonly status: 'absent' }
  | { readonly status: 'refused'; readonly because: string };
