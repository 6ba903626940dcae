import { plainJson } from '../core/model/text/plain-json.ts';
import { hanging } from '../core/model/text/wrap.ts';
import type { Log } from '../flow/ports.ts';
import { columnsOf, type Terminal, verbosityOf } from './terminal.ts';

/** Warnings and errors for a person, on stderr; the rest only when it is verbose. */
export function terminalLog({ stderr, env, ...terminal }: Pick<Terminal, 'stderr' | 'env' | 'verbosity'>): Log {
  const verbosity = verbosityOf({ env, ...terminal });
  const isVerbose = verbosity === 'verbose';
  const width = (stderr.isTTY ? stderr.columns : columnsOf(env)) || Number.POSITIVE_INFINITY;
  const line =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      const { error, ...rest } = fields;
      const stack = isVerbose && error instanceof Error ? `\n${error.stack ?? ''}` : '';
      const details = Object.entries(rest).map(([name, value]) => ` ${name}=${plainJson(value)}`);
      stderr.write(`${hanging(`${level}: `, `${message}${details.join('')}`, width)}${stack}\n`);
    };
  const quiet = () => undefined;

  return {
    debug: isVerbose ? line('debug') : quiet,
    info: isVerbose ? line('info') : quiet,
    warn: verbosity === 'quiet' ? quiet : line('warning'),
    error: line('error'),
  };
}
