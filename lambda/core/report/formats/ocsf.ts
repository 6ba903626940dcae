import { findingsOf } from '../../findings/finding.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { plainJson } from '../../model/text/plain-json.ts';
import type { Report } from '../report.ts';
import type { FindingReportOptions } from './asff.ts';
import { ocsfFinding } from './ocsf-finding.ts';

/** The findings of an audit as OCSF Compliance Findings, JSON Lines. `cluster` throws ClusterArnNeeded for one without ARN. */
export const ocsfReport = (options: FindingReportOptions): Report => ({
  begin: () => [],
  cluster: (audit) => ocsfLines(audit, options),
  end: () => [],
});

/** One cluster's findings, each a line: the same that Security Hub gets, under the same identity. */
export function* ocsfLines(audit: ReportedAudit, options: FindingReportOptions): Generator<string> {
  for (const finding of findingsOf(audit, { ...options, stored: 'unknown' }))
    yield `${plainJson(ocsfFinding(finding))}\n`;
}
