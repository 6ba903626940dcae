import { censusPrefix, sweepStateKey } from '../../contract/names.ts';
import { jsonOf } from '../../core/model/text/words.ts';
import { type SweepAnswer, sweepAnswer, sweepState, sweepTime } from '../../core/run/sweep.ts';
import type { Log } from '../../flow/ports.ts';
import type { Census, SweepStates, SweepStore } from '../../flow/sweep/ports.ts';
import type { Bucket } from './bucket.ts';
import { sweepKeys } from './run-keys.ts';
import { clusterResult } from './run-results.ts';
import { checkReadable, readPlaced, writePacked } from './stored-json.ts';

/** A whole cluster of 10,000 machines is some 5 MB. */
const longestAnswer = 32 * 1024 * 1024;

/** What sweeps leave in the bucket, below `sweeps/DATE/TIME/`. An answer that no release wrote counts as none, with a warning. */
export function s3SweepStore(bucket: Bucket, { log }: { readonly log: Log }): SweepStore {
  const keyOf = ({ item }: SweepAnswer) => sweepKeys(item).answer;
  return {
    answer: (item) =>
      readPlaced(bucket, sweepKeys(item).answer, { log, schema: sweepAnswer, maxBytes: longestAnswer, keyOf }),
    putAnswer: (answer) =>
      bucket.write(sweepKeys(answer.item).answer, { body: JSON.stringify(answer), type: 'application/json' }),
    result: (item) => clusterResult(bucket, sweepKeys(item).result, item),
    putResult: (item, pieces) => writePacked(bucket, sweepKeys(item).result, pieces),
    putPage: (item, pieces) =>
      bucket.writeOnce(sweepKeys(item).page, { body: [...pieces].join(''), type: 'text/html; charset=utf-8' }),
    pageAddress: (item) => bucket.address(sweepKeys(item).page),
  };
}

/** A hundred thousand machines are 40 MB. */
const longestState = 64 * 1024 * 1024;

/** What one sweep leaves for the next. IAM: s3:GetObject, s3:PutObject. */
export const s3SweepStates = (bucket: Bucket, { log }: { readonly log: Log }): SweepStates => ({
  async read() {
    const held = await bucket.tagged(sweepStateKey, longestState);
    if (!held) return undefined;

    const { bytes, tag } = held;
    const parsed = sweepState.safeParse(jsonOf(`${bytes}`));
    if (parsed.success) return { state: parsed.data, tag };
    log.warn(
      `${bucket.address(sweepStateKey)} is not what a sweep leaves: this one looks back to the last run, and the census starts again`,
      { code: 'run-object-broken' },
    );
    return { tag };
  },
  async write(state, tag) {
    const body = JSON.stringify(state);
    checkReadable(bucket.address(sweepStateKey), { body, maxBytes: longestState });
    return await bucket.writeFrom(sweepStateKey, { body, type: 'application/json' }, tag);
  },
});

/** `census/2026-11-28/1415.jsonl` */
export function censusKey(sweepAt: string): string {
  if (!sweepTime.safeParse(sweepAt).success) throw new Error(`'${sweepAt}' is no time of a sweep`);
  return `${censusPrefix}${sweepAt.slice(0, 10)}/${sweepAt.slice(11, 16).replace(':', '')}.jsonl`;
}

/** What sweeps keep permanently. IAM: s3:PutObject. */
export const s3Census = (bucket: Bucket): Census => ({
  async put(sweepAt, records) {
    const body = records.map((each) => `${JSON.stringify(each)}\n`).join('');
    await bucket.writeOnce(censusKey(sweepAt), { body, type: 'application/jsonl' });
  },
});
