import { pMapIterable } from 'p-map';
import { jsonOf } from '../../core/model/text/json-of.ts';
import { sweepAnswer } from '../../core/run/sweep.ts';
import type { Log } from '../../flow/ports.ts';
import type { SweepStore } from '../../flow/sweep/ports.ts';
import type { Bucket } from './bucket.ts';
import { gzipped } from './gzipped.ts';
import { sweepAnswers, sweepKeys } from './run-keys.ts';
import { clusterResult } from './run-results.ts';

/** A whole cluster of 10,000 machines is some 5 MB. */
const longestAnswer = 32 * 1024 * 1024;
const answersAtOnce = 16;

/** What sweeps leave in the bucket, below `sweeps/DATE/TIME/`. An answer that no release wrote counts as none, with a warning. */
export function s3SweepStore(bucket: Bucket, { log }: { readonly log: Log }): SweepStore {
  async function read(key: string) {
    const text = await bucket.read(key, longestAnswer);
    if (text === undefined) return undefined;
    const { success, data } = sweepAnswer.safeParse(jsonOf(text));
    if (!success) log.warn(`${bucket.address(key)} is not what a sweep leaves there (it counts as absent)`);
    return data;
  }

  return {
    answer: (item) => read(sweepKeys(item).answer),
    putAnswer: (answer) =>
      bucket.write(sweepKeys(answer.item).answer, { body: JSON.stringify(answer), type: 'application/json' }),
    async *answers(sweepAt) {
      const found = pMapIterable(bucket.keys(sweepAnswers(sweepAt)), read, { concurrency: answersAtOnce });
      for await (const answer of found) if (answer) yield answer;
    },
    result: (item) => clusterResult(bucket, sweepKeys(item).result),
    putResult: async (item, pieces) =>
      await bucket.writeOnce(sweepKeys(item).result, { body: await gzipped(pieces), type: 'application/gzip' }),
    async putPage(item, pieces) {
      await bucket.writeOnce(sweepKeys(item).page, { body: [...pieces].join(''), type: 'text/html; charset=utf-8' });
    },
    pageAddress: (item) => bucket.address(sweepKeys(item).page),
  };
}
