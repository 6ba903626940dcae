import { type ChildProcess, spawn } from 'node:child_process';
import type { NodeRoot } from '../../node/node-root.ts';

export interface ShellOutcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Absent when it was killed. */
  readonly exitCode?: number;
  readonly timedOut: boolean;
}

interface Given {
  readonly path: string;
  /** Beside PATH. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What an agent keeps of an output before anything is cut. */
const mostOutput = 1024 * 1024;

/** Runs scripts as an SSM agent would, a few at once, each in a process group of its own that is killed whole. */
export class Shells {
  readonly #atOnce: number;
  readonly #running = new Set<ChildProcess>();
  readonly #waiting: (() => void)[] = [];
  readonly #printed = new WeakMap<NodeRoot, { readonly asked: string; readonly outcome: ShellOutcome }>();
  #taken = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** A signal that kills it leaves no exit code. While no file of the node changes, the same script runs once. */
  async run(script: string, given: Given, node?: NodeRoot): Promise<ShellOutcome> {
    await this.#take();
    try {
      const asked = () => JSON.stringify([script, given.variables, node?.state()]);
      const before = asked();
      const known = node && this.#printed.get(node);
      if (known?.asked === before) return known.outcome;

      const outcome = await this.#run(script, given);
      if (node && outcome.exitCode === 0 && asked() === before) this.#printed.set(node, { asked: before, outcome });
      return outcome;
    } finally {
      this.#taken -= 1;
      this.#waiting.shift()?.();
    }
  }

  close(): void {
    for (const child of this.#running) kill(child);
  }

  async #take(): Promise<void> {
    while (this.#taken >= this.#atOnce) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
    this.#taken += 1;
  }

  #run(script: string, { path, variables = {}, timeoutMs, signal }: Given): Promise<ShellOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<ShellOutcome>();
    const child = spawn('/bin/sh', ['-c', script], {
      env: { PATH: path, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#running.add(child);

    let timedOut = false;
    const stop = () => kill(child);
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, timeoutMs);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();

    const stdout = collect(child, 'stdout');
    const stderr = collect(child, 'stderr');
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      this.#running.delete(child);
      resolve({ stdout: stdout(), stderr: stderr(), timedOut, ...(code !== null && { exitCode: code }) });
    });
    return promise;
  }
}

function collect(child: ChildProcess, stream: 'stdout' | 'stderr'): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  child[stream]?.on('data', (chunk: Buffer) => {
    if (length < mostOutput) chunks.push(chunk);
    length += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // it ended meanwhile
  }
}
