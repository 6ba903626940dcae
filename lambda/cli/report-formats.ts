import type { VerdictStatus } from '../core/model/model.ts';
import type { FindingReportOptions } from '../core/report/formats/asff.ts';
import type { CensusHistory } from '../core/report/history/census-history.ts';
import type { HistoryRun } from '../core/report/history/posture-history.ts';
import type { Report, TableStyle } from '../core/report/report.ts';
import { tableReport } from '../core/report/terminal/table.ts';
import type { FailingFrom } from '../core/run/outcome.ts';

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

export type ReportOptions = FindingReportOptions & {
  readonly brief: boolean;
  readonly only?: readonly VerdictStatus[];
  readonly failOn?: FailingFrom;
  /** A byte order mark before the CSV. */
  readonly bom?: boolean;
  /** Runs before this one, for the page. */
  readonly history?: readonly HistoryRun[];
  readonly census?: CensusHistory;
};

/** The table is kept apart from the other formats: most commands print only it, and need none of the packages of the others. */
export const tableFor = ({ only, failOn: _, bom: __, ...options }: ReportOptions, style: TableStyle): Report =>
  tableReport({ ...options, style, ...(only && { only }) });
