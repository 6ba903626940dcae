/** Permission bits (`0o644`) and owner of one file. `not-named`: the kubelet has no such flag, so there is no such file. */
export type FileFact =
  | {
      readonly state: 'known';
      readonly path: string;
      readonly mode: number;
      readonly owner: string;
      readonly group: string;
    }
  | { readonly state: 'not-named' }
  | { readonly state: 'unknown'; readonly because: string };

export interface FileFacts {
  readonly kubeconfig: FileFact;
  readonly config: FileFact;
}

/** One certificate of a CA bundle. */
export interface CaCertificate {
  /** Distinguished name, printable and bounded. */
  readonly subject: string;
  /** The hash of the DER form: 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly notAfter: string;
}

/** What is behind the path that `authentication.x509.clientCAFile` names. */
export type CaBundleFacts =
  | { readonly state: 'read'; readonly path: string; readonly certificates: readonly CaCertificate[] }
  | { readonly state: 'gone'; readonly path: string }
  | { readonly state: 'unreadable'; readonly path: string; readonly because: string };

/** When something was read, and its hashes: SHA-256, 64 hexadecimal digits. */
export interface Proof {
  /** ISO 8601. */
  readonly readAt: string;
  /** The hash of the answer as it was received, before it was reduced to the allow-list. */
  readonly sha256: string;
  /**
   * The hash of what is kept of a node's answer, as an evidence folder has it (docs/reports.md says how to make it again). Absent where no folder
   * keeps it.
   */
  readonly keptSha256?: string;
}

/** Of a node that is not there yet: what its user data says, or `file`, which is what makes it. Parts and lines count from 1, lines in that text. */
export interface UserDataOrigin {
  readonly from: 'user-data';
  readonly file?: string;
  readonly part?: number;
  readonly line?: number;
  readonly flag?: string;
  /** The keys down to the value, `spec.kubelet.config.readOnlyPort`. */
  readonly key?: string;
  /** The line holds this key and its value, and nothing else. */
  readonly alone?: true;
}
