import { deepest } from '../tree.ts';
import { type Characters, YamlFault } from './characters.ts';
import type { ScannedScalar } from './scalars.ts';
import { Scanner, type Token } from './scanner.ts';
import type { ScannedTag } from './tags.ts';

interface Placed {
  /** In characters; an anchor or a tag in front of it left out. */
  readonly start: number;
  readonly end: number;
}
interface Collection extends Placed {
  readonly flow: boolean;
  readonly tag?: string;
  readonly anchored: boolean;
}
interface ScalarNode extends Placed {
  readonly kind: 'scalar';
  readonly value: string;
  readonly style: ScannedScalar['style'];
  readonly tag: string;
  readonly anchored: boolean;
}
/** One node of a document. */
export type YamlNode =
  | ScalarNode
  | (Collection & { readonly kind: 'sequence'; readonly items: readonly YamlNode[] })
  | (Collection & { readonly kind: 'mapping'; readonly pairs: readonly YamlPair[] })
  | (Placed & {
      readonly kind: 'alias' /** Known once the document is read. */;
      readonly target: () => YamlNode | undefined;
    });
export interface YamlPair {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

type Content = Exclude<YamlNode, { readonly kind: 'alias' }>;

/**
 * The first document of a text; `undefined` where there is none.
 * @param whole the text must hold no other, and may hold more tokens than a configuration
 * Source: go.yaml.in/yaml/v2 `parserc.go`, `decode.go`.
 */
export function firstDocument(characters: Characters, whole?: { readonly mostTokens: number }): YamlNode | undefined {
  return new NodeReader(characters, whole?.mostTokens).document(whole !== undefined);
}

class NodeReader {
  readonly #scanner: Scanner;
  readonly #tagPrefixes = new Map<string, string>();
  readonly #anchors = new Map<string, { node?: YamlNode }>();
  #depth = 0;

  constructor(characters: Characters, mostTokens: number | undefined) {
    this.#scanner = new Scanner(characters, mostTokens);
  }

  document(isWhole: boolean): YamlNode | undefined {
    const first = this.#scanner.peek();
    if (first.type === 'stream-end') return undefined;

    const isExplicit = this.#directives();
    const node = isExplicit ? this.#explicit() : this.#node(true, false);
    // One token more has to be sound; whatever it is, the first document ends before it.
    const { type, start } = this.#scanner.peek();
    if (isWhole && !/^(?:stream|document)-end$/.test(type))
      throw new YamlFault('refused', 'text behind the end of the document', start);
    return node;
  }

  /** Whether a document begins with `---`. */
  #directives(): boolean {
    let isVersioned = false;
    let hasDirective = false;
    for (let token = this.#scanner.peek(); token.type === 'version' || token.type === 'tag-directive'; ) {
      hasDirective = true;
      if (token.type === 'version') {
        if (isVersioned || token.version !== '1.1')
          throw new YamlFault('refused', 'a %YAML that is not 1.1', token.start);
        isVersioned = true;
      } else {
        if (this.#tagPrefixes.has(token.handle))
          throw new YamlFault('refused', 'a %TAG that is there twice', token.start);
        this.#tagPrefixes.set(token.handle, token.prefix);
      }
      this.#scanner.next();
      token = this.#scanner.peek();
    }
    for (const [handle, prefix] of defaultPrefixes)
      if (!this.#tagPrefixes.has(handle)) this.#tagPrefixes.set(handle, prefix);

    const token = this.#scanner.peek();
    if (hasDirective && token.type !== 'document-start')
      throw new YamlFault('refused', 'a directive without a document', token.start);
    return token.type === 'document-start';
  }

  #explicit(): YamlNode {
    this.#scanner.next();
    const token = this.#scanner.peek();
    return endsDocument.has(token.type) ? emptyNode(token.start) : this.#node(true, false);
  }

  #node(block: boolean, indentless: boolean): YamlNode {
    const first = this.#scanner.peek();
    if (first.type === 'alias') return this.#alias(first);
    if (this.#depth > deepest) throw new YamlFault('not-read', `nested deeper than ${deepest} levels`, first.start);

    this.#depth += 1;
    const { anchor, tag } = this.#properties();
    const slot: { node?: YamlNode } = {};
    if (anchor !== undefined) this.#anchors.set(anchor, slot);
    const content = this.#content({ block, indentless, tag, anchored: anchor !== undefined });
    const node = tag === '' || content.kind === 'scalar' ? content : { ...content, tag };
    slot.node = node;
    this.#depth -= 1;
    return node;
  }

  #alias(token: Token & { readonly type: 'alias' | 'anchor' }): YamlNode {
    this.#scanner.next();
    const slot = this.#anchors.get(token.name);
    if (slot === undefined) throw new YamlFault('refused', 'an alias of nothing', token.start);
    return { kind: 'alias', start: token.start, end: token.end, target: () => slot.node };
  }

  /** An anchor and a tag, in either order. */
  #properties(): { readonly anchor: string | undefined; readonly tag: string } {
    let anchor: string | undefined;
    let tag = '';
    for (let token = this.#scanner.peek(); ; token = this.#scanner.peek()) {
      if (token.type === 'anchor' && anchor === undefined) anchor = token.name;
      else if (token.type === 'tag' && tag === '') tag = this.#resolved(token.tag, token.start);
      else break;
      this.#scanner.next();
    }
    return { anchor, tag };
  }

  #resolved({ handle, suffix }: ScannedTag, at: number): string {
    if (handle === '') return suffix;
    const prefix = this.#tagPrefixes.get(handle);
    if (prefix === undefined) throw new YamlFault('refused', 'a tag whose handle is not defined', at);
    return prefix + suffix;
  }

  #content(options: {
    readonly block: boolean;
    readonly indentless: boolean;
    readonly tag: string;
    readonly anchored: boolean;
  }): Content {
    const { block, indentless, tag, anchored } = options;
    const token = this.#scanner.peek();
    if (indentless && token.type === 'entry') return this.#sequence(anchored, false);
    if (token.type === 'scalar') {
      this.#scanner.next();
      const { value, style } = token.scalar;
      return { kind: 'scalar', start: token.start, end: token.end, value, style, tag, anchored };
    }
    if (token.type === 'flow-sequence-start') return this.#flowSequence(anchored);
    if (token.type === 'flow-mapping-start') return this.#flowMapping(anchored);
    if (block && token.type === 'sequence-start') return this.#sequence(anchored, true);
    if (block && token.type === 'mapping-start') return this.#mapping(anchored);
    if (anchored || tag !== '') return { ...emptyNode(token.start), tag, anchored };
    throw new YamlFault('refused', 'a value is expected', token.start);
  }

  #sequence(anchored: boolean, indented: boolean): Content {
    const start = this.#scanner.peek().start;
    if (indented) this.#scanner.next();
    const items: YamlNode[] = [];
    for (;;) {
      const token = this.#scanner.peek();
      if (token.type !== 'entry') {
        if (indented && token.type !== 'block-end') throw new YamlFault('refused', "a '-' is expected", token.start);
        if (indented) this.#scanner.next();
        return { kind: 'sequence', start, end: items.at(-1)?.end ?? token.start, items, flow: false, anchored };
      }
      this.#scanner.next();
      const { type } = this.#scanner.peek();
      const isEmpty = type === 'entry' || type === 'block-end' || (!indented && (type === 'key' || type === 'value'));
      items.push(isEmpty ? emptyNode(token.end) : this.#node(true, false));
    }
  }

  #mapping(anchored: boolean): Content {
    const { start } = this.#scanner.next();
    const pairs: YamlPair[] = [];
    for (;;) {
      const token = this.#scanner.peek();
      if (token.type === 'block-end') {
        this.#scanner.next();
        return { kind: 'mapping', start, end: pairs.at(-1)?.value.end ?? token.start, pairs, flow: false, anchored };
      }
      if (token.type !== 'key') throw new YamlFault('refused', 'a key is expected', token.start);
      this.#scanner.next();
      const key = this.#blockEntry(token.end);
      const colon = this.#scanner.peek();
      if (colon.type === 'value') this.#scanner.next();
      pairs.push({ key, value: colon.type === 'value' ? this.#blockEntry(colon.end) : emptyNode(colon.start) });
    }
  }

  #blockEntry(end: number): YamlNode {
    const { type } = this.#scanner.peek();
    return type === 'key' || type === 'value' || type === 'block-end' ? emptyNode(end) : this.#node(true, true);
  }

  #flowSequence(anchored: boolean): Content {
    const { start } = this.#scanner.next();
    const items: YamlNode[] = [];
    while (this.#flowGoesOn('flow-sequence-end', items.length === 0)) {
      const token = this.#scanner.peek();
      items.push(token.type === 'key' ? this.#pairInSequence() : this.#node(false, false));
    }
    return { kind: 'sequence', start, end: this.#scanner.next().end, items, flow: true, anchored };
  }

  /** `[a: b]`, one pair that is a map of its own. */
  #pairInSequence(): YamlNode {
    const { start } = this.#scanner.next();
    // goyaml passes the very token that ends an empty key.
    const key = endsEmptyKey.has(this.#scanner.peek().type)
      ? emptyNode(this.#scanner.next().end)
      : this.#node(false, false);
    const value = this.#flowValue('flow-sequence-end');
    return { kind: 'mapping', start, end: value.end, pairs: [{ key, value }], flow: true, anchored: false };
  }

  #flowMapping(anchored: boolean): Content {
    const { start } = this.#scanner.next();
    const pairs: YamlPair[] = [];
    while (this.#flowGoesOn('flow-mapping-end', pairs.length === 0)) {
      const token = this.#scanner.peek();
      if (token.type !== 'key') {
        const key = this.#node(false, false);
        pairs.push({ key, value: emptyNode(this.#scanner.peek().start) });
        continue;
      }
      this.#scanner.next();
      const { type, start: at } = this.#scanner.peek();
      const isEmpty = type === 'value' || type === 'flow-entry' || type === 'flow-mapping-end';
      const key = isEmpty ? emptyNode(at) : this.#node(false, false);
      pairs.push({ key, value: this.#flowValue('flow-mapping-end') });
    }
    return { kind: 'mapping', start, end: this.#scanner.next().end, pairs, flow: true, anchored };
  }

  #flowValue(end: 'flow-sequence-end' | 'flow-mapping-end'): YamlNode {
    const colon = this.#scanner.peek();
    if (colon.type !== 'value') return emptyNode(colon.start);
    this.#scanner.next();
    const { type, start } = this.#scanner.peek();
    return type === 'flow-entry' || type === end ? emptyNode(start) : this.#node(false, false);
  }

  /** Whether another entry follows; the comma in front of it is passed, and one at the end too. */
  #flowGoesOn(end: 'flow-sequence-end' | 'flow-mapping-end', isFirst: boolean): boolean {
    const token = this.#scanner.peek();
    if (token.type === end) return false;
    if (isFirst) return true;
    if (token.type !== 'flow-entry')
      throw new YamlFault('refused', `',' or the end of a flow collection is expected`, token.start);
    this.#scanner.next();
    return this.#scanner.peek().type !== end;
  }
}

const defaultPrefixes = [
  ['!', '!'],
  ['!!', 'tag:yaml.org,2002:'],
] as const;

const endsEmptyKey: ReadonlySet<Token['type']> = new Set<Token['type']>(['value', 'flow-entry', 'flow-sequence-end']);

const endsDocument: ReadonlySet<Token['type']> = new Set<Token['type']>([
  'version',
  'tag-directive',
  'document-start',
  'document-end',
  'stream-end',
]);

export const emptyNode = (at: number): ScalarNode => ({
  kind: 'scalar',
  start: at,
  end: at,
  value: '',
  style: 'plain',
  tag: '',
  anchored: false,
});
