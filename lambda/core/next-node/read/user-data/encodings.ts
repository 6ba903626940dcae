import { gunzipSync } from 'node:zlib';
import { getStaticTOMLValue, parseTOML, traverseNodes } from 'toml-eslint-parser';
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

/** base64, then gzip, each where the bytes look like it: not the other way round, and each once. cloud-init and nodeadm do so. */
export function openedOf(bytes: Uint8Array): Result<Uint8Array, DocumentFault> {
  const decoded = decodedBase64(bytes) ?? bytes;
  return isGzip(decoded) ? gunzipped(decoded) : ok(decoded);
}

type Table = Readonly<Record<string, unknown>>;

/** Strict TOML 1.0. The error is a line, or `not-read` where it is nested too deep or has a key that the parser loses. */
export function tomlDocument(bytes: Uint8Array): Result<Table, string | 'not-read'> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const document = parseTOML(text, { tomlVersion: '1.0' });
    const names: string[] = [];
    traverseNodes(document, {
      enterNode: (node) => {
        if (node.type === 'TOMLBare') names.push(node.name);
        if (node.type === 'TOMLQuoted') names.push(node.value);
      },
      leaveNode: () => {},
    });
    return names.includes('__proto__') ? err('not-read') : ok(tableOf(getStaticTOMLValue(document)) ?? {});
  } catch (error) {
    if (error instanceof RangeError) return err('not-read');
    const line = typeof error === 'object' && error !== null && 'lineNumber' in error ? error.lineNumber : undefined;
    return err(typeof line === 'number' ? `line ${line}` : 'its text cannot be read');
  }
}

export const tableOf = (value: unknown): Table | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
    ? Object.fromEntries(Object.entries(value))
    : undefined;

/** Whether values are texts, whole numbers, booleans, lists and tables only, which every TOML library reads alike. */
export function isPlainToml(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => isPlainToml(item));
  const table = tableOf(value);
  if (table !== undefined) return Object.values(table).every((member) => isPlainToml(member));
  return typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
}
