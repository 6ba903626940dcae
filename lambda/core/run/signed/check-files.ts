import { printable } from '../../model/text/words.ts';

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

/** What is wrong with a run that was kept. The last two leave open whether somebody changed it. */
type FaultKind = 'changed' | 'missing' | 'extra' | 'unsigned' | 'head' | 'forked' | 'anew' | 'nothing' | 'again';

export interface Fault {
  readonly kind: FaultKind;
  /** Bounded and printable. */
  readonly text: string;
}

export const leavesOpen = ({ kind }: Fault): boolean => kind === 'nothing' || kind === 'again';

/** A file as it is there now: its hash, or that it is a link, whose content may be anywhere. */
export type FileThere = { readonly path: string } & ({ readonly sha256: string } | { readonly link: true });

/** Each file against its checksum, in the order of their names; files that no checksum names are extra. */
export function checkFiles(sums: ReadonlyMap<string, string>, files: readonly FileThere[]): readonly Fault[] {
  const there = new Map(files.map((each) => [each.path, each]));
  const paths = [...new Set([...sums.keys(), ...there.keys()])].toSorted();
  return paths.flatMap((path): readonly Fault[] => {
    const [expected, found] = [sums.get(path), there.get(path)];
    const name = printable(path, 300);
    if (expected === undefined) return [{ kind: 'extra', text: `${name} is in no line of SHA256SUMS` }];
    if (!found) return [{ kind: 'missing', text: `${name} is in SHA256SUMS, and not here` }];
    if (!('sha256' in found)) return [{ kind: 'changed', text: `${name} is a link, and was a file` }];
    if (found.sha256 === expected) return [];
    return [{ kind: 'changed', text: `${name} has SHA-256 ${found.sha256}, and SHA256SUMS says ${expected}` }];
  });
}
