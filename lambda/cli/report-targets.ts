import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { OperatorError, UsageError } from '../core/model/operator-error.ts';
import type { ReportedAudit } from '../core/model/reported-audit.ts';
import { errorText } from '../core/model/text/words.ts';
import type { Report, RunEnd, RunStart, TableStyle } from '../core/report/report.ts';
import { tableReport } from '../core/report/terminal/table.ts';
import { makeFolder } from '../wiring/files.ts';
import { choices, type Gates, repeatable } from './options.ts';
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

/** The files that `--report` writes; the table goes to stdout. */
const usualSet: readonly (readonly [format: Format, file: string])[] = [
  ['html', 'report.html'],
  ['markdown', 'report.md'],
  ['json', 'result.json'],
  ['csv', 'verdicts.csv'],
  ['nodes-csv', 'nodes.csv'],
  ['findings-csv', 'findings.csv'],
  ['sarif', 'findings.sarif'],
  ['junit', 'junit.xml'],
];

/** `--format`, `--output` and `--report`, as `audit` and `report` take them. */
export const withReportFlags = (command: Command): Command =>
  command
    .addOption(
      choices('-f, --format <format>', 'how to print (default table); repeatable, each with its own --output', formats),
    )
    .addOption(repeatable('-o, --output <file>', 'print to this file instead of stdout'))
    .option(
      '--report <folder>',
      `write the usual set of reports there (${usualSet.map(([, file]) => file).join(', ')}), and print the table`,
    )
    .option('--bom', 'begin CSV with a byte order mark, so that Excel reads it as UTF-8');

/**
 * Each format with its file.
 * @throws UsageError when a format of several has no file, or two share one: the second would overwrite the first
 */
export function targetsOf({ format: chosen = ['table'], output = [], report, bom }: ReportFlags) {
  if (output.length > chosen.length || (chosen.length > 1 && output.length !== chosen.length))
    throw new UsageError(
      `${chosen.length} ${chosen.length === 1 ? 'format' : 'formats'} and ${output.length} files: give each --format its own --output`,
    );
  if (bom && report === undefined && !chosen.some((each) => each.endsWith('csv')))
    throw new UsageError(
      '--bom begins CSV with a byte order mark; give --format csv, nodes-csv or findings-csv as well',
    );

  const targets: { readonly format: Format; readonly output: string | undefined }[] = [
    ...chosen.map((format, index) => ({ format, output: output[index] })),
    ...(report === undefined ? [] : usualSet.map(([format, file]) => ({ format, output: join(report, file) }))),
  ];
  const files = targets.filter(({ output: file = '/dev/stdout' }) => !file.startsWith('/dev/'));
  for (const [before, other] of Map.groupBy(files, ({ output: file = '' }) => resolve(file)).values())
    if (before && other)
      throw new UsageError(
        `'${other.output}' would hold both ${before.format} and ${other.format}; give each format a file of its own`,
      );
  return targets;
}

/** The first of the formats that need the ARN of the cluster. */
export const formatWithArn = (flags: ReportFlags): Format | undefined =>
  targetsOf(flags).find(({ format }) => format === 'asff' || format === 'ocsf')?.format;

/**
 * Several reports of one run, each piece to each of them as it comes.
 * @throws OperatorError `output-unwritable` before anything is audited, and from each part
 */
export async function openReports(
  flags: ReportFlags & Pick<Gates, 'only' | 'failOn'>,
  run: Omit<ReportOptions, 'only' | 'bom' | 'failOn'>,
  terminal: Terminal,
) {
  const { report: folder, only, bom, failOn } = flags;
  if (folder !== undefined) await openFolder(folder, '--report');
  const options = { ...run, failOn, ...(only && { only }), ...(bom && { bom }) };
  const targets = targetsOf(flags);
  const all = await Promise.all(
    targets.map(async ({ format, output }) => ({
      report: await reportOf(format, options, tableStyle(terminal, output)),
      out: await openOutput(output, terminal),
    })),
  );

  return {
    async begin(run: RunStart) {
      for (const { report, out } of all) await out.write(report.begin?.(run) ?? []);
    },
    async cluster(audit: ReportedAudit) {
      for (const { report, out } of all) await out.write(report.cluster(audit));
    },
    async end(run: RunEnd) {
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
  return format === 'table'
    ? tableReport({ ...options, style })
    : (await import('./report-for.ts')).reports[format](options);
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
