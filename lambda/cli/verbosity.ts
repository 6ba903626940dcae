import type { Terminal } from './terminal.ts';

/** What is written to stderr beside the report: errors only, warnings too, or each step. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

export const debugVariable = 'EKS_KUBELET_AUDIT_DEBUG';

export function verbosityOf({ verbosity, env }: Pick<Terminal, 'verbosity' | 'env'>): Verbosity {
  if (verbosity) return verbosity;
  if (env[debugVariable]) return 'verbose';
  return env['EKS_KUBELET_AUDIT_QUIET'] ? 'quiet' : 'normal';
}
