import { howMany } from '../core/model/text/how-many.ts';
import { historyParser } from '../core/report/history/history-line.ts';
import { type HistoryRun, runsOf } from '../core/report/history/posture-history.ts';
import { terminalLog } from './log.ts';
import type { Terminal } from './terminal.ts';

/** The runs of a history, in the order of their time; lines that no run wrote are left out with a warning. */
export async function runsIn(texts: AsyncIterable<string>, terminal: Terminal): Promise<readonly HistoryRun[]> {
  const parsed = await Array.fromAsync(texts, historyParser());
  const refused = parsed.reduce((sum, each) => sum + each.refused, 0);
  if (refused > 0)
    terminalLog(terminal).warn(`${howMany(refused, 'line')} of this history are not what a run writes: left out`);
  return runsOf(parsed.flatMap(({ lines }) => lines));
}
