import { homepage, version } from '../contract/version.ts';
import { asffReport } from '../core/report/formats/asff.ts';
import { csvReport, findingsCsvReport, nodesCsvReport } from '../core/report/formats/csv.ts';
import { jsonReport } from '../core/report/formats/json.ts';
import { junitReport } from '../core/report/formats/junit.ts';
import { markdownReport } from '../core/report/formats/markdown.ts';
import { ocsfReport } from '../core/report/formats/ocsf.ts';
import { sarifReport } from '../core/report/formats/sarif.ts';
import { htmlReport } from '../core/report/html/html-report.ts';
import { oscalReport } from '../core/report/oscal/oscal.ts';
import type { Report, TableStyle } from '../core/report/report.ts';
import { type Format, type ReportOptions, tableFor } from './report-formats.ts';

type Reports = Readonly<Record<Exclude<Format, 'table'>, (options: ReportOptions) => Report>>;

const reports: Reports = {
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
};

/** The report of a format, good for one run. */
export const reportFor = (format: Format, options: ReportOptions, style: TableStyle): Report =>
  format === 'table' ? tableFor(options, style) : reports[format](options);
