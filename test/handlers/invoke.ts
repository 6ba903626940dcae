import { type Invoked, startFunction } from './lab-function.ts';

interface Invocation {
  /** The bundled module. */
  readonly bundle: string;
  /** `handler` when absent. */
  readonly exported?: string;
  readonly functionArn?: string;
  readonly event: unknown;
  readonly remainingMs: number;
  /** The whole environment: nothing of this process reaches the function. */
  readonly env: Readonly<Record<string, string>>;
}

/** One cold start and one event: a process of its own, as Lambda would run it. */
export async function invoke({ event, remainingMs, env, ...options }: Invocation): Promise<Invoked> {
  const cold = startFunction({ ...options, environment: () => env, timeoutMs: remainingMs });
  return cold.invoke(event).finally(() => cold.close());
}
