import type { AuditOptions } from '../audit/audit-options.ts';

/** The audits before and after a change are always by every source, and publish nothing by themselves. */
export type RemediationOptions = Omit<AuditOptions, 'publish' | 'everySource'>;
