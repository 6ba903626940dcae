import { X509Certificate } from 'node:crypto';
import { certificateBlocks } from '../pem.ts';

/**
 * SHA-256 of each certificate in a PEM bundle (64 lower-case hexadecimal digits), each once. Empty when any of them cannot be read:
 * half of a bundle would make a node that holds the other half look wrong.
 */
export function caFingerprints(pem: string): readonly string[] {
  try {
    const certificates = certificateBlocks(pem).map((each) => new X509Certificate(each));
    return [...new Set(certificates.map((each) => each.fingerprint256.replaceAll(':', '').toLowerCase()))];
  } catch {
    return [];
  }
}
