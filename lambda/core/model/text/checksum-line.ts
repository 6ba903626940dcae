/** The file that holds the checksums of all others beside it and below: `sha256sum -c SHA256SUMS` verifies them. */
export const sumsFile = 'SHA256SUMS';

/** A run in numbers, beside its checksums. */
export const summaryFile = 'summary.json';

/** The signed statement about a folder of evidence, beside its checksums. */
export const statementFile = 'statement.sigstore.json';

/** One line of it, as `sha256sum` writes it: a name with a backslash or a line break is escaped, and marked so. */
export function checksumLine(sha256: string, path: string): string {
  const escaped = path.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
  return `${escaped === path ? '' : '\\'}${sha256}  ${escaped}\n`;
}
