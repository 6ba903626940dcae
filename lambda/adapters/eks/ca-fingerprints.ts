import { X509Certificate } from 'node:crypto';

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * SHA-256 of each certificate in a PEM bundle (64 lower-case hexadecimal digits), each once. Empty when any of them cannot be read:
 * half of a bundle would make a node that holds the other half look wrong.
 */
export function caFingerprints(pem: string): readonly string[] {
  try {
    const certificates = (pem.match(block) ?? []).map((each) => new X509Certificate(each));
    return [...new Set(certificates.map((each) => each.fingerprint256.replaceAll(':', '').toLowerCase()))];
  } catch {
    return [];
  }
}
