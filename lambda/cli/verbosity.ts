/** What is written to stderr beside the report: errors only, warnings too, or each step. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

export const debugVariable = 'EKS_KUBELET_AUDIT_DEBUG';

interface VerbosityOptions {
  readonly verbosity?: Verbosity;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function verbosityOf({ verbosity, env }: VerbosityOptions): Verbosity {
  if (verbosity) return verbosity;
  if (env[debugVariable]) return 'verbose';
  return env['EKS_KUBELET_AUDIT_QUIET'] ? 'quiet' : 'normal';
}
