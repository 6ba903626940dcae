import type { FindingReportOptions } from '../core/reports/asff.ts';
import { asffReport } from '../core/reports/asff.ts';
import { jsonReport } from '../core/reports/json.ts';
import { ocsfReport } from '../core/reports/ocsf.ts';
import type { Report } from '../core/reports/report.ts';
import { type TableStyle, tableReport } from '../core/reports/table.ts';

export const formats = ['table', 'json', 'asff', 'ocsf'] as const;
export type Format = (typeof formats)[number];

type Options = FindingReportOptions & { readonly brief: boolean };

/** The report of a format, good for one run. */
export function reportFor(format: Format, { brief, ...options }: Options, style: TableStyle): Report {
  switch (format) {
    case 'table':
      return tableReport({ ...options, style, brief });
    case 'json':
      return jsonReport();
    case 'asff':
      return asffReport(options);
    case 'ocsf':
      return ocsfReport(options);
  }
}
