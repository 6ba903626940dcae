import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const runner = fileURLToPath(new URL('runner.mjs', import.meta.url));

/** How long after its time a function may still speak before it is killed: it ends itself first, if it keeps its promise. Ends what hangs. */
const graceMs = 600_000;

export interface FunctionOptions {
  /** The bundled module. */
  readonly bundle: string;
  /** The name of its handler; `handler` when absent. */
  readonly exported?: string;
  /** As in the context. */
  readonly functionArn?: string;
  /** The whole environment of a new process: nothing of this one reaches the function. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** What Lambda gives each invocation. */
  readonly timeoutMs: number;
  /** Processes kept warm, each of which runs `invocationsEach` at once; Lambda has one each. */
  readonly processes?: number;
  readonly invocationsEach?: number;
}

export interface Invoked {
  readonly answer:
    | { readonly value: unknown }
    | { readonly error: { readonly name: string; readonly message: string } };
  /** The most memory that its process held so far. */
  readonly peakMb: number;
  /** Every line of its logs, parsed: one that is no JSON fails the invocation. Where several run at once, those that carry its request id. */
  readonly logs: readonly Readonly<Record<string, unknown>>[];
  readonly durationMs: number;
}

/** A function of the lab: a bundle in processes of its own, started when needed and kept warm as Lambda keeps them. */
export interface LabFunction {
  /** Waits for a free process when all are busy. */
  invoke(event: unknown): Promise<Invoked>;
  /** Ends the time of each invocation that runs now, as when a Lambda function gets near its timeout. Its processes take no event after that. */
  endTime(): void;
  /** Ends the part of that time in which a function reads: it goes on with what it has read. Its processes take no event after that either. */
  endReading(): void;
  close(): Promise<void>;
}

export function startFunction(options: FunctionOptions): LabFunction {
  const { processes = 1, invocationsEach = 1 } = options;
  const workers: Worker[] = [];
  const waiting: (() => void)[] = [];

  const free = (): Worker | undefined => {
    const alive = workers.filter((each) => each.alive);
    const found = alive.find((each) => each.running < invocationsEach);
    if (found || alive.length >= processes) return found;
    const started = new Worker(options);
    workers.push(started);
    return started;
  };

  return {
    async invoke(event) {
      for (;;) {
        const worker = free();
        if (worker) return worker.invoke(event).finally(() => waiting.shift()?.());
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    endTime() {
      for (const each of workers) each.end({ isTimeUp: true });
    },
    endReading() {
      for (const each of workers) each.end({ isReadingUp: true });
    },
    async close() {
      await Promise.all(workers.map((each) => each.close()));
    },
  };
}

interface Running {
  readonly lines: string[];
  /** Streams that still may hold lines of it. */
  openStreams: number;
  said?: Pick<Invoked, 'answer' | 'peakMb'>;
  readonly done: PromiseWithResolvers<Pick<Invoked, 'answer' | 'peakMb'>>;
}

class Worker {
  alive = true;
  readonly #options: FunctionOptions;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #running = new Map<string, Running>();
  /** What was written while nobody knew for whom, such as a crash. */
  readonly #stray: string[] = [];

  constructor(options: FunctionOptions) {
    this.#options = options;
    const { bundle, exported = 'handler', functionArn = '', environment } = options;
    this.#child = fork(runner, [bundle, exported, functionArn], {
      env: { ...environment() },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const outputs = [this.#child.stdout, this.#child.stderr].flatMap((input) =>
      input ? [createInterface({ input })] : [],
    );
    for (const output of outputs) output.on('line', (line) => this.#hear(line));
    this.#child.on('message', (said: Pick<Invoked, 'answer' | 'peakMb'> & { readonly requestId: string }) => {
      const running = this.#running.get(said.requestId);
      if (!running) return;
      running.said = said;
      this.#endOf(running);
    });
    // Not its `close`, which does not come after a disconnect of ours.
    this.#closed = Promise.all([once(this.#child, 'exit'), ...outputs.map((each) => once(each, 'close'))]).then(() =>
      this.#died(),
    );
  }

  get running(): number {
    return this.#running.size;
  }

  async invoke(event: unknown): Promise<Invoked> {
    const requestId = randomUUID();
    const running: Running = { lines: [], openStreams: 2, done: Promise.withResolvers() };
    this.#running.set(requestId, running);
    const { timeoutMs } = this.#options;
    const started = performance.now();
    const overdue = setTimeout(() => this.#timeOut(running), timeoutMs + graceMs);

    try {
      this.#child.send({ requestId, event, remainingMs: timeoutMs });
      const { answer, peakMb } = await running.done.promise;
      const logs = running.lines.map((line): Record<string, unknown> => JSON.parse(line));
      return { answer, peakMb, logs, durationMs: performance.now() - started };
    } finally {
      clearTimeout(overdue);
      this.#running.delete(requestId);
    }
  }

  end(message: object): void {
    this.#child.send(message);
    this.alive = false;
  }

  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#closed;
  }

  #hear(line: string): void {
    if (line === '') return;
    const ended = /^\{"ended":"([\w-]+)"\}$/.exec(line)?.[1];
    if (ended === undefined) return void (this.#ownerOf(line)?.lines ?? this.#stray).push(line);

    const running = this.#running.get(ended);
    if (!running) return;
    running.openStreams -= 1;
    this.#endOf(running);
  }

  #ownerOf(line: string): Running | undefined {
    const [only, another] = this.#running.values();
    if (!another) return only;
    const requestId = /"requestId":"([\w-]+)"/.exec(line)?.[1];
    return requestId === undefined ? undefined : this.#running.get(requestId);
  }

  #endOf(running: Running): void {
    if (running.said && running.openStreams === 0) running.done.resolve(running.said);
  }

  /** As Lambda does, which gives no other reason. */
  #timeOut(running: Running): void {
    const message = `Task timed out after ${(this.#options.timeoutMs / 1_000).toFixed(2)} seconds`;
    running.done.resolve({ answer: { error: { name: 'Sandbox.Timedout', message } }, peakMb: 0 });
    this.alive = false;
    this.#child.kill('SIGKILL');
  }

  #died(): void {
    this.alive = false;
    for (const running of this.#running.values()) {
      const words = [...running.lines.splice(0), ...this.#stray].join('\n').slice(-2_000);
      const message = `the function's process ended without an answer: ${words}`;
      running.done.resolve({ answer: { error: { name: 'Runtime.ExitError', message } }, peakMb: 0 });
    }
  }
}
