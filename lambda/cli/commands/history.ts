import { Command } from 'commander';
import { version } from '../../contract/version.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { postureHistory } from '../../core/report/history/posture-history.ts';
import { comparisonOf, comparisonText, historyJson, historyTable } from '../../core/report/terminal/history.ts';
import { historyIn } from '../history-runs.ts';
import {
  type BucketFlags,
  bucketAccess,
  checkDay,
  formatOption,
  helpEnd,
  plainCodes,
  withOptions,
} from '../options.ts';
import { writeReport } from '../report-output.ts';
import { type Terminal, tableStyle } from '../terminal.ts';

interface Flags extends BucketFlags {
  readonly since?: string;
  readonly compare?: readonly string[];
  readonly format: 'table' | 'json' | 'html';
  readonly output?: string;
}

/** How the posture moved over the runs of a deployment. */
export function historyCommand(terminal: Terminal): Command {
  const command = new Command('history')
    .summary('posture over time, from the history of deployed runs')
    .description(
      'Shows how failures moved from run to run, what changed between two runs, how long failures stay open, and what the runs could not read. Reads history/ and, with sweeps, census/ of the bucket of deployed runs, or a copy of both.',
    )
    .argument('<SOURCE>', 's3://BUCKET, or a folder that holds DATE/RUN.jsonl')
    .option('--since <date>', 'only runs from this day on, such as 2026-01-31')
    .option('--compare <run...>', 'what opened and what was fixed between two runs, by their ids')
    .addOption(formatOption(['table', 'json', 'html']));
  withOptions(command, terminal.env, ['output', 'bucketRegion', 'profile']);
  return helpEnd(command, plainCodes, [
    'history s3://BUCKET --since 2026-01-01',
    'history s3://BUCKET -f html -o history.html',
    'history s3://BUCKET --compare RUN RUN',
  ]).action(async (source: string, flags: Flags) => showHistory(source, flags, terminal));
}

async function showHistory(source: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { since = '', compare, format, output } = flags;
  if (flags.since !== undefined) checkDay('--since', since);
  const [before, after, ...more] = compare ?? [];
  if (compare && (before === undefined || after === undefined || more.length > 0))
    throw new UsageError(
      `--compare takes two runs, and ${compare.length} ${compare.length === 1 ? 'is' : 'are'} given`,
    );

  // The clients of AWS are slow to load, and a folder needs none.
  const { openHistory } = await import('../../wiring/open/run-bucket.ts');
  const texts = openHistory(source, since, await bucketAccess(flags, terminal));
  const { history: runs, census } = await historyIn(texts, terminal);
  const compared =
    before !== undefined && after !== undefined ? comparisonOf(runs, [before, after], census) : undefined;
  await writeReport(await textOf(), output, terminal);

  async function textOf(): Promise<string> {
    if (format === 'json') return historyJson(runs, compared, census);
    const style = tableStyle(terminal, output);
    if (format === 'table')
      return compared ? comparisonText(compared, style) : historyTable(postureHistory(runs, census), style);
    const { historyPage } = await import('../../core/report/html/history-page.ts');
    return historyPage(runs, { version, ...(compared && { compared }), ...(census && { census }) });
  }
}
