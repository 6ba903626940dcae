import { pMapIterable } from 'p-map';
import type * as z from 'zod/mini';
import { runPrefix, statementPrefix } from '../../contract/names.ts';
import { parseClusterArn } from '../../core/model/cluster-arn.ts';
import { manifest } from '../../core/model/manifest.ts';
import type { Problem } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import type { ReportedAudit } from '../../core/model/reported-audit.ts';
import { howMany } from '../../core/model/text/words.ts';
import { readResult, type SavedPart } from '../../core/report/saved-result/read-result.ts';
import { type SavedCluster, savedSummary } from '../../core/report/saved-result/result-schema.ts';
import { controlsOfResult, reportedAudit } from '../../core/report/saved-result/saved-run.ts';
import type { RunItem } from '../../core/run/item.ts';
import { censusListName, isCensusList } from '../../core/run/signed/census-list.ts';
import type { KeptFiles, KeptRuns } from '../../flow/verify/ports.ts';
import { unpacked } from '../read-input.ts';
import { type Bucket, brokenObject } from './bucket.ts';
import { runKeys } from './run-keys.ts';
import { expectPlace, isBroken, objectRefused, parsed } from './stored-json.ts';

/** Packed: a cluster of 10,000 nodes is some megabytes. */
const largestResult = 256 * 1024 * 1024;
const largestSummary = 64 * 1024 * 1024;
const resultsAtOnce = 4;
const anotherResult = 'the result of another cluster, which does not belong there, so it is left out';

/**
 * A deployed run as a saved result: the results of its clusters, one after the other, with the coverage of its summary. A run without a summary, or
 * with a missing result, reports that as a problem: a missing part is never silent.
 * @throws OperatorError when the bucket cannot be listed or read, or an object is not what a run writes. IAM: s3:ListBucket, s3:GetObject.
 */
export async function* runResults(bucket: Bucket, runId: string): AsyncGenerator<SavedPart> {
  const keys = runKeys(runId);
  const summary = await readAs(savedSummary, bucket, keys.summary);
  const how = await readAs(manifest, bucket, keys.manifest);
  if (how && summary && how.startedAt !== summary.startedAt)
    throw brokenObject(bucket.address(keys.manifest), 'it is about another run');
  if (summary) {
    expectPlace(bucket, keys.summary, runKeys(summary.runId).summary);
    const { schemaVersion, startedAt, benchmark } = summary;
    yield { part: 'start', start: { schemaVersion, startedAt, benchmark } };
  }

  let clusters = 0;
  const refused: Problem[] = [];
  const results = async function* () {
    for await (const key of bucket.keys(keys.results)) if (key.endsWith('.json.gz')) yield key;
  };
  const read = async (key: string) => ({ key, bytes: await bucket.bytes(key, largestResult) });
  for await (const { key, bytes } of pMapIterable(results(), read, { concurrency: resultsAtOnce })) {
    if (!bytes) continue;
    clusters += 1;
    const [accountId = '', region = '', cluster = ''] = key.slice(keys.results.length, -'.json.gz'.length).split('/');
    for await (const part of readResult(unpacked([bytes]), bucket.address(key))) {
      if (part.part !== 'cluster' || isAbout(part.cluster, { accountId, region, cluster })) yield part;
      else
        refused.push(
          objectRefused(bucket.address(key), anotherResult, '; the bucket keeps earlier versions of the object'),
        );
    }
  }
  const missing = (summary?.clusters.audited ?? 0) - clusters;
  yield {
    part: 'end',
    end: {
      finishedAt: summary?.finishedAt ?? '',
      problems: [
        ...(summary ? [] : [notSummedUp(bucket.address(keys.summary))]),
        ...refused,
        ...(missing > 0 ? [resultsMissing(missing, bucket.address(keys.results))] : []),
      ],
      ...(summary && { coverage: summary }),
      ...(summary?.waivers && { waivers: summary.waivers }),
      ...(how && { manifests: [how] }),
    },
  };
}

/**
 * One cluster's result as an item of the run stored it, without what happened to its findings, which is asked again. `undefined` when there is none.
 * @throws OperatorError when it cannot be read, or is not what a run writes
 */
export async function clusterResult(
  bucket: Bucket,
  key: string,
  item: Pick<RunItem, 'accountId' | 'region' | 'cluster'>,
): Promise<ReportedAudit | undefined> {
  const bytes = await bucket.bytes(key, largestResult);
  if (!bytes) return undefined;

  for await (const part of readResult(unpacked([bytes]), bucket.address(key))) {
    if (part.part !== 'cluster') break;
    const {
      published: _,
      transitions: __,
      ...audit
    } = reportedAudit(part.cluster, controlsOfResult(part.cluster).controls);
    if (!isAbout(part.cluster, item)) throw brokenObject(bucket.address(key), 'it is a result of another cluster');
    return { ...audit, ...(part.sha256 !== undefined && { resultSha256: part.sha256 }) };
  }
  throw brokenObject(bucket.address(key), 'it is not a result of one cluster');
}

/** The ARN is in the result twice, as a text and in its parts. */
function isAbout(
  { cluster: { arn } }: Pick<SavedCluster, 'cluster'>,
  of: Pick<RunItem, 'accountId' | 'region' | 'cluster'>,
) {
  const named = parseClusterArn(arn?.arn ?? '');
  const isOf = named?.accountId === of.accountId && named.region === of.region && named.name === of.cluster;
  return isOf && (['partition', 'accountId', 'region', 'name'] as const).every((part) => arn?.[part] === named[part]);
}

async function readAs<T>(schema: z.ZodMiniType<T>, bucket: Bucket, key: string): Promise<T | undefined> {
  const text = await bucket.read(key, largestSummary);
  return text === undefined ? undefined : parsed(text, schema, bucket.address(key));
}

const notSummedUp = (address: string) => ({
  code: 'run-not-summed-up',
  message: `there is no ${address}: the run goes on, was broken off, or is not there`,
  remedy: 'what it did not look at is not known; wait for its end, or choose another run',
});

const resultsMissing = (missing: number, address: string) => ({
  code: 'results-missing',
  message: `${howMany(missing, 'result')} that the run left ${missing === 1 ? 'is' : 'are'} not below ${address} any more`,
  remedy: 'those clusters are not in this report; look for earlier versions of the objects, which the bucket keeps',
});

const mostStatement = 1024 * 1024;
const mostSums = 256 * 1024 * 1024;
const atOnce = 16;

/** What runs left in a bucket, as it is there now. IAM: s3:ListBucket, s3:GetObject. */
export const keptRuns = (bucket: Bucket): KeptRuns => ({
  async *statements() {
    const read = async (key: string) => ({ name: key.slice(statementPrefix.length), text: await textOf(bucket, key) });
    const names = async function* () {
      for await (const key of bucket.keys(statementPrefix))
        if (!isCensusList(key.slice(statementPrefix.length))) yield key;
    };
    yield* pMapIterable(names(), read, { concurrency: atOnce });
  },
  runs: () => bucket.names(runPrefix),
  files: (runId) => filesBelow(bucket, `${runPrefix}${runId}/`),
  keys: (prefix) => bucket.keys(prefix),
  sha256: (key) => bucket.sha256(key),
  censusList: (sha256) => bucket.read(`${statementPrefix}${censusListName(sha256)}`, mostSums),
});

async function textOf(bucket: Bucket, key: string): Promise<string | undefined> {
  try {
    return await bucket.read(key, mostStatement);
  } catch (error) {
    if (error instanceof OperatorError && isBroken(error)) return undefined;
    throw error;
  }
}

const filesBelow = (bucket: Bucket, folder: string): KeptFiles => ({
  async *files() {
    const hashed = async (key: string) => ({ path: key.slice(folder.length), sha256: await bucket.sha256(key) });
    // One that was deleted since it was listed is missing.
    for await (const { path, sha256 } of pMapIterable(bucket.keys(folder), hashed, { concurrency: atOnce }))
      if (sha256 !== undefined) yield { path, sha256 };
  },
  bytes: (path, mostBytes) => bucket.bytes(`${folder}${path}`, mostBytes),
});
