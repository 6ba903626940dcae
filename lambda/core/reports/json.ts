import type { Audit } from '../model.ts';
import { countVerdicts } from '../outcome.ts';

/**
 * The whole audit as JSON, for other programs: every node with its verdicts, evidence, and what could not be read.
 * `schemaVersion` grows when a field changes its meaning or goes; new fields may come at any time.
 */
export function jsonReport(audit: Audit): string {
  return `${JSON.stringify({ schemaVersion: 1, counts: countVerdicts(audit), ...audit }, withoutCertificates, 2)}\n`;
}

/** The cluster's CA is long and no evidence here. */
const withoutCertificates = (key: string, value: unknown): unknown => (key === 'caPem' ? undefined : value);
