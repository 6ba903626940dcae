import type { AuditOptions } from '../audit/audit-options.ts';

/** The audits before and after a change always use every source, and don't publish. */
export type RemediationOptions = Omit<AuditOptions, 'publish' | 'everySource'>;
