import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isInterrupted } from '../../core/model/interrupted.ts';
import type { Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { errorLine } from '../../core/model/text/error-text.ts';
import type { HttpAnswer } from '../../core/read/kubelet/configz/api-status.ts';

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
  readonly options: http.RequestOptions;
  readonly plainHttp: boolean;
  readonly body?: string;
}

const connectTimeoutMs = 5_000;

/** One request and its answer. Never throws. */
export function exchange(
  path: string,
  { options, plainHttp, body }: Exchange,
  { signal, timeoutMs, maxBytes, onChunk }: CallOptions,
): Promise<Result<HttpAnswer, NoAnswer>> {
  return new Promise((resolve) => {
    const headers = { ...options.headers, ...(onChunk && { 'accept-encoding': 'gzip' }) };
    const request = (plainHttp ? http : https).request({ ...options, headers, path });
    let begun = false;

    const giveUp = () => request.destroy(coded('TIMEOUT', `nothing came for ${timeoutMs / 1000} s`));
    const noConnection = () => request.destroy(coded('CONNECT_TIMEOUT', 'no connection within 5 s'));
    const deadline = setTimeout(giveUp, timeoutMs);
    let connecting: NodeJS.Timeout | undefined;
    const abort = () => request.destroy();
    const settle = (result: Result<HttpAnswer, NoAnswer>) => {
      clearTimeout(deadline);
      clearTimeout(connecting);
      signal.removeEventListener('abort', abort);
      resolve(result);
    };
    const fail = (error: unknown) => {
      settle(err(noAnswer(error, { signal, begun, reused: request.reusedSocket })));
      request.destroy();
    };

    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      connecting = setTimeout(noConnection, connectTimeoutMs);
      socket.once(plainHttp ? 'connect' : 'secureConnect', () => clearTimeout(connecting));
    });
    request.once('error', fail);
    request.once('response', (response) => {
      begun = true;
      const status = response.statusCode ?? 0;
      const chunks: Buffer[] = [];
      const take = status === 200 && onChunk ? onChunk : (chunk: Buffer) => void chunks.push(chunk);
      let length = 0;

      const content = unpacked(response);
      const failed = (error: unknown) => {
        fail(error);
        content.destroy();
      };
      if (onChunk) response.on('data', () => deadline.refresh());
      response.once('error', failed);
      content.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxBytes) failed(coded('TOO_LARGE', `the answer is longer than ${maxBytes} bytes`));
        else take(chunk);
      });
      content.once('error', failed);
      content.once('end', () =>
        settle(ok({ status, headers: usedHeaders(response.headers), body: Buffer.concat(chunks).toString('utf8') })),
      );
    });
    request.end(body);
  });
}

/**
 * The API server compresses bodies of more than 128 KB if the client accepts gzip. With any other encoding, which was not requested, the body is not
 * JSON to its reader.
 */
function unpacked(response: http.IncomingMessage): Readable {
  return response.headers['content-encoding'] === 'gzip'
    ? response.pipe(createGunzip({ chunkSize: 64 * 1024 }))
    : response;
}

/** Only these headers decide what an answer means. */
const usedHeaders = (headers: http.IncomingHttpHeaders): Readonly<Record<string, string | undefined>> => ({
  'content-type': headers['content-type'],
  'retry-after': headers['retry-after'],
});

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });

interface Circumstances {
  readonly signal: AbortSignal;
  readonly begun: boolean;
  readonly reused: boolean;
}

function noAnswer(error: unknown, { signal, begun, reused }: Circumstances): NoAnswer {
  if (isInterrupted(signal)) return { code: 'INTERRUPTED', message: 'the audit was interrupted' };
  if (signal.aborted) return { code: 'ABORTED', message: 'the time for it was up' };

  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  const reset = code === 'ECONNRESET' || code === 'EPIPE';
  // Behind the API server a kubelet can do both: they say nothing about the way to the API server. A packed answer ends too early with Z_BUF_ERROR.
  if ((reset && begun) || code === 'Z_BUF_ERROR')
    return { code: 'BROKE_OFF', message: 'the answer broke off', begun: true };
  if (code.startsWith('Z_'))
    return { code: 'BAD_ANSWER', message: `the answer cannot be unpacked (${code})`, begun: true };
  if (code.startsWith('HPE_'))
    return { code: 'BAD_ANSWER', message: `the answer is no HTTP that can be read (${code})` };
  if (reset && reused) return { code: 'STALE', message: errorLine(error) };
  return { code, message: errorLine(error), begun };
}
