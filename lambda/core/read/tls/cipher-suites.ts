/**
 * What our ClientHello offers, and so all that an answer may choose. Only suites in which the server signs its part of the key exchange: that
 * signature proves that it holds the key of its certificate.
 */
export const cipherSuites = [
  0xc02b, // ECDHE_ECDSA_AES_128_GCM_SHA256
  0xc02f, // ECDHE_RSA_AES_128_GCM_SHA256
  0xc02c, // ECDHE_ECDSA_AES_256_GCM_SHA384
  0xc030, // ECDHE_RSA_AES_256_GCM_SHA384
  0xcca9, // ECDHE_ECDSA_CHACHA20_POLY1305
  0xcca8, // ECDHE_RSA_CHACHA20_POLY1305
  0xc023, // ECDHE_ECDSA_AES_128_CBC_SHA256
  0xc027, // ECDHE_RSA_AES_128_CBC_SHA256
  0xc009, // ECDHE_ECDSA_AES_128_CBC_SHA
  0xc013, // ECDHE_RSA_AES_128_CBC_SHA
  0xc00a, // ECDHE_ECDSA_AES_256_CBC_SHA
  0xc014, // ECDHE_RSA_AES_256_CBC_SHA
] as const;

/** x25519, P-256, P-384, P-521. */
export const namedGroups = [0x001d, 0x0017, 0x0018, 0x0019] as const;

/** How a signature scheme's number is checked. No SHA-1: such a signature proves nothing. */
export interface SignatureScheme {
  readonly key: 'ec' | 'rsa' | 'ed25519';
  /** Absent for Ed25519, which has its own hash. */
  readonly hash?: 'sha256' | 'sha384' | 'sha512';
  readonly padding?: 'pkcs1' | 'pss';
}

/** RFC 8446, 4.2.3; also what TLS 1.2 uses. */
export const signatureSchemes: ReadonlyMap<number, SignatureScheme> = new Map([
  [0x0403, { key: 'ec', hash: 'sha256' }],
  [0x0804, { key: 'rsa', hash: 'sha256', padding: 'pss' }],
  [0x0401, { key: 'rsa', hash: 'sha256', padding: 'pkcs1' }],
  [0x0503, { key: 'ec', hash: 'sha384' }],
  [0x0805, { key: 'rsa', hash: 'sha384', padding: 'pss' }],
  [0x0501, { key: 'rsa', hash: 'sha384', padding: 'pkcs1' }],
  [0x0603, { key: 'ec', hash: 'sha512' }],
  [0x0806, { key: 'rsa', hash: 'sha512', padding: 'pss' }],
  [0x0601, { key: 'rsa', hash: 'sha512', padding: 'pkcs1' }],
  [0x0807, { key: 'ed25519' }],
]);
