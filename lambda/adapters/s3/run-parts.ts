import * as z from 'zod/mini';
import { clusterNode, kubeletFacts, nodeGroup, problem, readFailure } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import type { AuditParts, KeptList, KeptPart } from '../../flow/run/ports.ts';
import { unpacked } from '../read-input.ts';
import { type Bucket, brokenObject } from './bucket.ts';
import type { runKeys } from './run-keys.ts';
import { checkReadable, isOwn, parsed, version, writePacked } from './stored-json.ts';

/** Packed: what is read of 50,000 nodes is some megabytes. */
const largest = 256 * 1024 * 1024;

const text = z.string();

const keptList: z.ZodMiniType<KeptList> = z.object({
  at: z.iso.datetime(),
  nodes: z.array(z.object({ key: text, group: nodeGroup })),
});

const partHead: z.ZodMiniType<Omit<KeptPart, 'read'>> = z.object({
  notes: z.array(problem),
});

const nodeRead: z.ZodMiniType<KeptPart['read'][number]> = z.object({
  node: clusterNode,
  readings: z.array(kubeletFacts),
  failures: z.array(readFailure),
});

const owned = z.looseObject({ ownKey: z.optional(text) });

type PartKeys = ReturnType<ReturnType<typeof runKeys>['parts']>;

/** A part is JSON Lines: first what is about all nodes, then one node per line. So the text of a cluster is never in memory as a whole. */
export function s3AuditParts(bucket: Bucket, keys: PartKeys): AuditParts {
  const readListed = () => readList(bucket, keys.listed);
  let known: Awaited<ReturnType<typeof readListed>>;
  return {
    async listed() {
      known = await readListed();
      return known?.list;
    },
    async addListed(listed) {
      for (let attempt = 1; attempt <= mostTries; attempt += 1) {
        const { at, nodes } = known?.list ?? { ...listed, nodes: [] };
        const keysBefore = new Set(nodes.map(({ key }) => key));
        const more = listed.nodes.filter(({ key }) => !keysBefore.has(key));
        if (known && more.length === 0) return;

        const body = JSON.stringify({ version, at, nodes: [...nodes, ...more], ownKey: keys.listed });
        checkReadable(bucket.address(keys.listed), { body, maxBytes: longestList });
        if (await bucket.writeFrom(keys.listed, { body, type: 'application/json' }, known?.tag)) return;
        known = await readListed();
      }
      throw new OperatorError('run-store-unusable', `${bucket.address(keys.listed)} changes all the time`);
    },
    async part(step, shared) {
      const kept = await readLines(bucket, keys.part(step), {
        head: partHead,
        line: nodeRead,
        kept: (read) => ({ ...read, readings: read.readings.map((each) => shared.facts(each)) }),
      });
      return kept && { ...kept.head, read: kept.lines };
    },
    putPart: (step, { read, ...head }) => writeLines(bucket, keys.part(step), { head, lines: read }),
  };
}

/** Each follows one write of another invocation of the same item, and those are few. */
const mostTries = 5;
const longestList = 32 * 1024 * 1024;

async function readList(bucket: Bucket, key: string) {
  const held = await bucket.tagged(key, longestList);
  if (!held) return undefined;

  const address = bucket.address(key);
  const stored = `${held.bytes}`;
  const { ownKey } = parsed(stored, owned, address);
  if (!(await isOwn(bucket, key, { ...held, ownKey }))) throw brokenObject(address, 'it does not name its own key');
  return { list: parsed(stored, keptList, address), tag: held.tag };
}

interface Lines {
  readonly head: object;
  readonly lines: Iterable<object>;
}

async function writeLines(bucket: Bucket, key: string, { head, lines }: Lines): Promise<boolean> {
  const pieces = function* () {
    yield `${JSON.stringify({ version, ...head, ownKey: key })}\n`;
    for (const each of lines) yield `${JSON.stringify(each)}\n`;
  };
  return await writePacked(bucket, key, pieces());
}

interface Schemas<Head, Line> {
  readonly head: z.ZodMiniType<Head>;
  readonly line: z.ZodMiniType<Line>;
  readonly kept?: (line: Line) => Line;
}

async function readLines<Head, Line>(
  bucket: Bucket,
  key: string,
  { kept = (line) => line, ...schemas }: Schemas<Head, Line>,
) {
  const held = await bucket.tagged(key, largest);
  if (!held) return undefined;

  const address = bucket.address(key);
  let head: Head | undefined;
  const lines: Line[] = [];
  try {
    for await (const text of linesOf(held.bytes)) {
      if (head === undefined) {
        const { ownKey } = parsed(text, owned, address);
        if (!(await isOwn(bucket, key, { ...held, ownKey })))
          throw brokenObject(address, 'it does not name its own key');
        head = parsed(text, schemas.head, address);
      } else lines.push(kept(parsed(text, schemas.line, address)));
    }
  } catch (error) {
    throw error instanceof OperatorError ? error : brokenObject(address, 'it cannot be unpacked', error);
  }
  if (head === undefined) throw brokenObject(address, 'it is empty');
  return { head, lines };
}

async function* linesOf(bytes: Buffer): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of unpacked([bytes])) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
