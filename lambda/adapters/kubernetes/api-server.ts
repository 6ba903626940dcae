import http from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { err, ok, type Result } from '../../core/result.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** No HTTP answer at all: the code of the socket, of TLS, or one of ours (`TIMEOUT`, `TOO_LARGE`, `CREDENTIALS`). */
export interface NoAnswer {
  readonly code: string;
  readonly message: string;
}

export interface GetOptions {
  readonly signal: AbortSignal;
  /** An answer longer than this is cut off and counts as no answer. */
  readonly maxBytes: number;
}

export interface ApiServer {
  get(path: string, options: GetOptions): Promise<Result<HttpAnswer, NoAnswer>>;
  /** Forgets the credentials, so that the next call brings new ones. */
  forgetCredentials(): void;
  close(): void;
}

interface Prepared {
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly auth?: string;
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
  const base = server.pathname.replace(/\/+$/, '');
  let prepared: Promise<Prepared> | undefined;
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

    const headers = Object.fromEntries(
      Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    return { agent: kept.agent, headers, at: Date.now(), ...(options.auth && { auth: options.auth }) };
  }

  async function credentials(): Promise<Prepared> {
    const current = await prepared?.catch(() => undefined);
    if (!current || Date.now() - current.at > credentialsCheckedEveryMs) prepared = prepare();
    return await (prepared ?? prepare());
  }

  return {
    async get(path, options) {
      let using: Prepared;
      try {
        using = await credentials();
      } catch (error) {
        return err({ code: 'CREDENTIALS', message: words(error) });
      }

      const target = { server, path: `${base}${path}` };
      const first = await send(target, using, options);
      // A kept connection may have been closed by the other side just as it was taken up again.
      return first.ok || first.error.code !== 'STALE' ? first : await send(target, using, options);
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

function agentFor(config: KubeConfig, options: https.RequestOptions, connections: number): http.Agent {
  const pool = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
  if (config.getCurrentCluster()?.proxyUrl && options.agent instanceof http.Agent)
    return Object.assign(options.agent, pool);
  if (config.getCurrentCluster()?.server.startsWith('http:')) return new http.Agent(pool);

  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return new https.Agent({
    ...pool,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(servername && { servername }),
    rejectUnauthorized: rejectUnauthorized ?? true,
  });
}

function send(
  target: { readonly server: URL; readonly path: string },
  { agent, headers, auth }: Prepared,
  { signal, maxBytes }: GetOptions,
): Promise<Result<HttpAnswer, NoAnswer>> {
  return new Promise((resolve) => {
    const { server, path } = target;
    const request = (server.protocol === 'http:' ? http : https).request({
      agent,
      method: 'GET',
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port || (server.protocol === 'http:' ? 80 : 443),
      path,
      headers: { accept: 'application/json', ...headers },
      signal,
      ...(auth && { auth }),
    });

    const connecting = setTimeout(
      () => request.destroy(coded('TIMEOUT', 'no connection within 5 s')),
      connectTimeoutMs,
    );
    request.once('socket', (socket) => {
      if (socket.connecting)
        socket.once(server.protocol === 'http:' ? 'connect' : 'secureConnect', () => clearTimeout(connecting));
      else clearTimeout(connecting);
    });

    const fail = (error: unknown) => {
      clearTimeout(connecting);
      resolve(err(noAnswer(error, { signal, reused: request.reusedSocket })));
    };
    request.once('error', fail);
    request.once('response', (response) => {
      clearTimeout(connecting);
      const chunks: Buffer[] = [];
      let length = 0;

      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxBytes) request.destroy(coded('TOO_LARGE', `the answer is longer than ${maxBytes} bytes`));
        else chunks.push(chunk);
      });
      response.once('error', fail);
      response.once('end', () =>
        resolve(
          ok({
            status: response.statusCode ?? 0,
            headers: plain(response.headers),
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        ),
      );
    });
    request.end();
  });
}

const plain = (headers: http.IncomingHttpHeaders): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });

function noAnswer(error: unknown, { signal, reused }: { signal: AbortSignal; reused: boolean }): NoAnswer {
  if (signal.aborted) return { code: 'TIMEOUT', message: 'no answer in time' };

  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  if (reused && (code === 'ECONNRESET' || code === 'EPIPE')) return { code: 'STALE', message: words(error) };
  return { code, message: words(error) };
}

const words = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 300);
