/** What a server says in TLS 1.2 before the client has to answer: its first flight, as far as the probe uses it. */
export interface ServerFlight {
  readonly serverRandom: Uint8Array;
  /** The server's own certificate first, each in DER; 1 to 8. */
  readonly certificates: readonly Uint8Array[];
  readonly keyExchange: KeyExchange;
  /** Present exactly when the server asks for a client certificate. */
  readonly request?: CertificateRequest;
}

/** The server's half of the key exchange, and its signature over client random, server random and these parameters. */
export interface KeyExchange {
  readonly parameters: Uint8Array;
  /** Number of the signature scheme. */
  readonly scheme: number;
  readonly signature: Uint8Array;
}

export interface CertificateRequest {
  /** The CAs that the server accepts clients of, as text; the first 64. */
  readonly authorities: readonly string[];
  /** How many it named in all. */
  readonly count: number;
}
