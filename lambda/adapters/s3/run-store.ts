import { pMapIterable } from 'p-map';
import type * as z from 'zod/mini';
import {
  censusPrefix,
  goneMemoryPrefix,
  historyPrefix,
  memoryPrefix,
  statementPrefix,
  sweepMemoryPrefix,
  sweepPrefix,
} from '../../contract/names.ts';
import { accountPattern, clusterPattern, regionPattern } from '../../contract/patterns.ts';
import { hasCode } from '../../contract/problem-codes.ts';
import { parseMemory } from '../../core/findings/lifecycle/memory.ts';
import { parseSweepMemory } from '../../core/findings/lifecycle/sweep-memory.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { byText } from '../../core/model/text/by-text.ts';
import { checksumLine } from '../../core/model/text/checksum-line.ts';
import { jsonOf } from '../../core/model/text/json-of.ts';
import { plainJson } from '../../core/model/text/plain-json.ts';
import { printable } from '../../core/model/text/printable.ts';
import { lastRun } from '../../core/report/history/last-run.ts';
import { type ItemAnswer, itemAnswer } from '../../core/run/answer.ts';
import { type Discovery, discoveryHead } from '../../core/run/discovery.ts';
import { runItem } from '../../core/run/item.ts';
import {
  censusListName,
  isCensusList,
  isListed,
  isToList,
  type ListedTime,
  listedPrefixes,
  settledUntil,
} from '../../core/run/signed/census-list.ts';
import { hashOf } from '../../core/run/signed/run-statement.ts';
import { standingGaps } from '../../core/run/standing-gaps.ts';
import type { Log, MemoryStore, RememberedPlace, RunMemory } from '../../flow/ports.ts';
import type { RunStore } from '../../flow/run/ports.ts';
import type { SweepMemoryStore } from '../../flow/sweep/ports.ts';
import { bucketTexts } from '../history-files.ts';
import { type Bucket, brokenObject } from './bucket.ts';
import { gzipped } from './gzipped.ts';
import {
  historyKey,
  lastRunKey,
  latestKeys,
  type MemoryPrefix,
  memoryFolder,
  memoryKey,
  runKeys,
  standingGapsKey,
  statementKey,
} from './run-keys.ts';
import { s3AuditParts } from './run-parts.ts';
import { clusterResult } from './run-results.ts';
import { censusKey, s3SweepStates } from './sweep-state.ts';

const json = 'application/json';
const htmlType = 'text/html; charset=utf-8';
const markdownType = 'text/markdown; charset=utf-8';
/** A hundred thousand items are 14 MB; an answer has at most 20 problems. */
const longest = {
  items: 64 * 1024 * 1024,
  discovery: 32 * 1024 * 1024,
  answer: 4 * 1024 * 1024,
  gaps: 32 * 1024 * 1024,
  memory: 32 * 1024 * 1024,
  history: 64 * 1024 * 1024,
  lastRun: 4_096,
  statement: 1024 * 1024,
};
const answersAtOnce = 16;

/**
 * What a run leaves behind in its bucket, below `runs/RUN/`. An object that no release wrote counts as none, with a warning: only what is broken is done again.
 */
export function s3RunStore(bucket: Bucket, { log }: { readonly log: Log }): RunStore {
  const read = <T>(key: string, { schema, maxBytes }: ReadOptions<T>): Promise<T | undefined> =>
    beginningAnew(log, async () => {
      const text = await bucket.read(key, maxBytes);
      return text === undefined ? undefined : parsed(text, schema, bucket.address(key));
    });
  const readAnswer = (key: string) => read(key, { schema: itemAnswer, maxBytes: longest.answer });

  return {
    async discovery(runId) {
      const keys = runKeys(runId);
      const head = await read(keys.discovery, { schema: discoveryHead, maxBytes: longest.discovery });
      if (!head) return undefined;

      return await beginningAnew(log, async () => {
        const lines = (await bucket.read(keys.items, longest.items))?.split('\n').filter(Boolean);
        const address = bucket.address(keys.items);
        if (lines?.length !== head.items)
          throw brokenObject(address, `it holds ${lines?.length ?? 0} items, and ${head.items} were found`);
        return { ...head, items: lines.map((line) => parsed(line, runItem, address)) };
      });
    },
    async putDiscovery({ items, ...rest }: Discovery) {
      const keys = runKeys(rest.runId);
      const lines = items.map((each) => `${JSON.stringify({ version, ...each })}\n`).join('');

      const head = JSON.stringify({ version, ...rest, items: items.length });
      checkReadable(bucket.address(keys.discovery), { body: head, maxBytes: longest.discovery });
      await writeReadable(bucket, keys.items, { body: lines, type: 'application/jsonl', maxBytes: longest.items });
      await writeReadable(bucket, keys.discovery, { body: head, type: json, maxBytes: longest.discovery });
    },
    answer: (runId, item) => readAnswer(runKeys(runId).answer(item)),
    putAnswer: (runId, answer) =>
      writeReadable(bucket, runKeys(runId).answer(answer.item), {
        body: JSON.stringify({ version, ...answer }),
        type: json,
        maxBytes: longest.answer,
      }),
    async *answers(runId) {
      const found = pMapIterable(bucket.keys(runKeys(runId).answers), readAnswer, { concurrency: answersAtOnce });
      // One that was deleted since it was listed is no answer.
      for await (const answer of found) if (answer) yield answer satisfies ItemAnswer;
    },
    result: (runId, item) => clusterResult(bucket, runKeys(runId).result(item)),
    async putResult(runId, item, pieces) {
      const content = { body: await gzipped(pieces), type: 'application/gzip' };
      return await bucket.writeOnce(runKeys(runId).result(item), content);
    },
    parts: (runId, item) => s3AuditParts(bucket, runKeys(runId).parts(item)),
    async putOcsf(runId, item, lines) {
      await bucket.writeOnce(runKeys(runId).ocsf(item), { body: await gzipped(lines), type: 'application/gzip' });
    },
    async putPage(runId, item, pieces) {
      await bucket.writeOnce(runKeys(runId).page(item), { body: [...pieces].join(''), type: htmlType });
    },
    async putReport(runId, { html, latestHtml, markdown, latestMarkdown }) {
      const keys = runKeys(runId);
      await bucket.write(keys.report, { body: html, type: htmlType });
      await bucket.write(keys.markdown, { body: markdown, type: markdownType });
      await bucket.write(latestKeys.report, { body: latestHtml, type: htmlType });
      await bucket.write(latestKeys.markdown, { body: latestMarkdown, type: markdownType });
    },
    async putHistory(run, lines) {
      await bucket.writeOnce(historyKey(run), { body: [...lines].join(''), type: 'application/jsonl' });
    },
    history: (run) => bucket.read(historyKey(run), longest.history),
    histories: (since) => bucketTexts(bucket, historyPrefix, since),
    census: (since) => bucketTexts(bucket, censusPrefix, since),
    lastRun: () => read(lastRunKey, { schema: lastRun, maxBytes: longest.lastRun }),
    putLastRun: (last) => bucket.write(lastRunKey, { body: JSON.stringify(last), type: json }),
    putSummary: (summary) =>
      bucket.write(runKeys(summary.runId).summary, { body: JSON.stringify(summary, undefined, 2), type: json }),
    putManifest: (runId, manifest) =>
      bucket.write(runKeys(runId).manifest, { body: plainJson({ version, ...manifest }, undefined, 2), type: json }),
    async putChecksums(runId) {
      const { folder, checksums, summary } = runKeys(runId);
      let ofSummary = '';
      const lineOf = async (key: string) => {
        const sha256 = key === checksums ? undefined : await bucket.sha256(key);
        if (key === summary) ofSummary = sha256 ?? '';
        return sha256 === undefined ? '' : checksumLine(sha256, key.slice(folder.length));
      };
      const lines = await Array.fromAsync(pMapIterable(bucket.keys(folder), lineOf, { concurrency: answersAtOnce }));
      const body = lines.toSorted(byText((each) => each.slice(66))).join('');
      await bucket.write(checksums, { body, type: 'text/plain' });
      return { sums: hashOf(body), summary: ofSummary };
    },
    async *statementNames() {
      for await (const key of bucket.keys(statementPrefix)) {
        const name = key.slice(statementPrefix.length);
        if (!isCensusList(name)) yield name;
      }
    },
    async sweepsSettledUntil(now) {
      const { state } = (await s3SweepStates(bucket, { log }).read()) ?? {};
      const isReported = state !== undefined && (await bucket.sha256(censusKey(state.sweptAt))) !== undefined;
      return settledUntil(now, { state, isReported });
    },
    async putCensusList(run, time) {
      const ownHistory = historyKey(run);
      const lineOf = async (key: string) => {
        const sha256 = isListed(key) && isToList(key, { ...time, ownHistory }) ? await bucket.sha256(key) : undefined;
        return sha256 === undefined ? '' : checksumLine(sha256, key);
      };
      const keys = keysBelow(bucket, foldersOf(time, ownHistory));
      const lines = await Array.fromAsync(pMapIterable(keys, lineOf, { concurrency: answersAtOnce }));
      const body = lines.toSorted(byText((each) => each.slice(66))).join('');
      const sha256 = hashOf(body);
      await bucket.writeOnce(`${statementPrefix}${censusListName(sha256)}`, { body, type: 'text/plain' });
      return sha256;
    },
    statement: (name) => bucket.read(statementKey(name), longest.statement),
    putStatement: (name, text) => bucket.writeOnce(statementKey(name), { body: text, type: json }),
    standingGaps: () => read(standingGapsKey, { schema: standingGaps, maxBytes: longest.gaps }),
    putStandingGaps: (gaps) =>
      writeReadable(bucket, standingGapsKey, { body: JSON.stringify(gaps), type: json, maxBytes: longest.gaps }),
    reportAddress: (runId) => bucket.address(runKeys(runId).report),
    pageAddress: (runId, item) => bucket.address(runKeys(runId).page(item)),
    summaryAddress: (runId) => bucket.address(runKeys(runId).summary),
  };
}

async function* keysBelow(bucket: Bucket, prefixes: readonly string[]): AsyncGenerator<string> {
  for (const prefix of prefixes) yield* bucket.keys(prefix);
}

/** Where a list looks: into the days between two times, since a year of sweeps has very many objects. */
function foldersOf({ from, until }: Pick<ListedTime, 'from' | 'until'>, ownHistory: string): readonly string[] {
  if (from === undefined) return listedPrefixes;
  const days: string[] = [];
  for (let time = Date.parse(from.slice(0, 10)); time <= Date.parse(until); time += 86_400_000)
    days.push(new Date(time).toISOString().slice(0, 10));
  return [ownHistory, ...days.flatMap((day) => [`${censusPrefix}${day}/`, `${sweepPrefix}${day}/`])];
}

/** Of a run's items, discovery and answers: raised only where the release before would misread what this one writes (docs/upgrade.md). */
const version = 1;

const isBroken = hasCode('run-object-broken');

/** One object that is not what a release writes stops no run. What can't be read at all (no right, no bucket) does. */
async function beginningAnew<T>(log: Log, read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof OperatorError) || !isBroken(error)) throw error;
    log.warn(`${error.message} (it counts as absent)`, { code: error.code });
    return undefined;
  }
}

interface BoundedText {
  readonly body: string;
  readonly maxBytes: number;
}

/** Writes what a later step reads back, and nothing that it would refuse: a run must not end in an object of its own that it cannot read. */
async function writeReadable(
  bucket: Bucket,
  key: string,
  content: BoundedText & { readonly type: string },
): Promise<void> {
  checkReadable(bucket.address(key), content);
  await bucket.write(key, content);
}

function checkReadable(address: string, { body, maxBytes }: BoundedText): void {
  const bytes = Buffer.byteLength(body);
  if (bytes > maxBytes)
    throw new OperatorError(
      'run-object-too-large',
      `${address} would have ${bytes} bytes, and only ${maxBytes} are read back; audit fewer accounts or Regions in one deployment`,
    );
}

interface ReadOptions<T> {
  readonly schema: z.ZodMiniType<T>;
  readonly maxBytes: number;
}

function parsed<T>(text: string, schema: z.ZodMiniType<T>, address: string): T {
  const value = parsedJson(text, address);
  const { version: stored = version } = Object(value);
  if (stored !== version)
    throw brokenObject(
      address,
      `it has version ${printable(String(stored), 20)}, and this release reads ${version} (docs/upgrade.md)`,
    );
  const read = schema.safeParse(value);
  if (read.success) return read.data;

  const [issue] = read.error.issues;
  throw brokenObject(address, `${issue?.path.join('.') || 'its whole'}: ${issue?.message}`, read.error);
}

/** The words of `JSON.parse` quote the text: they go no further. */
function parsedJson(text: string, address: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw brokenObject(address, 'it is no JSON');
  }
}

/**
 * What is remembered of each cluster from one run to the next, below `memory/`. When a cluster is gone it moves below `memory/gone/`. Only a name that
 * returns is looked up there, so a run reads as many objects as there are clusters, and not as many as there ever were.
 */
export function s3RunMemory(bucket: Bucket, options: { readonly log: Log }): RunMemory {
  const below = (prefix: MemoryPrefix) => memoryBelow(prefix, bucket, { ...options, parse: parseMemory });
  const [there, gone] = [below(memoryPrefix), below(goneMemoryPrefix)];
  return {
    clusters: there.clusters,
    everyCluster: there.everyCluster,
    async read(place, cluster) {
      const read = await there.read(place, cluster);
      // Without its tag: a cluster that returns begins a new object.
      return read.tag === undefined ? { value: (await gone.read(place, cluster)).value } : read;
    },
    async write(place, cluster, value, read) {
      if (!value?.gone) return await there.write(place, cluster, value, read);
      const isFirst = await gone.write(place, cluster, value, {});
      if (!isFirst) await gone.write(place, cluster, value, await gone.read(place, cluster));
      return await there.remove(place, cluster, read);
    },
  };
}

/** What sweeps leave for the next run about each cluster, below `memory/sweep/`. */
export const s3SweepMemory = (bucket: Bucket, options: { readonly log: Log }): SweepMemoryStore =>
  memoryBelow(sweepMemoryPrefix, bucket, { ...options, parse: parseSweepMemory });

function memoryBelow<Value>(
  prefix: MemoryPrefix,
  bucket: Bucket,
  { log, parse }: { readonly log: Log; readonly parse: (value: unknown) => Value | undefined },
): MemoryBelow<Value> {
  return {
    async read(place, cluster) {
      const key = memoryKey(prefix, place, cluster);
      const stored = await bucket.tagged(key, longest.memory);
      if (!stored) return {};

      const { text, tag } = stored;
      const value = parse(jsonOf(text));
      if (value) return { value, tag };
      log.warn(
        `${bucket.address(key)} is not what a run remembers: nothing is remembered of this cluster, and what is open is announced once more`,
        { code: 'run-object-broken' },
      );
      return { tag };
    },
    async *clusters(place) {
      for await (const each of remembered(bucket, { prefix, below: memoryFolder(prefix, place) })) yield each.cluster;
    },
    everyCluster: () => remembered(bucket, { prefix, below: prefix }),
    remove: async (place, cluster, { tag }) =>
      tag === undefined || (await bucket.deleteFrom(memoryKey(prefix, place, cluster), tag)),
    async write(place, cluster, value, { tag }) {
      const key = memoryKey(prefix, place, cluster);
      const body = JSON.stringify(value);
      checkReadable(bucket.address(key), { body, maxBytes: longest.memory });
      if (!parse(jsonOf(body)))
        throw brokenObject(bucket.address(key), 'it could not be read back, so it was not written');
      return await bucket.writeFrom(key, { body, type: json }, tag);
    },
  };
}

interface MemoryBelow<Value> extends MemoryStore<Value>, Pick<SweepMemoryStore, 'remove'> {}

/** Objects below the prefix that are a cluster's memory, by their keys alone. */
async function* remembered(
  bucket: Bucket,
  { prefix, below }: { readonly prefix: MemoryPrefix; readonly below: string },
): AsyncGenerator<RememberedPlace> {
  for await (const key of bucket.keys(below)) {
    const [accountId = '', region = '', file = '', ...more] = key.slice(prefix.length).split('/');
    const cluster = file.replace(/\.json$/, '');
    // Letters come after digits: of `gone/`, which holds the names of a year, nothing is listed.
    if (accountId > ':') return;
    const isOurs = accountPattern.test(accountId) && regionPattern.test(region) && clusterPattern.test(cluster);
    if (isOurs && more.length === 0) yield { accountId, region, cluster };
  }
}
