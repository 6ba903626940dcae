/** What a SHA256SUMS says: each file's hash, or the first line that cannot be read. */
export type Checksums = { readonly files: ReadonlyMap<string, string> } | { readonly broken: string };

const pattern = /^(\\?)([0-9a-f]{64}) [ *]([^\n]+)$/;

/** Reads the lines of `sha256sum`. A file that is named twice, or outside of the folder, makes the whole unreadable. */
export function readChecksums(text: string): Checksums {
  const files = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const [, escaped, sha256 = '', name = ''] = pattern.exec(line) ?? [];
    const path = escaped === '\\' ? unescaped(name) : name;
    if (sha256 === '') return { broken: `line ${index + 1} is no checksum` };
    if (path.startsWith('/') || path.split('/').some((part) => part === '..' || part === '.' || part === ''))
      return { broken: `line ${index + 1} names a file outside of the folder` };
    if (files.has(path)) return { broken: `line ${index + 1} names a file a second time` };
    files.set(path, sha256);
  }
  return { files };
}

const unescaped = (name: string): string =>
  name.replace(/\\(.)/g, (_, character: string) => ({ n: '\n', r: '\r' })[character] ?? character);
