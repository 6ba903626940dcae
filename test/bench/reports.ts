import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderHistory } from '../../lambda/adapters/history-files.ts';
import { controls } from '../../lambda/core/judge/controls/index.ts';
import { manifestOf } from '../../lambda/core/model/manifest.ts';
import type { Verdict } from '../../lambda/core/model/model.ts';
import { ok } from '../../lambda/core/model/result.ts';
import { type HistoryLine, historyLineOf, historyParser } from '../../lambda/core/report/history/history-line.ts';
import { compareRuns, runsOf } from '../../lambda/core/report/history/posture-history.ts';
import { historyPage } from '../../lambda/core/report/html/history-page.ts';
import { htmlReport } from '../../lambda/core/report/html/html-report.ts';
import { runReport } from '../../lambda/core/report/html/run-page.ts';
import type { RunItem } from '../../lambda/core/run/item.ts';
import { emptyTally, tallied } from '../../lambda/core/run/outcome.ts';
import { RunTally } from '../../lambda/core/run/tally.ts';
import { summaryOf } from '../../lambda/flow/run/run-summary.ts';
import { auditOf, evidence, judged, node } from '../core/findings/compliant-audit.ts';
import { answer, auditedWith } from '../core/run/complete-run.ts';

/**
 * `npm run bench:reports`: what the largest reports take: seconds of CPU, bytes, and the most memory that the process held, with Node itself. Each
 * runs in its own process with V8's limits of a function of 256 MB, and the history with those of the command line. Exits with 1 when one takes more
 * than it may.
 */
interface Measured {
  readonly bytes: number;
  readonly seconds: number;
  readonly rss: number;
}

interface Bench {
  readonly what: string;
  readonly most: { readonly seconds: number; readonly bytes?: number; readonly rss?: number };
  /** Prepares, then returns what is measured: the bytes that it wrote. */
  prepare(): () => number | Promise<number>;
}

const megabyte = 1024 * 1024;
const benchmark = 'cis-eks-1.8.0';
const version = '0.0.0';
const startedAt = '2026-11-26T05:00:00.000Z';

/** What nobody forgives: every control fails on every node, with an origin and a hash of its own. */
const failing = (number: number): Verdict => ({
  status: 'fail',
  evidence: {
    ...evidence(`value ${number}`),
    origin: { from: 'file', file: `/etc/kubernetes/kubelet/config-${number}.json` },
    notes: [`seen on node ${number}`],
    proof: { readAt: startedAt, sha256: number.toString(16).padStart(64, '0') },
  },
});

const benches: Readonly<Record<string, Bench>> = {
  cluster: {
    what: 'the page of a cluster of 10,000 nodes that fail every control',
    most: { seconds: 5, bytes: 5 * megabyte, rss: 256 * megabyte },
    prepare() {
      const nodes = Array.from({ length: 10_000 }, (_, index) => {
        const one = node(index, { group: { kind: 'managed', name: `group-${index % 100}` } });
        const verdict = failing(index);
        return { ...judged(one, verdict), verdicts: Object.fromEntries(controls.map(({ slug }) => [slug, verdict])) };
      });
      const audit = auditOf(nodes);
      return () => {
        const report = htmlReport({ controls, benchmark, version });
        const run = { startedAt, benchmark, finishedAt: startedAt, tally: tallied(emptyTally, ok(audit)) };
        let bytes = 0;
        for (const part of [report.begin(run), report.cluster(audit), report.end(run)])
          for (const piece of part) bytes += Buffer.byteLength(piece);
        return bytes;
      };
    },
  },
  run: {
    what: 'the report of a deployed run of 10,000 clusters, with 40 open node groups in every tenth',
    most: { seconds: 60, bytes: 5 * megabyte, rss: 256 * megabyte },
    prepare() {
      const items = Array.from(
        { length: 10_000 },
        (_, index): RunItem => ({
          kind: 'cluster',
          partition: 'aws',
          accountId: String(100_000_000_000 + Math.floor(index / 10)),
          region: 'eu-central-1',
          cluster: `cluster-${index}`,
        }),
      );
      const counts = { pass: 80, fail: 10, warn: 5, unknown: 5, 'not-applicable': 0 };
      const answers = items.map((item, index) =>
        structuredClone(
          answer(item, {
            unreadableNodes: 1,
            verdicts: counts,
            controls: Object.fromEntries(controls.map(({ slug }) => [slug, counts])),
            open: {
              groups: Array.from({ length: index % 10 === 0 ? 40 : 0 }, (_, group) => ({
                control: controls[group % controls.length]?.slug ?? '',
                group: `node-group-${group} (managed)`,
                standing: (['fail', 'warn', 'unknown'] as const)[group % 3] ?? 'fail',
                nodes: 3,
              })),
              more: 0,
            },
            resultSha256: 'a'.repeat(64),
          }),
        ),
      );
      const discovery = { runId: 'run', startedAt, accounts: 1_000, regions: 1_000, items, gaps: [], skipped: [] };
      return () => {
        const tally = new RunTally(items);
        for (const each of answers) tally.add(each);
        const summary = summaryOf(discovery, tally.totals(), { benchmark, newGaps: 0 });
        const linesOf = (run: string) =>
          answers.flatMap((each) => historyLineOf(each, { runId: run, startedAt, gaps: 0 }) ?? []);
        // As the run before kept it, read back: its node groups had other names.
        const kept = linesOf('before')
          .map((line) => JSON.stringify(line).replaceAll('node-group-1', 'node-group-old'))
          .join('\n');
        const [before] = runsOf(historyParser()(kept).lines);
        const [now] = runsOf(linesOf('run'));
        if (!before || !now) throw new Error('there are lines of both runs');
        const { html, latestHtml, markdown } = runReport(answers, summary, {
          compared: compareRuns(before, now),
          controls,
          benchmark,
          version,
          manifest: manifestOf({ ...auditedWith, startedAt, finishedAt: startedAt }),
        });
        return Math.max(...[html, latestHtml, markdown].map((text) => Buffer.byteLength(text)));
      };
    },
  },
  history: {
    what: 'a year of daily runs over 1,000 clusters, read from files and shown as a page',
    most: { seconds: 10, rss: 512 * megabyte },
    prepare() {
      const folder = mkdtempSync(join(tmpdir(), 'bench-history-'));
      for (let day = 0; day < 365; day += 1) writeDay(folder, day);
      return async () => {
        const parsed = await Array.fromAsync(folderHistory(folder, '').runs, historyParser());
        const runs = runsOf(parsed.flatMap(({ lines }) => lines));
        rmSync(folder, { recursive: true });
        return Buffer.byteLength(historyPage(runs, { version }));
      };
    },
  },
};

function writeDay(folder: string, day: number): void {
  const time = new Date(Date.UTC(2026, 0, 1 + day, 5)).toISOString();
  const lines = Array.from(
    { length: 1_000 },
    (_, cluster): HistoryLine => ({
      schemaVersion: 1,
      run: `run-${day}`,
      startedAt: time,
      account: String(100_000_000_000 + (cluster % 50)),
      region: 'eu-central-1',
      cluster: `cluster-${cluster}`,
      status: 'done',
      complete: true,
      nodes: 20,
      unreadable: 0,
      // Every second cluster has failures that open and are fixed, a month at a time.
      open: Array.from(
        { length: cluster % 2 === 0 && Math.floor((day + cluster) / 30) % 2 === 0 ? 5 : 0 },
        (_, group) => ({
          control: controls[group]?.slug ?? '',
          group: `workers-${group} (managed)`,
          standing: 'fail',
          nodes: 3,
        }),
      ),
      moreOpen: 0,
    }),
  );
  mkdirSync(join(folder, time.slice(0, 10)));
  writeFileSync(
    join(folder, time.slice(0, 10), `run-${day}.jsonl`),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
}

async function measure(bench: Bench): Promise<Measured> {
  const run = bench.prepare();
  // Of the CPU, since a busy machine says nothing about a report.
  const begun = process.cpuUsage();
  const bytes = await run();
  const { user, system } = process.cpuUsage(begun);
  return { bytes, seconds: (user + system) / 1_000_000, rss: process.resourceUsage().maxRSS * 1024 };
}

const [, , name] = process.argv;
const chosen = name === undefined ? undefined : benches[name];
if (chosen) process.stdout.write(JSON.stringify(await measure(chosen)));
else {
  for (const [each, { what, most }] of Object.entries(benches)) {
    const child = spawnSync(
      process.execPath,
      ['--max-semi-space-size=8', `--max-old-space-size=${each === 'history' ? 320 : 204}`, import.meta.filename, each],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const { bytes, seconds, rss }: Measured = JSON.parse(child.stdout);
    const isWithin = seconds <= most.seconds && bytes <= (most.bytes ?? bytes) && rss <= (most.rss ?? rss);
    process.stdout.write(
      `${isWithin ? 'ok  ' : 'OVER'}  ${what}: ${seconds.toFixed(1)} s of CPU of ${most.seconds}, ${(bytes / megabyte).toFixed(1)} MB${most.bytes ? ` of ${most.bytes / megabyte}` : ''}, ${Math.round(rss / megabyte)} MB of memory${most.rss ? ` of ${most.rss / megabyte}` : ''}\n`,
    );
    if (!isWithin) process.exitCode = 1;
  }
}
