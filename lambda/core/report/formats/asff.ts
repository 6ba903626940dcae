import { type FindingOptions, findingsOf } from '../../findings/finding.ts';
import { plainJson } from '../../model/text/words.ts';
import type { Report } from '../report.ts';

/** What findings depend on beside the audit. Security Hub was not asked, so CreatedAt is the run's time. */
export type FindingReportOptions = Pick<FindingOptions, 'controls' | 'benchmark' | 'scope' | 'now'>;

/** The findings of an audit as a JSON array, one a line, as BatchImportFindings takes them (100 a call). `cluster` throws ClusterArnNeeded for one without ARN. */
export function asffReport(options: FindingReportOptions): Report {
  let findings = 0;

  return {
    *begin() {
      yield '[\n';
    },
    *cluster(audit) {
      for (const finding of findingsOf(audit, { ...options, stored: 'unknown' })) {
        yield `${findings === 0 ? '' : ','}${plainJson(finding)}\n`;
        findings += 1;
      }
    },
    *end() {
      yield ']\n';
    },
  };
}
