import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const runner = fileURLToPath(new URL('runner.mjs', import.meta.url));

interface Invocation {
  /** The bundled `index.mjs`. */
  readonly bundle: string;
  readonly event: unknown;
  readonly remainingMs: number;
  /** The whole environment: nothing of this process reaches the function. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Invoked {
  readonly answer:
    | { readonly value: unknown }
    | { readonly error: { readonly name: string; readonly message: string } };
  /** The most memory that its process held. */
  readonly peakMb: number;
  /** Every line of its logs, parsed: one that is no JSON fails the test. */
  readonly logs: readonly Readonly<Record<string, unknown>>[];
}

/** Runs a bundled handler as Lambda would call it: a process of its own, an event, a context, an environment. */
export async function invoke({ bundle, event, remainingMs, env }: Invocation): Promise<Invoked> {
  const child = fork(runner, [bundle], { env: { ...env }, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const output: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => output.push(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => output.push(text));

  const answered = once(child, 'message');
  const closed = once(child, 'close');
  child.send({ event, remainingMs });
  const [said] = await Promise.race([answered, closed.then(() => [undefined])]);
  await closed;

  const text = output.join('');
  if (!said) throw new Error(`the handler's process ended without an answer:\n${text}`);
  return {
    ...said,
    logs: text
      .split('\n')
      .filter(Boolean)
      .map((line): Record<string, unknown> => JSON.parse(line)),
  };
}
