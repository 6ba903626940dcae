import { howMany } from '../core/model/text/words.ts';
import { CensusCount, type CensusHistory } from '../core/report/history/census-history.ts';
import { historyParser } from '../core/report/history/history-line.ts';
import { type HistoryRun, runsOf } from '../core/report/history/posture-history.ts';
import type { BucketAccess } from '../wiring/open/run-bucket.ts';
import { bucketAccess } from './options.ts';
import { type Terminal, terminalLog } from './terminal.ts';

export interface KeptHistory {
  readonly history: readonly HistoryRun[];
  /** Absent without sweeps. */
  readonly census?: CensusHistory;
}

/** The runs of a deployment from a day on, in the order of their time, and what its sweeps found. A warning counts the lines that no run wrote. */
export async function keptHistory(
  source: string,
  since: string,
  { flags, terminal }: { readonly flags: BucketAccess; readonly terminal: Terminal },
): Promise<KeptHistory> {
  // The clients of AWS are slow to load, and most reports need none.
  const { openHistory } = await import('../wiring/open/run-bucket.ts');
  const access = source.startsWith('s3://') ? await bucketAccess(flags, terminal) : {};
  const texts = openHistory(source, since, access);
  const parsed = await Array.fromAsync(texts.runs, historyParser());
  const refused = parsed.reduce((sum, each) => sum + each.refused, 0);
  if (refused > 0)
    terminalLog(terminal).warn(`${howMany(refused, 'line')} of this history are not what a run writes: left out`);
  const history = runsOf(parsed.flatMap(({ lines }) => lines));

  const count = new CensusCount(history[0]?.startedAt);
  for await (const text of texts.census) count.add(text);
  for (const run of history) count.addRun(run);
  return { history, ...(count.history && { census: count.history }) };
}
