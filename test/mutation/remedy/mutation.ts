import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The parts of the node's script: shell and awk. */
const scriptFolder = join(import.meta.dirname, '../../../infra/documents/remediation/script');

/** One change of the text of one part of the node's script. */
export interface Mutation {
  /** What is lost, in words; for a generated one the line and what became of it. */
  readonly name: string;
  /** `rescue.sh` */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** `rollback: says that it is sick`: the suite under systemd, and words of the title, of the test that is tried first. */
  readonly killer?: string;
  /** Where `from` begins; without it, the only place where it occurs. */
  readonly at?: number;
}

export const partNames: readonly string[] = readdirSync(scriptFolder).sort();

export const partText = (file: string): string => readFileSync(join(scriptFolder, file), 'utf8');

/** The changes of a text in which a part follows `=== PART`, and a change `@@ NAME @@ KILLER`, as a difference. */
export const mutationsIn = (text: string): readonly Mutation[] =>
  text
    .split(/^=== /m)
    .slice(1)
    .flatMap((part) => {
      const [file = '', ...changes] = part.split(/\n+@@ /);
      return changes.map((change): Mutation => {
        const [head = '', ...lines] = change.trimEnd().split('\n');
        const [name = '', killer = ''] = head.split(' @@ ');
        const side = (sign: string) =>
          lines
            .flatMap((line) => (line.startsWith(sign) || line.startsWith(' ') ? [`${line.slice(1)}\n`] : []))
            .join('');
        return { name, file, from: side('-'), to: side('+'), killer };
      });
    });

/** Without each of these safeties a test must fail. */
export const namedMutations: readonly Mutation[] = mutationsIn(
  readFileSync(join(import.meta.dirname, 'named-mutations.diff'), 'utf8'),
);

/** The part with the change made. @throws Error when it names no place, or several: the script has changed, and it has to follow */
export function mutated({ name, file, from, to, at }: Mutation): string {
  const text = partText(file);
  const place = at ?? text.indexOf(from);
  if (from === '' || !text.startsWith(from, place) || (at === undefined && text.indexOf(from, place + 1) >= 0))
    throw new Error(`mutation '${name}' does not name one place of ${file}: ${from}`);
  return text.slice(0, place) + to + text.slice(place + from.length);
}
