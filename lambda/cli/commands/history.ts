import { Command } from 'commander';
import { version } from '../../contract/version.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { howMany } from '../../core/model/text/words.ts';
import { CensusCount } from '../../core/report/history/census-history.ts';
import { historyParser } from '../../core/report/history/history-line.ts';
import { postureHistory, runsOf } from '../../core/report/history/posture-history.ts';
import { comparisonOf, comparisonText, historyJson, historyTable } from '../../core/report/terminal/history.ts';
import type { BucketAccess } from '../../wiring/open/run-bucket.ts';
import { bucketAccess, checkDay, formatOption, helpEnd, plainCodes, withOptions } from '../options.ts';
import { writeReport } from '../report-output.ts';
import { type Terminal, tableStyle, terminalLog } from '../terminal.ts';

interface Flags extends BucketAccess {
  readonly since?: string;
  readonly compare?: readonly string[];
  readonly format: 'table' | 'json' | 'html';
  readonly output?: string;
}

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

  const { history: runs, census } = await keptHistory(source, since, { flags, terminal });
  const compared =
    before !== undefined && after !== undefined ? comparisonOf(runs, [before, after], census) : undefined;
  const style = tableStyle(terminal, output);
  const table = () => (compared ? comparisonText(compared, style) : historyTable(postureHistory(runs, census), style));
  const page = async () =>
    (await import('../../core/report/html/history-page.ts')).historyPage(runs, {
      version,
      ...(compared && { compared }),
      ...(census && { census }),
    });
  const texts = { json: () => historyJson(runs, compared, census), table, html: page };
  await writeReport(await texts[format](), output, terminal);
}

/** The runs of a deployment from a day on, in the order of their time, and what its sweeps found. A warning counts the lines that no run wrote. */
export async function keptHistory(
  source: string,
  since: string,
  { flags, terminal }: { readonly flags: BucketAccess; readonly terminal: Terminal },
) {
  // The clients of AWS are slow to load, and most reports need none.
  const { openHistory } = await import('../../wiring/open/run-bucket.ts');
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
