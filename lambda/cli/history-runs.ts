import { howMany } from '../core/model/text/how-many.ts';
import { CensusCount, type CensusHistory } from '../core/report/history/census-history.ts';
import { historyParser } from '../core/report/history/history-line.ts';
import { type HistoryRun, runsOf } from '../core/report/history/posture-history.ts';
import { terminalLog } from './log.ts';
import type { Terminal } from './terminal.ts';

/** The texts that a deployment keeps about its past: of its runs, and of its sweeps. */
export interface KeptTexts {
  readonly runs: AsyncIterable<string>;
  readonly census: AsyncIterable<string>;
}

export interface KeptHistory {
  readonly runs: readonly HistoryRun[];
  /** Absent without sweeps. */
  readonly census?: CensusHistory;
}

/** What a deployment keeps about its past. */
export async function historyIn({ runs, census }: KeptTexts, terminal: Terminal): Promise<KeptHistory> {
  const all = await runsIn(runs, terminal);
  const count = new CensusCount(all[0]?.startedAt);
  for await (const text of census) count.add(text);
  for (const run of all) count.addRun(run);
  const { history } = count;
  return { runs: all, ...(history && { census: history }) };
}

/** The runs of a history, in the order of their time; lines that no run wrote are left out with a warning. */
async function runsIn(texts: AsyncIterable<string>, terminal: Terminal): Promise<readonly HistoryRun[]> {
  const parsed = await Array.fromAsync(texts, historyParser());
  const refused = parsed.reduce((sum, each) => sum + each.refused, 0);
  if (refused > 0)
    terminalLog(terminal).warn(`${howMany(refused, 'line')} of this history are not what a run writes: left out`);
  return runsOf(parsed.flatMap(({ lines }) => lines));
}
