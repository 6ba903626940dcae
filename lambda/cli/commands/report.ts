import { Command, InvalidArgumentError, Option } from 'commander';
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
import { emptyTally, outcome, tallied } from '../../core/run/outcome.ts';
import { resultText } from '../../wiring/files.ts';
import type { BucketAccess } from '../../wiring/open/run-bucket.ts';
import { auditCodes, bucketAccess, type Gates, helpEnd, ofSeverity, withOptions } from '../options.ts';
import { openReports, type ReportFlags, withReportFlags } from '../report-targets.ts';
import { type Terminal, terminalLog } from '../terminal.ts';
import { keptHistory } from './history.ts';

interface Flags extends ReportFlags, Gates, BucketAccess {
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
    if (flags.url === undefined) return done(await makeReports(sources, flags, terminal));
    if (sources.length > 0) throw new UsageError('--url makes no report: give it alone');
    const { openPage } = await import('../../wiring/open/run-bucket.ts');
    terminal.stdout.write(`${await openPage(flags.url, flags.expires, await bucketAccess(flags, terminal))}\n`);
  });
}

async function makeReports(sources: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  if (sources.length === 0) throw new UsageError('give a saved result, or a run as s3://BUCKET/runs/RUN/');
  if (sources.filter((source) => source === '-').length > 1)
    throw new UsageError('standard input can be read once only');

  const history = flags.history === undefined ? undefined : await keptHistory(flags.history, '', { flags, terminal });
  const run = savedRun(flags, terminal, history);
  for (const source of sources)
    for await (const part of await partsOf(source, flags, terminal))
      if (part.part === 'start') run.starts.push(part.start);
      else if (part.part === 'end') run.addEnd(part.end);
      else await run.addCluster(part, source);
  return await run.end();
}

async function partsOf(source: string, flags: Flags, terminal: Terminal): Promise<AsyncIterable<SavedPart>> {
  if (!source.startsWith('s3://')) return readResult(resultText(source, terminal.stdin), source);

  // The clients of AWS are slow to load, and a file needs none.
  const { openRunResults } = await import('../../wiring/open/run-bucket.ts');
  return openRunResults(source, await bucketAccess(flags, terminal));
}

/** Passes the clusters of one or more results to every report as they come, and at the end everything that the results say of their runs. */
function savedRun(flags: Flags, terminal: Terminal, history?: Awaited<ReturnType<typeof keptHistory>>) {
  const starts: SavedStart[] = [];
  const ends: SavedEnd[] = [];
  const times: string[] = [];
  /** Parts that came, so that one that is given twice, such as one file by two names, counts once. */
  const seen = new Set<string>();
  let tally = emptyTally;
  let opened: Awaited<ReturnType<typeof open>> | undefined;

  const isNew = (part: unknown): boolean => {
    const before = seen.size;
    return seen.add(JSON.stringify(part)).size > before;
  };
  const runStart = () => ({
    startedAt: (starts.length > 0 ? starts.map(({ startedAt }) => startedAt) : times).toSorted()[0] ?? '',
    benchmark: benchmarkOf(starts[0]),
  });

  /** The first cluster shows which controls the reports are about. */
  async function open(cluster?: SavedCluster) {
    const { controls: known, unknown } = cluster ? controlsOfResult(cluster) : { controls: [], unknown: [] };
    if (unknown.length > 0)
      tally = tallied(
        tally,
        err({
          code: 'controls-unknown',
          message: `this version has no control ${printable(unknown.join(', '))}: what the result says of it is not shown`,
          remedy: 'make the report with the version that audited',
        }),
      );
    const controls = cluster ? ofSeverity(known, flags.severity) : [];
    const start = runStart();
    const now = new Date(start.startedAt || Date.now());
    const options = {
      ...history,
      controls,
      benchmark: start.benchmark,
      scope: 'node-group',
      now,
    } as const;
    const reports = await openReports(flags, options, terminal);
    await reports.begin(start);
    return { controls, lookedAt: cluster?.controls.lookedAt ?? [], reports };
  }

  return {
    starts,

    async addCluster({ cluster: saved, sha256 }: SavedPart & { readonly part: 'cluster' }, source: string) {
      const { cluster, auditedAt } = saved;
      if (!isNew(['cluster', cluster.arn ?? shortHash(JSON.stringify(saved)), auditedAt])) {
        const text = `'${printable(source)}' holds cluster ${printable(cluster.name)} of ${auditedAt} once more; it counts once`;
        terminalLog(terminal).warn(text);
        return;
      }
      times.push(auditedAt);
      opened ??= await open(saved);
      const { controls, lookedAt, reports } = opened;
      // A report has one set of controls: those that only one of its results looked at would be missing of the others without a word.
      const other = saved.controls.lookedAt.find((slug) => !lookedAt.includes(slug));
      if (other !== undefined)
        throw new UsageError(
          `'${source}' is about ${printable(other)}, and what came before it is not; make a report of each`,
        );
      // The clusters of a result with other numbers than the first one keep theirs.
      const start = starts.at(-1);
      const differs = start?.benchmark !== starts[0]?.benchmark;
      const { benchmark = differs ? benchmarkOf(start) : undefined } = saved;
      const audit = {
        ...reportedAudit(saved, controls),
        ...(benchmark !== undefined && { benchmark }),
        ...(sha256 !== undefined && { resultSha256: sha256 }),
      };
      tally = tallied(tally, ok(audit));
      await reports.cluster(audit);
    },

    addEnd(end: SavedEnd): void {
      if (!isNew([starts.at(-1)?.startedAt, end])) return;
      ends.push(end);
      if (end.finishedAt) times.push(end.finishedAt);
      tally = { ...tally, problems: [...tally.problems, ...end.problems] };
    },

    async end(): Promise<number> {
      const { reports } = opened ?? (await open());
      const coverage = coverageTogether(ends.flatMap((end) => end.coverage ?? []));
      // A waiver that matches no finding of one result may match in another.
      const [waivers, more] = ends.flatMap((end) => end.waivers ?? []);
      const manifests = ends.flatMap((end) => end.manifests ?? []);
      await reports.end({
        ...runStart(),
        finishedAt: times.toSorted().at(-1) ?? '',
        tally,
        ...(coverage && { coverage }),
        ...(waivers && !more && { waivers }),
        ...(manifests.length > 0 && { manifests }),
      });
      return outcome(tally, coverage, flags.failOn);
    },
  };
}
