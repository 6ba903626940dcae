import { createGunzip, type Gunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { isInterrupted } from '../../core/model/interrupted.ts';
import type { Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { errorLine } from '../../core/model/text/words.ts';
import type { HttpAnswer } from '../../core/read/kubelet/configz/api-status.ts';
import { connectTimeoutMs, type PooledCall, type ServerPool } from './server-pool.ts';

/**
 * No whole HTTP answer: the code of the socket, of TLS, or one of this program (`TIMEOUT`, `CONNECT_TIMEOUT`, `ABORTED`, `INTERRUPTED`, `TOO_LARGE`,
 * `BROKE_OFF`, `BAD_ANSWER`, `CREDENTIALS`).
 */
export interface NoAnswer {
  readonly code: string;
  readonly message: string;
  /** Whether an answer had begun. */
  readonly begun?: boolean;
  /** Why there are no credentials, where that is known. */
  readonly problem?: Problem;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  /** Deadline of the whole call in milliseconds, connecting included; with `onChunk`, for how long nothing may come. */
  readonly timeoutMs: number;
  /** An answer longer than this, unpacked, is cut off and counts as no answer. */
  readonly maxBytes: number;
  /**
   * Takes the body of a 200 piece by piece as it arrives, with no limit on the whole time; `body` is then empty. The server is asked to compress it
   * with gzip, and it is unpacked here.
   */
  readonly onChunk?: (chunk: Buffer) => void;
}

/** How to ask one server: all of a call but its path. */
export interface Exchange {
  readonly pool: ServerPool;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request and its answer. Never throws. */
export function exchange(
  path: string,
  { pool, method, headers, body }: Exchange,
  options: CallOptions,
): Promise<Result<HttpAnswer, NoAnswer>> {
  return new Promise((resolve) => {
    const call = new Call(options, resolve);
    const asked = options.onChunk ? { ...headers, 'accept-encoding': 'gzip' } : headers;
    try {
      pool.dispatch({ path, method, headers: asked, ...(body !== undefined && { body }) }, call);
    } catch (error) {
      call.onResponseError(undefined, error);
    }
  });
}

type Controller = Dispatcher.DispatchController;

/** One call, as undici calls it back. A class and no closures: ten thousand nodes are as many of them. */
class Call implements PooledCall {
  readonly #options: CallOptions;
  readonly #resolve: (answer: Result<HttpAnswer, NoAnswer>) => void;
  readonly #deadline: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #connection: { hasServed: boolean } | undefined;
  #giveBack: (() => void) | undefined;
  #controller: Controller | undefined;
  #reused = false;
  #begun = false;
  /** What ended it before its answer did. */
  #stopped: Error | undefined;
  #isSettled = false;
  #length = 0;
  #status = 0;
  #headers: Readonly<Record<string, string | undefined>> = {};
  #unpacking: Gunzip | undefined;

  constructor(options: CallOptions, resolve: (answer: Result<HttpAnswer, NoAnswer>) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#deadline = setTimeout(this.#giveUp, options.timeoutMs);
    options.signal.addEventListener('abort', this.#abort);
    if (options.signal.aborted) this.#abort();
  }

  get isOver(): boolean {
    return this.#isSettled;
  }

  onConnection(connection: { hasServed: boolean }, done: () => void): void {
    this.#connection = connection;
    this.#giveBack = done;
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    this.#reused = this.#connection?.hasServed ?? false;
    if (this.#stopped) controller.abort(this.#stopped);
  }

  onResponseStart(
    controller: Controller,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#begun = true;
    this.#status = status;
    this.#headers = { 'content-type': text(headers['content-type']), 'retry-after': text(headers['retry-after']) };
    // The API server compresses bodies of more than 128 KB if the client accepts gzip. Any other encoding is not JSON to its reader.
    if (headers['content-encoding'] === 'gzip') this.#unpacking = this.#unpacked(controller);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#options.onChunk) this.#deadline.refresh();
    if (!this.#unpacking) this.#take(chunk);
    else if (!this.#unpacking.write(chunk)) {
      controller.pause();
      this.#unpacking.once('drain', () => controller.resume());
    }
  }

  onResponseEnd(): void {
    if (this.#connection) this.#connection.hasServed = true;
    this.#returnConnection();
    if (this.#unpacking) this.#unpacking.end();
    else this.#end();
  }

  onResponseError(_: Controller | undefined, error: unknown): void {
    this.#returnConnection();
    this.#fail(error);
  }

  #returnConnection(): void {
    const giveBack = this.#giveBack;
    this.#giveBack = undefined;
    giveBack?.();
  }

  #unpacked(controller: Controller): Gunzip {
    return createGunzip({ chunkSize: 64 * 1024 })
      .on('data', (chunk: Buffer) => this.#take(chunk))
      .once('end', () => this.#end())
      .once('error', (error) => {
        this.#fail(error);
        controller.abort(error);
      });
  }

  #take(chunk: Buffer): void {
    const { maxBytes, onChunk } = this.#options;
    this.#length += chunk.length;
    if (this.#isSettled) return;
    if (this.#length > maxBytes) this.#stop(coded('TOO_LARGE', `the answer is longer than ${maxBytes} bytes`));
    else if (this.#status === 200 && onChunk) onChunk(chunk);
    else this.#chunks.push(chunk);
  }

  #end(): void {
    const [only] = this.#chunks;
    const body = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks);
    this.#settle(ok({ status: this.#status, headers: this.#headers, body: body.toString('utf8') }));
  }

  readonly #giveUp = (): void => this.#stop(coded('TIMEOUT', `nothing came for ${this.#options.timeoutMs / 1000} s`));

  readonly #abort = (): void => this.#stop(coded('ABORTED', 'the time for it was up'));

  /** Also before it has a connection: then it ends as soon as it gets one. */
  #stop(error: Error): void {
    this.#stopped = error;
    this.#fail(error);
    this.#controller?.abort(error);
  }

  #fail(error: unknown): void {
    const { signal } = this.#options;
    this.#unpacking?.destroy();
    this.#settle(err(noAnswer(error, { signal, begun: this.#begun, reused: this.#reused })));
  }

  #settle(answer: Result<HttpAnswer, NoAnswer>): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#deadline);
    this.#options.signal.removeEventListener('abort', this.#abort);
    this.#resolve(answer);
  }
}

const text = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });

interface Circumstances {
  readonly signal: AbortSignal;
  readonly begun: boolean;
  readonly reused: boolean;
}

/** undici's own codes in the words of Node. The first three are those of a connection that the other side has closed. */
const codesOfNode: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_INFO: 'ECONNRESET',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'ECONNRESET',
  UND_ERR_CONNECT_TIMEOUT: 'CONNECT_TIMEOUT',
  UND_ERR_HEADERS_OVERFLOW: 'HPE_HEADER_OVERFLOW',
};

function noAnswer(error: unknown, { signal, begun, reused }: Circumstances): NoAnswer {
  if (isInterrupted(signal)) return { code: 'INTERRUPTED', message: 'the audit was interrupted' };
  if (signal.aborted) return { code: 'ABORTED', message: 'the time for it was up' };

  const own = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  const code = codesOfNode[own] ?? own;
  const reset = code === 'ECONNRESET' || code === 'EPIPE';
  // Behind the API server a kubelet can do both: they say nothing about the way to the API server. A packed answer ends too early with Z_BUF_ERROR.
  if ((reset && begun) || code === 'Z_BUF_ERROR')
    return { code: 'BROKE_OFF', message: 'the answer broke off', begun: true };
  if (code.startsWith('Z_'))
    return { code: 'BAD_ANSWER', message: `the answer cannot be unpacked (${code})`, begun: true };
  if (code.startsWith('HPE_'))
    return { code: 'BAD_ANSWER', message: `the answer is no HTTP that can be read (${code})` };
  if (code === 'CONNECT_TIMEOUT') return { code, message: `no connection within ${connectTimeoutMs / 1000} s`, begun };
  if (reset && reused) return { code: 'STALE', message: errorLine(error) };
  return { code, message: errorLine(error), begun };
}
