import { getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { err, ok, type Result } from '../../../model/result.ts';

type Table = Readonly<Record<string, unknown>>;

/** Strict TOML 1.0. The error is a line, or that it is nested too deep to be looked at. */
export function tomlDocument(bytes: Uint8Array): Result<Table, string | 'too deep'> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return ok(tableOf(getStaticTOMLValue(parseTOML(text, { tomlVersion: '1.0' }))) ?? {});
  } catch (error) {
    if (error instanceof RangeError) return err('too deep');
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
