import { Command } from 'commander';
import { UsageError } from '../../core/operator-error.ts';
import { emptyTally, outcome, type Tally, tallied } from '../../core/outcome.ts';
import { ok } from '../../core/result.ts';
import type { Coverage } from '../../core/run/coverage.ts';
import { readResult, type SavedPart } from '../../core/saved-result/read-result.ts';
import type { SavedCluster, SavedStart } from '../../core/saved-result/result-schema.ts';
import { benchmarkOf, controlsOfResult, coverageTogether, reportedAudit } from '../../core/saved-result/saved-run.ts';
import { resultText } from '../../wiring/files.ts';
import { auditCodes, helpEnd } from '../options.ts';
import { type OpenReports, openReports, type ReportFlags, targetsOf, withReportFlags } from '../report-targets.ts';
import type { Terminal } from '../terminal.ts';

/** Reports of what was audited before: nothing is asked of any cluster. */
export function reportCommand(terminal: Terminal, done: (code: number) => void): Command {
  return withReportFlags(new Command('report'))
    .summary('make reports of saved results, offline')
    .description(
      'Makes any format of what audit or evaluate printed with --format json, or of the results of a deployed run. Ends with the exit code that the audit had.',
    )
    .argument('<FILE...>', 'saved results, packed by gzip or not; - for standard input')
    .addHelpText(
      'after',
      helpEnd(auditCodes, [
        'audit --format json --output result.json',
        'report result.json --format html --output report.html',
        'report result.json --report reports/',
      ]),
    )
    .action(async (files: string[], flags: ReportFlags) => done(await makeReports(files, flags, terminal)));
}

async function makeReports(files: readonly string[], flags: ReportFlags, terminal: Terminal): Promise<number> {
  if (files.filter((file) => file === '-').length > 1) throw new UsageError('standard input can be read once only');

  const run = new SavedRun(flags, terminal);
  for (const file of files) {
    for await (const part of readResult(resultText(file, terminal.stdin), file)) await run.add(part);
  }
  return await run.end();
}

/** The parts of one or more results, told to every report as they come. */
class SavedRun {
  readonly #flags: ReportFlags;
  readonly #terminal: Terminal;
  readonly #coverages: Coverage[] = [];
  readonly #times: string[] = [];
  #reports: OpenReports | undefined;
  #start: SavedStart | undefined;
  #tally: Tally = emptyTally;

  constructor(flags: ReportFlags, terminal: Terminal) {
    this.#flags = flags;
    this.#terminal = terminal;
  }

  async add(part: SavedPart): Promise<void> {
    switch (part.part) {
      case 'start':
        if (this.#start && this.#start.benchmark !== part.start.benchmark)
          throw new UsageError(
            `these results have the numbers of ${this.#start.benchmark} and of ${part.start.benchmark}; make a report of each`,
          );
        this.#start ??= part.start;
        this.#times.push(part.start.startedAt);
        break;
      case 'cluster':
        this.#times.push(part.cluster.auditedAt);
        this.#tally = tallied(this.#tally, ok(part.cluster));
        await (await this.#opened(part.cluster)).cluster(reportedAudit(part.cluster));
        break;
      case 'end':
        this.#times.push(part.end.finishedAt);
        this.#tally = { ...this.#tally, problems: [...this.#tally.problems, ...part.end.problems] };
        if (part.end.coverage) this.#coverages.push(part.end.coverage);
    }
  }

  async end(): Promise<number> {
    const reports = await this.#opened(undefined);
    const coverage = coverageTogether(this.#coverages);
    await reports.end({
      ...this.#runStart(),
      finishedAt: this.#times.toSorted().at(-1) ?? '',
      tally: this.#tally,
      ...(coverage && { coverage }),
    });
    return outcome(this.#tally, coverage);
  }

  /** With the first cluster it is known which controls the result is about. */
  async #opened(cluster: SavedCluster | undefined): Promise<OpenReports> {
    if (this.#reports) return this.#reports;

    const { controls, unknown } = controlsOfResult(cluster);
    if (unknown.length > 0)
      this.#terminal.stderr.write(`warning: this version has no control ${unknown.join(', ')}: not shown\n`);
    const now = new Date(this.#times[0] ?? Date.now());
    const { report: folder } = this.#flags;
    this.#reports = await openReports(
      { targets: targetsOf(this.#flags), ...(folder !== undefined && { folder }) },
      { controls, benchmark: benchmarkOf(this.#start), scope: 'node-group', now, brief: false },
      this.#terminal,
    );
    await this.#reports.begin(this.#runStart());
    return this.#reports;
  }

  #runStart() {
    return { startedAt: this.#times.toSorted()[0] ?? '', benchmark: benchmarkOf(this.#start) };
  }
}
