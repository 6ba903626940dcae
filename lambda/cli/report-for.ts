import { homepage, version } from '../contract/version.ts';
import { asffReport } from '../core/report/formats/asff.ts';
import { csvReport } from '../core/report/formats/csv.ts';
import { findingsCsvReport, nodesCsvReport } from '../core/report/formats/csv-lists.ts';
import { jsonReport } from '../core/report/formats/json.ts';
import { junitReport } from '../core/report/formats/junit.ts';
import { markdownReport } from '../core/report/formats/markdown.ts';
import { ocsfReport } from '../core/report/formats/ocsf.ts';
import { sarifReport } from '../core/report/formats/sarif.ts';
import { htmlReport } from '../core/report/html/html-report.ts';
import { oscalReport } from '../core/report/oscal/oscal.ts';
import type { Report } from '../core/report/report.ts';
import type { TableStyle } from '../core/report/terminal/table-style.ts';
import { type Format, type ReportOptions, tableFor } from './report-formats.ts';

/** The report of a format, good for one run. */
export function reportFor(format: Format, given: ReportOptions, style: TableStyle): Report {
  const { brief: _, only: __, ...options } = given;
  switch (format) {
    case 'table':
      return tableFor(given, style);
    case 'json':
      return jsonReport(options);
    case 'asff':
      return asffReport(options);
    case 'ocsf':
      return ocsfReport(options);
    case 'oscal':
      return oscalReport(options);
    case 'html':
      return htmlReport({ ...options, version });
    case 'markdown':
      return markdownReport(options);
    case 'sarif':
      return sarifReport({ ...options, version, homepage });
    case 'junit':
      return junitReport(options);
    case 'csv':
      return csvReport(options);
    case 'nodes-csv':
      return nodesCsvReport(options);
    case 'findings-csv':
      return findingsCsvReport(options);
  }
}
