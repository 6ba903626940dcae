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

/** The certificate that a kubelet shows to its clients, as far as a client that verifies looks at it. */
export interface ServingCertificate {
  /** `port 10250` */
  readonly at: string;
  /** Distinguished names, printable and bounded. */
  readonly subject: string;
  readonly issuer: string;
  /** The hash of the DER form. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whether the cluster's CA signed it; `unknown` without that CA. */
  readonly signedBy: 'cluster-ca' | 'itself' | 'another' | 'unknown';
  /** Whether its purpose is to be a server's. */
  readonly forServers: boolean;
  /** Whether it names the node, as the API server and AWS know it. */
  readonly namesNode: boolean;
  /** Whether the server proved that it holds the certificate's key. */
  readonly keyProven: boolean;
  /** Whether it is the node's own by all that is known: AWS confirms the address, or a kubelet makes such certificates. */
  readonly isOfNode: boolean;
}

/** What a connection showed; `none` when the kubelet ended the handshake since it has no certificate yet. */
export type ServingCertificateFacts =
  | ({ readonly state: 'shown' } & ServingCertificate)
  | ({ readonly state: 'none'; readonly because: string } & Pick<ServingCertificate, 'at' | 'isOfNode'>);

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
