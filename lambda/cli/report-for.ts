import { version } from '../contract/version.ts';
import type { HistoryRun } from '../core/history/posture-history.ts';
import type { VerdictStatus } from '../core/model.ts';
import type { FindingReportOptions } from '../core/reports/formats/asff.ts';
import { asffReport } from '../core/reports/formats/asff.ts';
import { csvReport } from '../core/reports/formats/csv.ts';
import { jsonReport } from '../core/reports/formats/json.ts';
import { junitReport } from '../core/reports/formats/junit.ts';
import { markdownReport } from '../core/reports/formats/markdown.ts';
import { ocsfReport } from '../core/reports/formats/ocsf.ts';
import { sarifReport } from '../core/reports/formats/sarif.ts';
import { htmlReport } from '../core/reports/html/html-report.ts';
import type { Report } from '../core/reports/report.ts';
import { tableReport } from '../core/reports/terminal/table.ts';
import type { TableStyle } from '../core/reports/terminal/table-style.ts';

export const formats = ['table', 'json', 'html', 'markdown', 'sarif', 'junit', 'csv', 'asff', 'ocsf'] as const;
export type Format = (typeof formats)[number];

export type ReportOptions = FindingReportOptions & {
  readonly brief: boolean;
  readonly only?: readonly VerdictStatus[];
  /** Runs before this one, for the page. */
  readonly history?: readonly HistoryRun[];
};

/** The report of a format, good for one run. */
export function reportFor(format: Format, { brief, only, ...options }: ReportOptions, style: TableStyle): Report {
  switch (format) {
    case 'table':
      return tableReport({ ...options, style, brief, ...(only && { only }) });
    case 'json':
      return jsonReport(options);
    case 'asff':
      return asffReport(options);
    case 'ocsf':
      return ocsfReport(options);
    case 'html':
      return htmlReport({ ...options, version });
    case 'markdown':
      return markdownReport(options);
    case 'sarif':
      return sarifReport({ ...options, version });
    case 'junit':
      return junitReport(options);
    case 'csv':
      return csvReport(options);
  }
}
