import { gunzipSync } from 'node:zlib';
import { err, ok, type Result } from '../../../model/result.ts';
import { trimmedEnd } from '../../../model/text/trimmed-end.ts';
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

/** A line of this many bytes or more is refused by the reader below. */
const longestLine = 4096;

/** Source: Go `mime/quotedprintable`. */
export function decodedQuotedPrintable(bytes: Uint8Array): Result<Uint8Array, DocumentFault> {
  const refused = (because: string) => err<DocumentFault>({ kind: 'refused', because: `quoted-printable: ${because}` });
  const text = latin1(bytes);
  const out: string[] = [];

  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline + 1;
    const whole = text.slice(at, end);
    if (whole.length > longestLine || (newline === -1 && whole.length === longestLine))
      return refused('a line that is too long');
    at = end;

    const line = decodedLine(whole, newline === -1);
    if (!line.ok) return refused(line.error);
    out.push(line.value);
  }
  return ok(new Uint8Array(Buffer.from(out.join(''), 'latin1')));
}

function decodedLine(whole: string, isLast: boolean): Result<string, string> {
  let line = trimmedEnd(whole, '\n\r \t');
  if (line.endsWith('=')) {
    const behind = whole.slice(line.length).replace(/^[ \t]+/, '');
    line = line.slice(0, -1);
    const isSoft = behind.startsWith('\n') || behind.startsWith('\r\n') || (behind === '' && line !== '' && isLast);
    if (!isSoft) return err("something behind a '=' at the end of a line");
  } else if (whole.endsWith('\n')) line += whole.endsWith('\r\n') ? '\r\n' : '\n';

  let out = '';
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] ?? '';
    const hex = char === '=' ? /^[\da-fA-F]{2}/.exec(line.slice(at + 1, at + 3))?.[0] : undefined;
    if (hex !== undefined) {
      out += String.fromCharCode(Number.parseInt(hex, 16));
      at += 2;
    } else if (char === '=') {
      const next = line[at + 1];
      if (next === undefined || next === '\r' || next === '\n') return err("a '=' without its digits");
      out += char;
    } else {
      if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(char)) return err('a control character');
      out += char;
    }
  }
  return ok(out);
}
