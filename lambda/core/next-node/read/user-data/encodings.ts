import { gunzipSync } from 'node:zlib';
import { err, ok, type Result } from '../../../model/result.ts';
import type { DocumentFault } from '../../../read/kubelet/documents/tree.ts';

/** EC2 takes 16 KB of user data; what a gzip of it may hold is bounded here. */
export const mostBytes = 256 * 1024;

/** Bytes are handled as text of one character a byte where only ASCII matters. */
export const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/**
 * The bytes of base64 (the standard alphabet with padding, line breaks anywhere). `undefined` for everything else, which nodeadm then takes as it is.
 * Source: Go `encoding/base64` StdEncoding.
 */
export function decodedBase64(bytes: Uint8Array): Uint8Array | undefined {
  const text = latin1(bytes).replace(/[\r\n]/g, '');
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text);
  return isBase64 ? new Uint8Array(Buffer.from(text, 'base64')) : undefined;
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Source: Go `compress/gzip`, which refuses what follows the last member; Node leaves it out. */
export function gunzipped(bytes: Uint8Array): Result<Uint8Array, DocumentFault> {
  try {
    const { buffer, engine } = gunzipSync(bytes, { maxOutputLength: mostBytes, info: true }) as unknown as {
      readonly buffer: Uint8Array;
      readonly engine: { readonly bytesWritten: number };
    };
    return engine.bytesWritten === bytes.length
      ? ok(new Uint8Array(buffer))
      : err({ kind: 'refused', because: 'bytes behind the end of a gzip' });
  } catch (error) {
    const isTooLong = error instanceof RangeError;
    return isTooLong
      ? err({ kind: 'not-read', because: `a gzip of more than ${mostBytes} bytes` })
      : err({ kind: 'refused', because: 'a gzip that is broken' });
  }
}
