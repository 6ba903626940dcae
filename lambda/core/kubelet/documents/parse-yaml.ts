import { Composer, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, Parser } from 'yaml';
import { err, ok, type Result } from '../../result.ts';
import { deepest, type ParsedDocument, plainNumber, type RepeatedKey, type Tree } from './tree.ts';

/** Aliases repeat what they name; more values than this come from an alias bomb. */
const mostValues = 100_000;

/**
 * One YAML document as the kubelet's YAML 1.1 reader sees it (`yes` is true), bounded in size, depth and expansion of aliases. What YAML 1.1 and
 * this parser might read differently is refused or `NaN`, never guessed. The error names a place and never quotes the text. Never throws.
 * Source: sigs.k8s.io/yaml (goyaml.v2).
 */
export function parseYaml(text: string, limit: number): Result<ParsedDocument, string> {
  if (text.length > limit) return err(`longer than ${limit} characters`);

  const composed = compose(text);
  if (!composed.ok) return composed;
  const { contents, placeOf } = composed.value;

  const repeatedKeys: RepeatedKey[] = [];
  const anchors = new Map<string, { readonly tree: Tree; readonly values: number }>();
  const path: string[] = [];
  let values = 0;

  const count = (more: number, node: ParsedNode) => {
    values += more;
    if (values > mostValues) throw new Fault('aliases that repeat too much', node.range[0]);
  };

  const convert = (node: ParsedNode | null): Tree => {
    if (node === null) return null;
    if (path.length > deepest) throw new Fault(`nested deeper than ${deepest} levels`, node.range[0]);

    if (isAlias(node)) {
      const anchored = anchors.get(node.source);
      if (anchored === undefined) throw new Fault('an alias of nothing that stands before it', node.range[0]);
      count(anchored.values, node);
      return anchored.tree;
    }

    const before = values;
    count(1, node);
    const tree = convertPlain(node);
    if (node.anchor !== undefined) anchors.set(node.anchor, { tree, values: values - before });
    return tree;
  };

  const convertPlain = (node: Exclude<ParsedNode, { readonly source: string; resolve: unknown }>): Tree => {
    if (isScalar(node)) return scalar(node.value, node.source);

    if (isSeq(node)) {
      path.push('[]');
      const items = node.items.map((item) => convert(item));
      path.pop();
      return items;
    }

    const members = new Map<string, Tree>();
    if (!isMap(node)) return members;
    for (const pair of node.items) {
      if (!isScalar(pair.key) || typeof pair.key.value === 'symbol')
        throw new Fault('a key that is not a plain word', node.range[0]);
      const key = typeof pair.key.value === 'string' ? pair.key.value : (pair.key.source ?? '');
      path.push(key);
      if (members.has(key) && repeatedKeys.length < 100) {
        repeatedKeys.push({ path: [...path], place: placeOf(pair.key.range[0]) });
      }
      members.set(key, convert(pair.value));
      path.pop();
    }
    return members;
  };

  try {
    return ok({ tree: convert(contents), repeatedKeys });
  } catch (error) {
    if (error instanceof Fault) return err(`${placeOf(error.at)}: ${error.message}`);
    throw error;
  }
}

interface Composed {
  readonly contents: ParsedNode | null;
  /** `line 3, column 5` of an offset into the text. */
  readonly placeOf: (offset: number) => string;
}

/** Token by token, so that the first fault ends it: some of this parser's recoveries take quadratic time. */
function compose(text: string): Result<Composed, string> {
  const lines = new LineCounter();
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };

  const composer = new Composer({ version: '1.1', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  const documents: Document.Parsed[] = [];
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (token.type === 'error') return err(`${placeOf(token.offset)}: not valid YAML`);
    documents.push(...composer.next(token));
    if (documents.length > 1) return err('several documents in one file');
  }
  documents.push(...composer.end());

  const [document, another] = documents;
  if (document === undefined) return err('the document is empty');
  if (another !== undefined) return err('several documents in one file');
  if (document.directives.yaml.explicit === true) return err('a %YAML directive');

  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) return err(`${placeOf(fault.pos[0])}: not valid YAML (${fault.code})`);
  return ok({ contents: document.contents, placeOf });
}

function scalar(value: unknown, source: string | undefined): Tree {
  if (value === null || typeof value === 'string') return value;
  // `y` and `n` are booleans for some YAML 1.1 readers and words for others.
  if (typeof value === 'boolean') return source !== undefined && /^[yn]$/i.test(source) ? Number.NaN : value;
  if (typeof value === 'number' && source !== undefined && plainNumber.test(source)) return value;
  return Number.NaN;
}

class Fault extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}
