import { homepage, version } from '../contract/version.ts';
import type { VerdictStatus } from '../core/model/model.ts';
import { asffReport, type FindingReportOptions } from '../core/report/formats/asff.ts';
import { csvReport, findingsCsvReport, nodesCsvReport } from '../core/report/formats/csv.ts';
import { jsonReport } from '../core/report/formats/json.ts';
import { junitReport } from '../core/report/formats/junit.ts';
import { markdownReport } from '../core/report/formats/markdown.ts';
import { ocsfReport } from '../core/report/formats/ocsf.ts';
import { sarifReport } from '../core/report/formats/sarif.ts';
import type { CensusHistory } from '../core/report/history/census-history.ts';
import type { HistoryRun } from '../core/report/history/posture-history.ts';
import { htmlReport } from '../core/report/html/html-report.ts';
import { oscalReport } from '../core/report/oscal/oscal.ts';
import type { Report } from '../core/report/report.ts';
import type { FailingFrom } from '../core/run/outcome.ts';

export type ReportOptions = FindingReportOptions & {
  readonly only?: readonly VerdictStatus[];
  readonly failOn?: FailingFrom;
  /** A byte order mark before the CSV. */
  readonly bom?: boolean;
  /** Runs before this one, for the page. */
  readonly history?: readonly HistoryRun[];
  readonly census?: CensusHistory;
};

/** The report of each format but the table, good for one run. */
export const reports = {
  json: jsonReport,
  asff: asffReport,
  ocsf: ocsfReport,
  oscal: oscalReport,
  html: (options) => htmlReport({ ...options, version }),
  markdown: markdownReport,
  sarif: (options) => sarifReport({ ...options, version, homepage }),
  junit: junitReport,
  csv: csvReport,
  'nodes-csv': nodesCsvReport,
  'findings-csv': findingsCsvReport,
} satisfies Readonly<Record<string, (options: ReportOptions) => Report>>;
