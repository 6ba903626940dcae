import { censusPrefix, sweepStateKey } from '../../contract/names.ts';
import { jsonOf } from '../../core/model/text/json-of.ts';
import { sweepTime } from '../../core/run/sweep.ts';
import { sweepState } from '../../core/run/sweeps/sweep-state.ts';
import type { Log } from '../../flow/ports.ts';
import type { Census, SweepStates } from '../../flow/sweep/ports.ts';
import { type Bucket, brokenObject } from './bucket.ts';

/** A hundred thousand machines are 40 MB. */
const longestState = 64 * 1024 * 1024;

/** What one sweep leaves for the next. IAM: s3:GetObject, s3:PutObject. */
export const s3SweepStates = (bucket: Bucket, { log }: { readonly log: Log }): SweepStates => ({
  async read() {
    const held = await bucket.tagged(sweepStateKey, longestState);
    if (!held) return undefined;

    const { tag } = held;
    const parsed = sweepState.safeParse(jsonOf(held.text));
    if (parsed.success) return { state: parsed.data, tag };
    log.warn(
      `${bucket.address(sweepStateKey)} is not what a sweep leaves: this one looks back to the last run, and the census begins anew`,
      { code: 'run-object-broken' },
    );
    return { tag };
  },
  async write(state, tag) {
    const body = JSON.stringify(state);
    if (body.length > longestState)
      throw brokenObject(bucket.address(sweepStateKey), `it would have ${body.length} bytes`);
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
