import { pMapIterable } from 'p-map';
import { runPrefix, statementPrefix } from '../../contract/names.ts';
import { hasCode } from '../../contract/problem-codes.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import { censusListName, isCensusList } from '../../core/run/signed/census-list.ts';
import type { KeptFiles, KeptRuns } from '../../flow/verify/ports.ts';
import type { Bucket } from './bucket.ts';

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
  runs: () => bucket.folders(runPrefix),
  files: (runId) => filesBelow(bucket, `${runPrefix}${runId}/`),
  keys: (prefix) => bucket.keys(prefix),
  sha256: (key) => bucket.sha256(key),
  censusList: (sha256) => bucket.read(`${statementPrefix}${censusListName(sha256)}`, mostSums),
});

const isTooLarge = hasCode('run-object-broken');

async function textOf(bucket: Bucket, key: string): Promise<string | undefined> {
  try {
    return await bucket.read(key, mostStatement);
  } catch (error) {
    if (error instanceof OperatorError && isTooLarge(error)) return undefined;
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
