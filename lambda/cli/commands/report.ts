import { Command, InvalidArgumentError, Option } from 'commander';
import type { BenchmarkChoice, Control } from '../../core/judge/control.ts';
import type { WaiverUse } from '../../core/judge/waivers/waiver-use.ts';
import type { Manifest } from '../../core/model/manifest.ts';
import { UsageError } from '../../core/model/operator-error.ts';
import { err, ok } from '../../core/model/result.ts';
import { printable, shortHash } from '../../core/model/text/words.ts';
import { parseGoDuration } from '../../core/read/kubelet/documents/go-values.ts';
import { readResult, type SavedPart } from '../../core/report/saved-result/read-result.ts';
import type { SavedCluster, SavedEnd, SavedStart } from '../../core/report/saved-result/result-schema.ts';
import {
  benchmarkOf,
  controlsOfResult,
  coverageTogether,
  reportedAudit,
} from '../../core/report/saved-result/saved-run.ts';
import type { Coverage } from '../../core/run/coverage.ts';
import { emptyTally, outcome, type Tally, tallied } from '../../core/run/outcome.ts';
import { resultText } from '../../wiring/files.ts';
import { historyIn, type KeptHistory } from '../history-runs.ts';
import {
  auditCodes,
  type BucketFlags,
  bucketAccess,
  type Gates,
  helpEnd,
  ofSeverity,
  withOptions,
} from '../options.ts';
import { type OpenReports, openReports, type ReportFlags, targetsOf, withReportFlags } from '../report-targets.ts';
import { type Terminal, terminalLog } from '../terminal.ts';

interface Flags extends ReportFlags, Gates, BucketFlags {
  readonly history?: string;
  readonly url?: string;
  readonly expires: number;
}

/** Seven days: what a signature of AWS is good for at most. */
const mostSeconds = 7 * 24 * 60 * 60;

function secondsOf(text: string): number {
  const seconds = Number(parseGoDuration(text) ?? 0n) / 1e9;
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= mostSeconds) return seconds;
  throw new InvalidArgumentError(`'${text}' is not a duration from 1s to 168h; write it as 8h or 30m`);
}

/** Reports of what was audited before: nothing is asked of any cluster. */
export function reportCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('report')
    .summary('make reports of saved results')
    .description(
      'Makes any format of what audit or evaluate printed with --format json, or of the results of a deployed run. No cluster is asked. Exits with the code that the audit had.',
    )
    .argument('[SOURCE...]', 'saved results, packed by gzip or not; - for standard input; s3://BUCKET/runs/RUN/')
    .option(
      '--history <source>',
      'the runs before, of s3://BUCKET or a folder: the page says what is new since the last of them, and how the posture moved',
    )
    .option(
      '--url <page>',
      'print an address that opens a run’s page in a browser: s3://BUCKET/runs/RUN/, s3://BUCKET/latest/, or a page in them',
    )
    .addOption(
      new Option(
        '--expires <duration>',
        'how long the address of --url is good, at most 168h; credentials of a session end it sooner',
      )
        .argParser(secondsOf)
        .default(60 * 60, '1h'),
    );
  withOptions(command, terminal.env, ['only', 'severity', 'failOn', 'bucketRegion', 'profile']);
  return helpEnd(withReportFlags(command), auditCodes, [
    'report result.json -f html -o report.html',
    'report result.json --report reports/ --fail-on warn',
    'report s3://BUCKET/runs/RUN/ --report reports/',
    'report --url s3://BUCKET/latest/ --expires 8h',
  ]).action(async (sources: string[], flags: Flags) => {
    if (flags.url === undefined) done(await makeReports(sources, flags, terminal));
    else await printAddress(flags.url, sources, { flags, terminal });
  });
}

async function printAddress(
  page: string,
  sources: readonly string[],
  { flags, terminal }: { readonly flags: Flags; readonly terminal: Terminal },
): Promise<void> {
  if (sources.length > 0) throw new UsageError('--url makes no report: give it alone');
  const { openPage } = await import('../../wiring/open/run-bucket.ts');
  terminal.stdout.write(`${await openPage(page, flags.expires, await bucketAccess(flags, terminal))}\n`);
}

async function makeReports(sources: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  if (sources.length === 0) throw new UsageError('give a saved result, or a run as s3://BUCKET/runs/RUN/');
  if (sources.filter((source) => source === '-').length > 1)
    throw new UsageError('standard input can be read once only');

  const history = flags.history === undefined ? undefined : await historyOf(flags.history, flags, terminal);
  const run = new SavedRun({ flags, terminal, history });
  for (const source of sources)
    for await (const part of await partsOf(source, flags, terminal)) await run.add(part, source);
  return await run.end();
}

async function partsOf(source: string, flags: Flags, terminal: Terminal): Promise<AsyncIterable<SavedPart>> {
  if (!source.startsWith('s3://')) return readResult(resultText(source, terminal.stdin), source);

  // The clients of AWS are slow to load, and a file needs none.
  const { openRunResults } = await import('../../wiring/open/run-bucket.ts');
  return openRunResults(source, await bucketAccess(flags, terminal));
}

async function historyOf(source: string, flags: Flags, terminal: Terminal): Promise<KeptHistory> {
  const { openHistory } = await import('../../wiring/open/run-bucket.ts');
  const access = source.startsWith('s3://') ? await bucketAccess(flags, terminal) : {};
  return await historyIn(openHistory(source, '', access), terminal);
}

interface SavedRunOptions {
  readonly flags: Flags;
  readonly terminal: Terminal;
  readonly history: KeptHistory | undefined;
}

/** The parts of one or more results, passed to every report as they come. */
class SavedRun {
  readonly #options: SavedRunOptions;
  readonly #coverages: Coverage[] = [];
  readonly #manifests: Manifest[] = [];
  readonly #waivers: WaiverUse[] = [];
  readonly #begun: string[] = [];
  readonly #times: string[] = [];
  /** Parts that came, so that one that is given twice, such as one file by two names, counts once. */
  readonly #seen = new Set<string>();
  /** The controls of the first cluster. */
  #lookedAt: readonly string[] = [];
  #controls: readonly Control[] = [];
  #reports: OpenReports | undefined;
  #start: SavedStart | undefined;
  /** Of the result that is being read, where it is not that of the first one: its clusters keep their numbers. */
  #benchmark: BenchmarkChoice | undefined;
  #tally: Tally = emptyTally;

  constructor(options: SavedRunOptions) {
    this.#options = options;
  }

  async add(part: SavedPart, source: string): Promise<void> {
    switch (part.part) {
      case 'start':
        return this.#begin(part.start);
      case 'cluster':
        return await this.#addCluster(part, source);
      case 'end':
        return this.#addEnd(part.end);
    }
  }

  #begin(start: SavedStart): void {
    this.#start ??= start;
    this.#benchmark = start.benchmark === this.#start.benchmark ? undefined : benchmarkOf(start);
    this.#begun.push(start.startedAt);
  }

  async #addCluster({ cluster: saved, sha256 }: SavedPart & { readonly part: 'cluster' }, source: string) {
    const { cluster, auditedAt } = saved;
    if (!this.#isNew(['cluster', cluster.arn ?? shortHash(JSON.stringify(saved)), auditedAt])) {
      terminalLog(this.#options.terminal).warn(
        `'${printable(source)}' holds cluster ${printable(cluster.name)} of ${auditedAt} once more; it counts once`,
      );
      return;
    }
    this.#times.push(auditedAt);
    const reports = await this.#opened(saved);
    this.#throwUnlessSameControls(saved, source);
    const resultSha256 = sha256 !== undefined && { resultSha256: sha256 };
    const { benchmark = this.#benchmark } = saved;
    const own = benchmark !== undefined && { benchmark };
    const audit = { ...reportedAudit(saved, this.#controls), ...own, ...resultSha256 };
    this.#tally = tallied(this.#tally, ok(audit));
    await reports.cluster(audit);
  }

  #addEnd(end: SavedEnd): void {
    if (!this.#isNew([this.#begun.at(-1), end])) return;
    if (end.finishedAt) this.#times.push(end.finishedAt);
    this.#tally = { ...this.#tally, problems: [...this.#tally.problems, ...end.problems] };
    if (end.coverage) this.#coverages.push(end.coverage);
    if (end.waivers) this.#waivers.push(end.waivers);
    this.#manifests.push(...(end.manifests ?? []));
  }

  #isNew(what: unknown): boolean {
    const before = this.#seen.size;
    return this.#seen.add(JSON.stringify(what)).size > before;
  }

  async end(): Promise<number> {
    const reports = await this.#opened(undefined);
    const coverage = coverageTogether(this.#coverages);
    // A waiver that matches no finding of one result may match in another.
    const [waivers] = this.#waivers.length === 1 ? this.#waivers : [];
    await reports.end({
      ...this.#runStart(),
      finishedAt: this.#times.toSorted().at(-1) ?? '',
      tally: this.#tally,
      ...(coverage && { coverage }),
      ...(waivers && { waivers }),
      ...(this.#manifests.length > 0 && { manifests: this.#manifests }),
    });
    return outcome(this.#tally, coverage, this.#options.flags.failOn);
  }

  /** With the first cluster it is known which controls the result is about. */
  async #opened(cluster: SavedCluster | undefined): Promise<OpenReports> {
    if (this.#reports) return this.#reports;

    this.#controls = cluster ? this.#chosen(cluster) : [];
    const { flags, history, terminal } = this.#options;
    const { report: folder, only, failOn, bom } = flags;
    const start = this.#runStart();
    this.#reports = await openReports(
      { targets: targetsOf(flags), ...(folder !== undefined && { folder }) },
      {
        ...{ controls: this.#controls, benchmark: start.benchmark, scope: 'node-group', brief: false, failOn },
        now: new Date(start.startedAt || Date.now()),
        ...(only && { only }),
        ...(bom && { bom }),
        ...history,
      },
      terminal,
    );
    await this.#reports.begin(start);
    return this.#reports;
  }

  #chosen(cluster: SavedCluster): readonly Control[] {
    this.#lookedAt = cluster.controls.lookedAt;
    const { controls, unknown } = controlsOfResult(cluster);
    if (unknown.length > 0)
      this.#tally = tallied(
        this.#tally,
        err({
          code: 'controls-unknown',
          message: `this version has no control ${printable(unknown.join(', '))}: what the result says of it is not shown`,
          remedy: 'make the report with the version that audited',
        }),
      );
    return ofSeverity(controls, this.#options.flags.severity);
  }

  /** A report has one set of controls: what only one of its results looked at would be missing of the others without a word. */
  #throwUnlessSameControls({ controls: { lookedAt } }: SavedCluster, source: string): void {
    const other = lookedAt.find((slug) => !this.#lookedAt.includes(slug));
    if (other !== undefined)
      throw new UsageError(
        `'${source}' is about ${printable(other)}, and what came before it is not; make a report of each`,
      );
  }

  #runStart() {
    const startedAt = (this.#begun.length > 0 ? this.#begun : this.#times).toSorted()[0] ?? '';
    return { startedAt, benchmark: benchmarkOf(this.#start) };
  }
}
