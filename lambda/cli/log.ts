import { plainJson } from '../core/model/text/plain-json.ts';
import { hanging } from '../core/model/text/wrap.ts';
import type { Log } from '../flow/ports.ts';
import { columnsOf, type Terminal } from './terminal.ts';

/** Warnings and errors for a person, on stderr; the rest only with EKS_KUBELET_AUDIT_DEBUG. */
export function terminalLog({ stderr, env }: Pick<Terminal, 'stderr' | 'env'>): Log {
  const width = (stderr.isTTY ? stderr.columns : columnsOf(env)) || Number.POSITIVE_INFINITY;
  const line =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      const { error, ...rest } = fields;
      const stack = env['EKS_KUBELET_AUDIT_DEBUG'] && error instanceof Error ? `\n${error.stack ?? ''}` : '';
      const details = Object.entries(rest).map(([name, value]) => ` ${name}=${plainJson(value)}`);
      stderr.write(`${hanging(`${level}: `, `${message}${details.join('')}`, width)}${stack}\n`);
    };
  const quiet = () => undefined;
  const verbose = Boolean(env['EKS_KUBELET_AUDIT_DEBUG']);

  return {
    debug: verbose ? line('debug') : quiet,
    info: verbose ? line('info') : quiet,
    warn: env['EKS_KUBELET_AUDIT_QUIET'] ? quiet : line('warning'),
    error: line('error'),
  };
}
