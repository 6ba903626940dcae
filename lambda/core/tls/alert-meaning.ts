const meanings: ReadonlyMap<number, string> = new Map([
  [
    40,
    'it shares no TLS 1.2 cipher suite, group or signature scheme with the probe (alert 40), as a server that speaks TLS 1.3 only may say; in TLS 1.3 the request for a client certificate is encrypted',
  ],
  [
    70,
    'it does not speak TLS 1.2 (alert 70), most likely TLS 1.3 only, where the request for a client certificate is encrypted',
  ],
  [
    80,
    'it has no serving certificate (alert 80), most likely because its CertificateSigningRequest is not approved yet',
  ],
]);

/** Why a server ended the handshake, by the number of its alert (RFC 5246, 7.2; what kubelets answer was measured on 1.29 to 1.35). */
export const alertMeaning = (description: number): string =>
  meanings.get(description) ?? `it ended the TLS handshake with alert ${description}`;
