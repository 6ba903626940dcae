import { err, ok, type Result } from '../../../model/result.ts';
import { charactersOf, YamlFault } from '../../../read/kubelet/documents/goyaml/characters.ts';
import { firstDocument, type YamlNode } from '../../../read/kubelet/documents/goyaml/nodes.ts';
import { isMergeKey } from '../../../read/kubelet/documents/goyaml/yaml-document.ts';
import { deepestCarrier as deepest } from '../../../read/kubelet/documents/tree.ts';
import { scalarValue } from '../../../read/kubelet/documents/yaml-scalar.ts';
import type { Located, LocatedEntry, Written } from './located.ts';
import { lineAt, type MappedText, mappedText, quotedText, type Run, wholeText } from './mapped-text.ts';

/** AWS takes templates of 1 MB, Kubernetes objects of 1.5 MB; what is larger was made to fill memory. */
export const longestYaml = 1_000_000;

/** Aliases repeat what they name; more values than this come from an alias bomb. */
const mostValues = 60_000;
const mostDocuments = 1_000;
const mostTokens = 300_000;

/** Where YAML 1.1 ends a line and the numbers of lines here do not. */
const readDifferently = /\r(?!\n)|[\u0085\u2028\u2029]/;

/**
 * The documents of a YAML file as `kubectl`, eksctl and CloudFormation read them (goyaml, YAML 1.1), each value with its place; an empty document is null.
 * The error has a place and no word of the text, which may hold secrets. Never throws.
 */
export function readYaml(text: string): Result<readonly Located[], string> {
  if (text.length > longestYaml) return err(`longer than ${longestYaml} characters`);
  if (readDifferently.test(text)) return err('a line end that YAML readers see differently');

  const documents: Located[] = [];
  let values = 0;
  for (const chunk of chunksOf(text)) {
    const converter = new Converter(text, chunk, values);
    try {
      if (documents.length === mostDocuments)
        throw new YamlFault('not-read', `more than ${mostDocuments} documents`, 0);
      documents.push(converter.document());
      values = converter.values;
    } catch (error) {
      if (!(error instanceof YamlFault)) throw error;
      return err(`line ${lineAt(text, converter.offset(error.at))}: ${error.message}`);
    }
  }
  return ok(documents);
}

/** `---` at the begin of a line is in no scalar. What is only blanks and comments in front of the first one is no document. */
function chunksOf(text: string): readonly { readonly start: number; readonly end: number }[] {
  const marks = [...text.matchAll(/^(?:---|\.\.\.)(?=\s|$)/gm)];
  const starts = [
    text.startsWith('\ufeff') ? 1 : 0,
    ...marks.map(({ index, 0: mark }) => index + (mark === '---' ? 0 : 3)),
  ];
  const isSaid = (start: number, end?: number): boolean => /^[ \t]*[^\s#]/m.test(text.slice(start, end));
  const kept = starts.filter((start, at) => isSaid(start, marks[at]?.index));
  return kept.map((start, at) => ({ start, end: kept[at + 1] ?? text.length }));
}

class Converter {
  values: number;
  readonly #text: string;
  readonly #chunk: ReturnType<typeof chunksOf>[number];
  /** UTF-16 offsets of the characters, where they differ. */
  readonly #offsets: readonly number[] | undefined;
  #depth = 0;

  constructor(text: string, chunk: ReturnType<typeof chunksOf>[number], values: number) {
    this.#text = text;
    this.#chunk = chunk;
    this.values = values;
    const part = text.slice(chunk.start, chunk.end);
    let at = chunk.start;
    if (/[\ud800-\udfff]/.test(part))
      this.#offsets = [...part].map((character) => {
        at += character.length;
        return at - character.length;
      });
  }

  offset(character: number): number {
    return this.#offsets ? (this.#offsets[character] ?? this.#chunk.end) : this.#chunk.start + character;
  }

  document(): Located {
    const { start, end } = this.#chunk;
    const root = firstDocument(charactersOf(Buffer.from(this.#text.slice(start, end))), { mostTokens });
    return root ? this.#convert(root) : { kind: 'scalar', value: null, source: '', start, end: start };
  }

  #convert(node: YamlNode): Located {
    this.values += 1;
    if (this.values > mostValues)
      throw new YamlFault('not-read', 'too many values, or aliases that repeat too much', node.start);
    if (this.#depth > deepest) throw new YamlFault('not-read', `nested deeper than ${deepest} levels`, node.start);
    this.#depth += 1;
    const located = this.#located(node);
    this.#depth -= 1;
    return located;
  }

  #located(node: YamlNode): Located {
    if (node.kind === 'alias') {
      const target = node.target();
      if (target === undefined) throw new YamlFault('refused', 'an alias of nothing', node.start);
      return shared(this.#convert(target));
    }
    const written = {
      start: this.offset(node.start),
      end: this.offset(node.end),
      ...(node.tag?.startsWith('!') && node.tag.length > 1 && { tag: node.tag.slice(1) }),
    };
    const plain: Located =
      node.kind === 'scalar'
        ? this.#scalar(node, written)
        : node.kind === 'sequence'
          ? { kind: 'list', items: node.items.map((item) => this.#convert(item)), ...written }
          : { kind: 'map', entries: this.#entries(node), ...written };
    // What somebody may refer to is not edited for one place's sake.
    return node.anchored ? shared(plain) : plain;
  }

  #scalar(node: YamlNode & { readonly kind: 'scalar' }, written: Omit<Written, 'behind'>): Located {
    const source = this.#text.slice(written.start, written.end);
    const isPlain = node.style === 'plain';
    const tag = node.tag === '' || node.tag.startsWith('!') ? undefined : node.tag;
    const value = scalarValue({ text: node.value, plain: isPlain, tag });
    if (!value.ok) throw new YamlFault('refused', 'a value that its tag does not fit', node.start);
    return typeof value.value === 'string'
      ? {
          kind: 'scalar',
          value: node.value,
          source: isPlain ? source : '',
          text: textOf(node, source, written),
          ...written,
        }
      : { kind: 'scalar', value: value.value as null | boolean | number, source, ...written };
  }

  #entries(node: YamlNode & { readonly kind: 'mapping' }): ReadonlyMap<string, LocatedEntry> {
    const entries = new Map<string, LocatedEntry>();
    for (const { key, value } of node.pairs) {
      const name = this.#convert(key);
      const member = this.#convert(value);
      if (isMergeKey(key)) merge(entries, member, key.start);
      else if (name.kind !== 'scalar') throw new YamlFault('refused', 'a key that is no word', key.start);
      else {
        const { start, end } = name;
        entries.set(name.text?.text ?? String(name.value), { key: { start, end }, value: member });
      }
    }
    return entries;
  }
}

/** What is merged counts from where the key is written; of a list its first map wins. */
function merge(entries: Map<string, LocatedEntry>, merged: Located, at: number): void {
  for (const map of merged.kind === 'list' ? merged.items.toReversed() : [merged]) {
    if (map.kind !== 'map') throw new YamlFault('refused', 'a merge key of something that is no map', at);
    for (const [key, entry] of map.entries) entries.set(key, { ...entry, value: shared(entry.value) });
  }
}

/** The value and all below it, marked. */
function shared(node: Located): Located {
  const behind = 'alias';
  if (node.kind === 'scalar') return { ...node, behind };
  if (node.kind === 'list') return { ...node, behind, items: node.items.map(shared) };
  const entries = [...node.entries].map(([key, entry]) => [key, { ...entry, value: shared(entry.value) }] as const);
  return { ...node, behind, entries: new Map(entries) };
}

function textOf(
  { value, style }: YamlNode & { readonly kind: 'scalar' },
  source: string,
  { start, end }: Omit<Written, 'behind'>,
): MappedText {
  if (style === 'plain' && source === value) return mappedText([{ text: value, start, end }], 'as-is');
  if (style === 'double' || style === 'single') return quotedText(value, { start, end });
  return style === 'literal' ? literalText(value, source, { start, end }) : wholeText(value, { start, end });
}

/** A literal block (`|`): each of its lines behind its indentation. */
function literalText(
  value: string,
  source: string,
  place: { readonly start: number; readonly end: number },
): MappedText {
  const body = source.indexOf('\n') + 1;
  const indent = /^ +(?=[^ \r\n])/m.exec(source.slice(body))?.[0].length ?? 0;
  const wanted = value.split('\n');
  const runs: Run[] = [];
  let at = body;

  for (const [index, line] of wanted.entries()) {
    const isLast = index === wanted.length - 1;
    if (isLast && line === '') break;
    const start = place.start + at + Math.min(indent, source.slice(at).search(/[^ ]|$/));
    const next = source.indexOf('\n', at);
    const behindLine = next === -1 ? source.length : next;
    const text = source.slice(start - place.start, start - place.start + line.length);
    if (text !== line) return wholeText(value, place);

    runs.push({ text: line, start, end: start + line.length });
    if (!isLast) {
      // The end of a line is two characters with CRLF, and none at the end of a file that has no last line end.
      const end = place.start + behindLine + (next === -1 ? 0 : 1);
      runs.push({ text: '\n', start: start + line.length, end });
    }
    at = behindLine + 1;
  }

  const mapped = mappedText(runs, 'as-is');
  return mapped.text === value ? mapped : wholeText(value, place);
}
