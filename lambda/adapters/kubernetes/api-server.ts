import http from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { err, ok, type Result } from '../../core/result.ts';

interface HttpAnswer {
  readonly status: number;
  /** Only `content-type` and `retry-after`: no other tells the answers apart. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** No HTTP answer at all: the code of the socket, of TLS, or one of ours (`TIMEOUT`, `ABORTED`, `TOO_LARGE`, `CREDENTIALS`). */
interface NoAnswer {
  readonly code: string;
  readonly message: string;
}

interface GetOptions {
  readonly signal: AbortSignal;
  /** Deadline of this call in milliseconds, connecting included. */
  readonly timeoutMs: number;
  /** An answer longer than this is cut off and counts as no answer. */
  readonly maxBytes: number;
  /** Takes the body of a 200 piece by piece as it comes; `body` is then empty. */
  readonly onChunk?: (chunk: Buffer) => void;
}

export interface ApiServer {
  get(path: string, options: GetOptions): Promise<Result<HttpAnswer, NoAnswer>>;
  /** Forgets the credentials, so that the next call brings new ones. */
  forgetCredentials(): void;
  close(): void;
}

/** All of a call but its path, made once for as long as the credentials stand. */
interface Prepared {
  readonly options: http.RequestOptions;
  readonly plainHttp: boolean;
  readonly at: number;
}

const connectTimeoutMs = 5_000;
const credentialsCheckedEveryMs = 30_000;

interface ApiServerOptions {
  /** How many calls at once; also the number of sockets kept. */
  readonly connections: number;
  /** Called when the API server refused the credentials, so that their maker forgets them too. */
  readonly onForget?: () => void;
}

/**
 * Reads one API server over reused connections: client-node's own client opens a connection for every call and runs out of file
 * descriptors at a thousand nodes, so its KubeConfig gives trust and credentials and node:https makes the calls.
 */
export function apiServer(config: KubeConfig, { connections, onForget }: ApiServerOptions): ApiServer {
  const server = new URL(config.getCurrentCluster()?.server ?? '');
  const plainHttp = server.protocol === 'http:';
  const base = server.pathname.replace(/\/+$/, '');
  let prepared: Prepared | undefined;
  let preparing: Promise<Prepared> | undefined;
  let kept: { readonly identity: string; readonly agent: http.Agent } | undefined;

  async function prepare(): Promise<Prepared> {
    const options: https.RequestOptions = { headers: {} };
    await config.applyToHTTPSOptions(options);

    const { ca, cert, key, servername, rejectUnauthorized } = options;
    const identity = [ca, cert, key, servername, rejectUnauthorized].map(String).join('\n');
    if (kept?.identity !== identity) {
      kept?.agent.destroy();
      kept = { identity, agent: agentFor(config, options, connections) };
    }

    const request = {
      agent: kept.agent,
      method: 'GET',
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port || (plainHttp ? 80 : 443),
      headers: { accept: 'application/json', ...options.headers },
      ...(options.auth && { auth: options.auth }),
    };
    return { options: request, plainHttp, at: Date.now() };
  }

  /** Calls that come while new credentials are made wait for the same ones. */
  async function renewed(): Promise<Prepared> {
    preparing ??= prepare().finally(() => {
      preparing = undefined;
    });
    prepared = await preparing;
    return prepared;
  }

  return {
    async get(path, options) {
      let using = prepared;
      try {
        if (!using || Date.now() - using.at > credentialsCheckedEveryMs) using = await renewed();
      } catch (error) {
        return err({ code: 'CREDENTIALS', message: words(error) });
      }

      const first = await send(`${base}${path}`, using, options);
      // A kept connection may have been closed by the other side just as it was taken up again.
      return first.ok || first.error.code !== 'STALE' ? first : await send(`${base}${path}`, using, options);
    },
    forgetCredentials() {
      prepared = undefined;
      onForget?.();
    },
    close() {
      kept?.agent.destroy();
    },
  };
}

/** Serves one API server only, so its sockets need no name: Node would else join host, CA and certificates into one for every call. */
class OneServerAgent extends https.Agent {
  override getName(): string {
    return 'api-server';
  }
}

function agentFor(config: KubeConfig, options: https.RequestOptions, connections: number): http.Agent {
  const pool = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
  if (config.getCurrentCluster()?.proxyUrl && options.agent instanceof http.Agent)
    return Object.assign(options.agent, pool);
  if (config.getCurrentCluster()?.server.startsWith('http:')) return new http.Agent(pool);

  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return new OneServerAgent({
    ...pool,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(servername && { servername }),
    rejectUnauthorized: rejectUnauthorized ?? true,
  });
}

function send(
  path: string,
  { options, plainHttp }: Prepared,
  { signal, timeoutMs, maxBytes, onChunk }: GetOptions,
): Promise<Result<HttpAnswer, NoAnswer>> {
  return new Promise((resolve) => {
    const request = (plainHttp ? http : https).request({ ...options, path });
    let answered = false;

    const giveUp = (message: string) => request.destroy(coded('TIMEOUT', message));
    const deadline = setTimeout(giveUp, timeoutMs, 'no answer in time');
    let connecting: NodeJS.Timeout | undefined;
    const abort = () => request.destroy();
    const settle = (result: Result<HttpAnswer, NoAnswer>) => {
      clearTimeout(deadline);
      clearTimeout(connecting);
      signal.removeEventListener('abort', abort);
      resolve(result);
    };
    const fail = (error: unknown) => settle(err(noAnswer(error, { signal, stale: request.reusedSocket && !answered })));

    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      connecting = setTimeout(giveUp, connectTimeoutMs, 'no connection within 5 s');
      socket.once(plainHttp ? 'connect' : 'secureConnect', () => clearTimeout(connecting));
    });
    request.once('error', fail);
    request.once('response', (response) => {
      answered = true;
      const status = response.statusCode ?? 0;
      const chunks: Buffer[] = [];
      const take = status === 200 && onChunk ? onChunk : (chunk: Buffer) => void chunks.push(chunk);
      let length = 0;

      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxBytes) request.destroy(coded('TOO_LARGE', `the answer is longer than ${maxBytes} bytes`));
        else take(chunk);
      });
      response.once('error', fail);
      response.once('end', () =>
        settle(ok({ status, headers: usedHeaders(response.headers), body: Buffer.concat(chunks).toString('utf8') })),
      );
    });
    request.end();
  });
}

const usedHeaders = (headers: http.IncomingHttpHeaders): Readonly<Record<string, string | undefined>> => ({
  'content-type': headers['content-type'],
  'retry-after': headers['retry-after'],
});

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });

function noAnswer(error: unknown, { signal, stale }: { signal: AbortSignal; stale: boolean }): NoAnswer {
  if (signal.aborted) return { code: 'ABORTED', message: 'the audit was stopped' };

  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  if (stale && (code === 'ECONNRESET' || code === 'EPIPE')) return { code: 'STALE', message: words(error) };
  return { code, message: words(error) };
}

const words = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 300);
