import { createHash } from 'node:crypto';

/**
 * The first 32 hexadecimal digits (128 bits) of SHA-256 over the text's UTF-16 code units, so that halves of surrogate pairs
 * differ too. For identifiers and fingerprints of texts that somebody else chose: nobody can make two of them collide.
 */
export const shortHash = (text: string): string =>
  createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, 32);
