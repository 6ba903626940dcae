import { pMapIterable } from 'p-map';
import { censusPrefix, historyPrefix, statementPrefix, sweepPrefix } from '../../contract/names.ts';
import { checksumLine } from '../../core/model/text/checksum-line.ts';
import { byText, plainJson } from '../../core/model/text/words.ts';
import { lastRun } from '../../core/report/history/last-run.ts';
import { itemAnswer } from '../../core/run/answer.ts';
import { discoveryHead } from '../../core/run/discovery.ts';
import { itemName, runItem } from '../../core/run/item.ts';
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
import type { Log } from '../../flow/ports.ts';
import type { RunStore } from '../../flow/run/ports.ts';
import { bucketTexts, isAtOwnKey } from '../history-files.ts';
import { type Bucket, brokenObject } from './bucket.ts';
import { historyKey, lastRunKey, latestKeys, runKeys, standingGapsKey, statementKey } from './run-keys.ts';
import { s3AuditParts } from './run-parts.ts';
import { clusterResult } from './run-results.ts';
import {
  beginningAnew,
  checkReadable,
  expectPlace,
  objectRefused,
  parsed,
  readPlaced,
  type StoredOptions,
  version,
  writePacked,
  writeReadable,
} from './stored-json.ts';
import { censusKey, s3SweepStates } from './sweep-store.ts';

const json = 'application/json';
const htmlType = 'text/html; charset=utf-8';
const markdownType = 'text/markdown; charset=utf-8';
/** A hundred thousand items are 14 MB; an answer has at most 20 problems. */
const longest = {
  items: 64 * 1024 * 1024,
  discovery: 32 * 1024 * 1024,
  answer: 4 * 1024 * 1024,
  gaps: 32 * 1024 * 1024,
  history: 64 * 1024 * 1024,
  lastRun: 4_096,
  statement: 1024 * 1024,
};
const answersAtOnce = 16;

/**
 * What a run leaves behind in its bucket, below `runs/RUN/`. An object that no release wrote counts as none, with a warning: only what is broken is done again.
 */
export function s3RunStore(bucket: Bucket, { log }: { readonly log: Log }): RunStore {
  const read = <T>(key: string, options: Omit<StoredOptions<T>, 'log'>) => readPlaced(bucket, key, { log, ...options });
  const anAnswer = { schema: itemAnswer, maxBytes: longest.answer };

  return {
    async discovery(runId) {
      const keys = runKeys(runId);
      const head = await read(keys.discovery, { schema: discoveryHead, maxBytes: longest.discovery });
      if (!head) return undefined;
      expectPlace(bucket, keys.discovery, runKeys(head.runId).discovery);

      return await beginningAnew(log, async () => {
        const lines = (await bucket.read(keys.items, longest.items))?.split('\n').filter(Boolean);
        const address = bucket.address(keys.items);
        if (lines?.length !== head.items)
          throw brokenObject(address, `it holds ${lines?.length ?? 0} items, and ${head.items} were found`);
        return { ...head, items: lines.map((line) => parsed(line, runItem, address)) };
      });
    },
    async putDiscovery({ items, ...rest }) {
      const keys = runKeys(rest.runId);
      const lines = items.map((each) => `${JSON.stringify({ version, ...each })}\n`).join('');

      const head = JSON.stringify({ version, ...rest, items: items.length });
      checkReadable(bucket.address(keys.discovery), { body: head, maxBytes: longest.discovery });
      await writeReadable(bucket, keys.items, { body: lines, type: 'application/jsonl', maxBytes: longest.items });
      await writeReadable(bucket, keys.discovery, { body: head, type: json, maxBytes: longest.discovery });
    },
    answer: (runId, item) =>
      read(runKeys(runId).answer(item), { ...anAnswer, keyOf: (answer) => runKeys(runId).answer(answer.item) }),
    putAnswer: (runId, answer) =>
      writeReadable(bucket, runKeys(runId).answer(answer.item), {
        body: JSON.stringify({ version, ...answer }),
        type: json,
        maxBytes: longest.answer,
      }),
    async *answers(runId, refused) {
      const keys = runKeys(runId);
      const answered = async (key: string) => ({ key, answer: await read(key, anAnswer) });
      const all = pMapIterable(bucket.keys(keys.answers), answered, { concurrency: answersAtOnce });
      for await (const { key, answer } of all) {
        // One that was deleted since it was listed is no answer.
        if (!answer) continue;
        if (key === keys.answer(answer.item)) yield answer;
        else {
          const because = `an answer about ${itemName(answer.item)}, which does not belong there, so it counts for nothing`;
          refused?.(objectRefused(bucket.address(key), because, ', and delete the object'));
        }
      }
    },
    result: (runId, item) => clusterResult(bucket, runKeys(runId).result(item), item),
    putResult: (runId, item, pieces) => writePacked(bucket, runKeys(runId).result(item), pieces),
    parts: (runId, item) => s3AuditParts(bucket, runKeys(runId).parts(item)),
    putOcsf: (runId, item, lines) => writePacked(bucket, runKeys(runId).ocsf(item), lines),
    putPage: (runId, item, pieces) =>
      bucket.writeOnce(runKeys(runId).page(item), { body: [...pieces].join(''), type: htmlType }),
    async putReport(runId, { html, latestHtml, markdown, latestMarkdown }) {
      const keys = runKeys(runId);
      await bucket.write(keys.report, { body: html, type: htmlType });
      await bucket.write(keys.markdown, { body: markdown, type: markdownType });
      await bucket.write(latestKeys.report, { body: latestHtml, type: htmlType });
      await bucket.write(latestKeys.markdown, { body: latestMarkdown, type: markdownType });
    },
    putHistory: (run, lines) =>
      bucket.writeOnce(historyKey(run), { body: [...lines].join(''), type: 'application/jsonl' }),
    async history(run) {
      const text = await bucket.read(historyKey(run), longest.history);
      return text !== undefined && isAtOwnKey(historyKey(run), text) ? text : undefined;
    },
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
      const keys = (await Array.fromAsync(bucket.keys(folder))).filter((key) => key !== checksums);
      const { body, sums, hashes } = await sumsOf(bucket, keys, folder);
      await bucket.write(checksums, { body, type: 'text/plain' });
      return { sums, summary: hashes.get(summary) ?? '' };
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
      const folders = foldersOf(time, ownHistory).map((prefix) => Array.fromAsync(bucket.keys(prefix)));
      const keys = (await Promise.all(folders)).flat();
      const toList = keys.filter((key) => isListed(key) && isToList(key, { ...time, ownHistory }));
      const { body, sums } = await sumsOf(bucket, toList);
      await bucket.writeOnce(`${statementPrefix}${censusListName(sums)}`, { body, type: 'text/plain' });
      return sums;
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

/** The lines of `sha256sum` about these objects, in the order of their names. */
async function sumsOf(bucket: Bucket, keys: readonly string[], folder = '') {
  const hashOfKey = async (key: string) => [key, await bucket.sha256(key)] as const;
  const hashes = new Map(await Array.fromAsync(pMapIterable(keys, hashOfKey, { concurrency: answersAtOnce })));
  const lines = [...hashes].map(([key, sha256]) => (sha256 ? checksumLine(sha256, key.slice(folder.length)) : ''));
  const body = lines.toSorted(byText((each) => each.slice(66))).join('');
  return { body, hashes, sums: hashOf(body) };
}

/** Where a list looks: into the days between two times, since a year of sweeps has very many objects. */
function foldersOf({ from, until }: Pick<ListedTime, 'from' | 'until'>, ownHistory: string): readonly string[] {
  if (from === undefined) return listedPrefixes;
  const days: string[] = [];
  for (let time = Date.parse(from.slice(0, 10)); time <= Date.parse(until); time += 86_400_000)
    days.push(new Date(time).toISOString().slice(0, 10));
  return [ownHistory, ...days.flatMap((day) => [`${censusPrefix}${day}/`, `${sweepPrefix}${day}/`])];
}
