import { createHash } from 'node:crypto';

/**
 * The first 32 hexadecimal digits (128 bits) of SHA-256 over the text's UTF-16 code units, so that halves of surrogate pairs differ too. It
 * identifies texts that a stranger may choose: no two of them can be made to collide.
 */
export const shortHash = (text: string): string =>
  createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, 32);
