import { visit } from 'jsonc-parser';
import { err, ok, type Result } from '../../../model/result.ts';
import { deepestCarrier as deepest } from '../../../read/kubelet/documents/tree.ts';
import type { Located, LocatedEntry } from './located.ts';
import { quotedText } from './mapped-text.ts';

/** A plan of some thousand resources; more would not fit into memory beside the file. */
const mostValues = 400_000;

class Fault extends Error {}

interface Open {
  readonly start: number;
  readonly entries?: Map<string, LocatedEntry>;
  readonly items?: Located[];
  key?: { readonly name: string; readonly start: number; readonly end: number };
}

/**
 * Strict JSON with the place of each value; of a repeated key the last value counts. The error has a place and no word of the text, which may hold secrets.
 * Never throws.
 */
export function readJson(text: string): Result<Located, string> {
  const open: Open[] = [];
  let values = 0;
  let whole: Located | undefined;

  const fail = (because: string, line: number): never => {
    throw new Fault(`line ${line + 1}: ${because}`);
  };
  const add = (node: Located, line: number): void => {
    values += 1;
    if (values > mostValues) fail(`more than ${mostValues} values`, line);
    const parent = open.at(-1);
    if (parent === undefined) whole = node;
    else if (parent.items) parent.items.push(node);
    else if (parent.key) {
      const { name, start, end } = parent.key;
      parent.entries?.set(name, { key: { start, end }, value: node });
    }
  };
  const begin = (one: Open, line: number): void => {
    if (open.length >= deepest) fail(`nested deeper than ${deepest} levels`, line);
    open.push(one);
  };
  const end = (behind: number, line: number): void => {
    const closed = open.pop();
    if (closed?.entries) add({ kind: 'map', entries: closed.entries, start: closed.start, end: behind }, line);
    else if (closed?.items) add({ kind: 'list', items: closed.items, start: closed.start, end: behind }, line);
  };

  try {
    visit(
      text,
      {
        onObjectBegin: (start, _, line) => begin({ start, entries: new Map() }, line),
        onArrayBegin: (start, _, line) => begin({ start, items: [] }, line),
        onObjectProperty(name, start, length) {
          const parent = open.at(-1);
          if (parent) parent.key = { name, start, end: start + length };
        },
        onObjectEnd: (offset, length, line) => end(offset + length, line),
        onArrayEnd: (offset, length, line) => end(offset + length, line),
        onLiteralValue(value: null | boolean | number | string, start, length, line) {
          const place = { start, end: start + length };
          const source = text.slice(start, place.end);
          if (typeof value !== 'string') add({ kind: 'scalar', value, source, ...place }, line);
          else add({ kind: 'scalar', value, source: '', text: quotedText(value, place), ...place }, line);
        },
        onError: (_, __, ___, line) => fail('not valid JSON', line),
      },
      { disallowComments: true, allowTrailingComma: false },
    );
  } catch (error) {
    if (error instanceof Fault) return err(error.message);
    throw error;
  }
  return whole === undefined ? err('line 1: no JSON value') : ok(whole);
}
