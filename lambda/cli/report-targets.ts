import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { OperatorError, UsageError } from '../core/model/operator-error.ts';
import type { ReportedAudit } from '../core/model/reported-audit.ts';
import { errorText } from '../core/model/text/words.ts';
import type { Report, RunEnd, RunStart, TableStyle } from '../core/report/report.ts';
import { tableReport } from '../core/report/terminal/table.ts';
import { makeFolder } from '../wiring/files.ts';
import { choices, repeatable } from './options.ts';
import type { ReportOptions } from './report-for.ts';
import { openOutput, sayWritten } from './report-output.ts';
import { type Terminal, tableStyle } from './terminal.ts';

export const formats = [
  'table',
  'json',
  'html',
  'markdown',
  'sarif',
  'junit',
  'csv',
  'nodes-csv',
  'findings-csv',
  'asff',
  'ocsf',
  'oscal',
] as const;
export type Format = (typeof formats)[number];

export interface ReportFlags {
  readonly format?: readonly Format[];
  readonly output?: readonly string[];
  /** The folder of the usual set. */
  readonly report?: string;
  readonly bom?: boolean;
}

/** One report: how, and into which file; without one to stdout. */
export interface ReportTarget {
  readonly format: Format;
  readonly output?: string;
}

/** The files that `--report` writes; the table goes to stdout. */
const usualSet = {
  html: 'report.html',
  markdown: 'report.md',
  json: 'result.json',
  csv: 'verdicts.csv',
  'nodes-csv': 'nodes.csv',
  'findings-csv': 'findings.csv',
  sarif: 'findings.sarif',
  junit: 'junit.xml',
} as const satisfies Partial<Record<Format, string>>;

/** `--format`, `--output` and `--report`, as `audit` and `report` take them. */
export const withReportFlags = (command: Command): Command =>
  command
    .addOption(
      choices('-f, --format <format>', 'how to print (default table); repeatable, each with its own --output', formats),
    )
    .addOption(repeatable('-o, --output <file>', 'print to this file instead of stdout'))
    .option(
      '--report <folder>',
      `write the usual set of reports there (${Object.values(usualSet).join(', ')}), and print the table`,
    )
    .option('--bom', 'begin CSV with a byte order mark, so that Excel reads it as UTF-8');

/**
 * Each format with its file.
 * @throws UsageError when not each of several formats has one
 */
export function targetsOf({ format, output = [], report, bom }: ReportFlags): readonly ReportTarget[] {
  const chosen = format ?? ['table'];
  const pairs = chosen.map((each, index): ReportTarget => {
    const file = output[index];
    return file === undefined ? { format: each } : { format: each, output: file };
  });
  if (output.length > chosen.length || (chosen.length > 1 && output.length !== chosen.length))
    throw new UsageError(
      `${chosen.length} ${chosen.length === 1 ? 'format' : 'formats'} and ${output.length} files: give each --format its own --output`,
    );
  if (bom && report === undefined && !chosen.some((each) => each.endsWith('csv')))
    throw new UsageError(
      '--bom begins CSV with a byte order mark; give --format csv, nodes-csv or findings-csv as well',
    );
  if (report === undefined) return eachToItsOwnFile(pairs);

  const usual = formats.flatMap((format): ReportTarget[] =>
    format in usualSet ? [{ format, output: join(report, usualSet[format as keyof typeof usualSet]) }] : [],
  );
  return eachToItsOwnFile([...pairs, ...usual]);
}

/** @throws UsageError when two outputs are one file: the second would overwrite the first */
function eachToItsOwnFile(targets: readonly ReportTarget[]): readonly ReportTarget[] {
  const seen = new Map<string, Format>();
  for (const { format, output } of targets) {
    if (output === undefined || output.startsWith('/dev/')) continue;
    const before = seen.get(resolve(output));
    if (before !== undefined)
      throw new UsageError(`'${output}' would hold both ${before} and ${format}; give each format a file of its own`);
    seen.set(resolve(output), format);
  }
  return targets;
}

/** Several reports of one run, each piece to each of them as it comes. */
export interface OpenReports {
  begin(run: RunStart): Promise<void>;
  cluster(audit: ReportedAudit): Promise<void>;
  end(run: RunEnd): Promise<void>;
}

interface OpenOptions {
  readonly targets: readonly ReportTarget[];
  /** The folder of `--report`, made when it is not there. */
  readonly folder?: string;
}

/** @throws OperatorError `output-unwritable` before anything is audited, and from each part */
export async function openReports(
  { targets, folder }: OpenOptions,
  options: ReportOptions,
  terminal: Terminal,
): Promise<OpenReports> {
  if (folder !== undefined) await openFolder(folder, '--report');
  const all = await Promise.all(
    targets.map(async ({ format, output }) => ({
      report: await reportOf(format, options, tableStyle(terminal, output)),
      out: await openOutput(output, terminal),
    })),
  );

  return {
    async begin(run) {
      for (const { report, out } of all) await out.write(report.begin?.(run) ?? []);
    },
    async cluster(audit) {
      for (const { report, out } of all) await out.write(report.cluster(audit));
    },
    async end(run) {
      for (const { report, out } of all) {
        await out.write(report.end(run));
        await out.close();
      }
      sayWritten(
        targets.flatMap(({ output }) => output ?? []),
        terminal,
      );
    },
  };
}

/** Most commands print only the table, so the packages of the other formats are loaded when one is chosen. */
async function reportOf(format: Format, options: ReportOptions, style: TableStyle): Promise<Report> {
  if (format !== 'table') return (await import('./report-for.ts')).reports[format](options);
  const { only, failOn: _, bom: __, ...shown } = options;
  return tableReport({ ...shown, style, ...(only && { only }) });
}

/** @throws OperatorError `output-unwritable` */
export async function openFolder(folder: string, flag: '--report' | '--output'): Promise<void> {
  await makeFolder(folder).catch((cause: unknown) => {
    throw new OperatorError(
      'output-unwritable',
      `the folder '${folder}' cannot be made: ${errorText(cause)}; choose another one with ${flag}`,
      { cause },
    );
  });
}
