import { createHash } from 'node:crypto';
import type * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { OperatorError } from '../../model/operator-error.ts';
import { printable } from '../../model/text/words.ts';
import {
  type SavedCluster,
  type SavedEnd,
  type SavedStart,
  savedClusterHead,
  savedEnd,
  savedNode,
  savedStart,
} from './result-schema.ts';

/** A part of a saved result, in the order of the file. A single cluster's result, as a deployed run leaves it, has neither start nor end. */
export type SavedPart =
  | { readonly part: 'start'; readonly start: SavedStart }
  | {
      readonly part: 'cluster';
      readonly cluster: SavedCluster;
      /** The hash of the cluster's result as it was written, one node a line; absent for another layout. */
      readonly sha256?: string;
    }
  | { readonly part: 'end'; readonly end: SavedEnd };

/** A text that does not have one node on each line is read as a whole, up to this length. */
const mostCharacters = 64 * 1024 * 1024;

/** A node's line has some ten thousand. Checking each part of one takes longer than reading it. */
const mostOfNode = 4 * 1024 * 1024;

/**
 * Reads what `audit` and `evaluate` print as JSON, or one cluster's result of a deployed run. As they are written, one node a line, a cluster is the most that
 * is in memory; the same document in another layout is read as a whole.
 * @throws OperatorError `result-broken`, with the name of the file and what is wrong in it
 */
export async function* readResult(chunks: AsyncIterable<string>, name: string): AsyncGenerator<SavedPart> {
  const lines = linesOf(chunks, name);
  const first = await lines.next();
  const head = first.done ? '' : first.value;

  if (head.endsWith('"clusters":[')) yield* readRun(head, lines, name);
  else if (head.endsWith('"nodes":[') || head.endsWith('"nodes":[]}')) yield await readCluster(head, lines, name);
  else yield* readWhole(head, lines, name);
}

type Lines = AsyncGenerator<string>;

async function* readRun(head: string, lines: Lines, name: string): AsyncGenerator<SavedPart> {
  yield { part: 'start', start: parsed(savedStart, `${head}]}`, name) };

  for await (const line of lines) {
    if (line.startsWith('],')) {
      yield { part: 'end', end: parsed(savedEnd, `{${line.slice(2)}`, name) };
      return;
    }
    yield await readCluster(line.replace(/^,/, ''), lines, name);
  }
  throw broken(name, 'it ends before its end was written: the audit was cut off');
}

/** From the line that ends in `"nodes":[` to the one that ends in `]}`. */
async function readCluster(head: string, lines: Lines, name: string): Promise<SavedPart> {
  const hash = createHash('sha256').update(`${head}\n`);
  const part = (cluster: SavedCluster): SavedPart => ({ part: 'cluster', cluster, sha256: hash.digest('hex') });
  if (head.endsWith('"nodes":[]}')) return part({ ...parsed(savedClusterHead, head, name), nodes: [] });
  if (!head.endsWith('"nodes":[')) throw broken(name, 'a cluster was expected here');

  const cluster = parsed(savedClusterHead, `${head}]}`, name);
  const nodes: SavedCluster['nodes'][number][] = [];
  while (true) {
    const next = await lines.next();
    if (next.done) throw broken(name, 'it ends in the middle of a cluster');

    if (next.value.length > mostOfNode) throw broken(name, 'a node of it is longer than 4 MB');
    hash.update(`${next.value}\n`);
    const last = next.value.endsWith(']}');
    nodes.push(parsed(savedNode, last ? next.value.slice(0, -2) : next.value.replace(/,$/, ''), name));
    if (last) return part({ ...cluster, nodes });
  }
}

async function* readWhole(head: string, lines: Lines, name: string): AsyncGenerator<SavedPart> {
  const all = [head];
  let characters = head.length;
  for await (const line of lines) {
    characters += line.length;
    if (characters > mostCharacters)
      throw broken(name, 'it is larger than 64 MB and not laid out with one node a line, as it was written');
    all.push(line);
  }

  const value = Object(json(all.join('\n'), name));
  if (!('clusters' in value)) {
    yield { part: 'cluster', cluster: clusterOf(value, name) };
    return;
  }
  yield { part: 'start', start: checked(savedStart, value, name) };
  if (!Array.isArray(value.clusters)) throw broken(name, 'its clusters are no list');
  for (const each of value.clusters) yield { part: 'cluster', cluster: clusterOf(each, name) };
  yield { part: 'end', end: checked(savedEnd, value, name) };
}

function clusterOf(value: unknown, name: string): SavedCluster {
  const nodes: unknown = Object(value).nodes;
  if (!Array.isArray(nodes)) throw broken(name, 'it has no clusters and no nodes');
  return { ...checked(savedClusterHead, value, name), nodes: nodes.map((each) => checked(savedNode, each, name)) };
}

const parsed = <T>(schema: z.ZodMiniType<T>, text: string, name: string): T => checked(schema, json(text, name), name);

/** What is wrong with a field in English: zod/mini brings no words. */
const { localeError } = en();

function checked<T>(schema: z.ZodMiniType<T>, value: unknown, name: string): T {
  const read = schema.safeParse(value, { error: localeError });
  if (read.success) return read.data;

  const [issue] = read.error.issues;
  throw broken(
    name,
    `${printable(issue?.path.map(String).join('.') || 'its whole', 100)}: ${printable(issue?.message ?? '', 200)}`,
    read.error,
  );
}

/** The words of `JSON.parse` quote the text: they go no further. */
function json(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw broken(name, 'it is no JSON');
  }
}

/** Each character is looked at once: a line may come in thousands of pieces. */
async function* linesOf(chunks: AsyncIterable<string>, name: string): Lines {
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const [end = '', ...begins] = chunk.split('\n');
    pieces.push(end);
    length += end.length;
    for (const begin of begins) {
      const line = pieces.join('');
      if (line !== '') yield line.replace(/\r$/, '');
      pieces = [begin];
      length = begin.length;
    }
    if (length > mostCharacters) throw broken(name, 'one of its lines is longer than 64 MB');
  }
  const last = pieces.join('');
  if (last !== '') yield last;
}

const broken = (name: string, because: string, cause?: unknown): OperatorError =>
  new OperatorError(
    'result-broken',
    `'${name}' is not a result of an audit: ${because}; give what audit --format json or evaluate --format json printed, or a result of a deployed run`,
    { cause },
  );
