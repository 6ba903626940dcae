import type https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { err, ok, type Result } from '../../core/model/result.ts';
import { foreignWords } from '../../core/model/text/without-secrets.ts';
import { trimmedEnd } from '../../core/model/text/words.ts';
import type { HttpAnswer } from '../../core/read/kubelet/configz/api-status.ts';
import { AssumeRoleError } from '../aws-access.ts';
import { type CallOptions, type Exchange, exchange, type NoAnswer } from './exchange.ts';
import { type ProxyAgent, type ServerPool, serverPool } from './server-pool.ts';

/** One object in JSON, to be created (POST), put in place of another (PUT), or how to delete one (DELETE). */
interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly body: string;
  /** A question in the form of an object, such as an access review: it may be sent again like a read. */
  readonly changesNothing?: true;
}

/** What proves each side to the other; absent what the kubeconfig does not have. */
export interface Identity {
  /** The CA of the cluster, in PEM. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** `Bearer …`. Never log it. */
  readonly authorization?: string;
  /** By what else the API server decides who we are, where a kubelet sees the bearer token alone: so it may answer about another user. */
  readonly besides?: 'a client certificate' | 'impersonation (as)';
}

/** One set of credentials, and calls that use these alone: an exec plugin may return another identity for the next call. */
export interface PinnedCredentials extends Pick<ApiServer, 'write'> {
  readonly identity: Identity;
}

export interface ApiServer {
  get(path: string, options: CallOptions): Promise<Result<HttpAnswer, NoAnswer>>;
  write(path: string, writing: WriteRequest, options: CallOptions): Promise<Result<HttpAnswer, NoAnswer>>;
  /** The credentials of this moment, for the kubelets, which ask the API server about them. */
  pinned(): Promise<Result<PinnedCredentials, NoAnswer>>;
  /** Forgets the credentials, so that the next call brings new ones. */
  forgetCredentials(): void;
  /** Whether it has ever answered: then one that does not is out of order, and not out of reach. */
  hasAnswered(): boolean;
  close(): void;
}

/** Made once for as long as the credentials stand. */
interface PreparedExchange extends Exchange {
  readonly at: number;
  readonly identity: Identity;
}

const credentialsCheckedEveryMs = 30_000;

interface ApiServerOptions {
  /** How many calls at once; also the number of sockets kept. */
  readonly connections: number;
  /** Called when the API server refused the credentials, so that their maker forgets them too. */
  readonly onForget?: () => void;
}

/**
 * Reads one API server over reused connections. The own client of client-node opens a connection for every call and runs out of file descriptors at a
 * thousand nodes. So its KubeConfig gives trust and credentials, and kept clients of undici make the calls.
 */
export function apiServer(config: KubeConfig, { connections, onForget }: ApiServerOptions): ApiServer {
  const server = new URL(config.getCurrentCluster()?.server ?? '');
  const base = trimmedEnd(server.pathname, '/');
  let prepared: PreparedExchange | undefined;
  let preparing: Promise<PreparedExchange> | undefined;
  let kept: { readonly identity: string; readonly pool: ServerPool } | undefined;
  let hasAnswered = false;
  /** Set when a first connection was not made in time: later requests fail at once instead of waiting again. */
  let noWay: NoAnswer | undefined;

  async function prepare(): Promise<PreparedExchange> {
    const options: https.RequestOptions = { headers: {} };
    await config.applyToHTTPSOptions(options);

    const { ca, cert, key, servername, rejectUnauthorized = true } = options;
    const identity = [ca, cert, key, servername, rejectUnauthorized].map(String).join('\n');
    if (kept?.identity !== identity) {
      kept?.pool.destroy();
      const tls = { ca, cert, key, servername, rejectUnauthorized };
      const proxied = config.getCurrentCluster()?.proxyUrl ? { proxy: options.agent as ProxyAgent } : {};
      kept = { identity, pool: await serverPool(server.origin, { connections, tls, ...proxied }) };
    }

    const { auth, headers } = options;
    const basic = auth && { authorization: `Basic ${Buffer.from(auth).toString('base64')}` };
    return {
      pool: kept.pool,
      method: 'GET',
      headers: { accept: 'application/json', ...basic, ...(headers as Readonly<Record<string, string>>) },
      at: Date.now(),
      identity: identityOf(options),
    };
  }

  /** Calls that come while new credentials are made wait for the same ones. */
  async function renewed(): Promise<PreparedExchange> {
    preparing ??= prepare().finally(() => {
      preparing = undefined;
    });
    prepared = await preparing;
    return prepared;
  }

  async function current(): Promise<Result<PreparedExchange, NoAnswer>> {
    try {
      if (prepared && Date.now() - prepared.at <= credentialsCheckedEveryMs) return ok(prepared);
      return ok(await renewed());
    } catch (error) {
      const problem = error instanceof AssumeRoleError ? { problem: error.problem } : {};
      return err({ code: 'CREDENTIALS', message: whyNoCredentials(error), ...problem });
    }
  }

  async function call(
    path: string,
    options: CallOptions,
    writing?: WriteRequest,
  ): Promise<Result<HttpAnswer, NoAnswer>> {
    const using = await current();
    return using.ok ? await send(using.value, path, options, writing) : using;
  }

  async function send(using: PreparedExchange, path: string, options: CallOptions, writing?: WriteRequest) {
    const request = writing ? carrying(using, writing) : using;
    for (let stale = 0; ; stale += 1) {
      if (noWay) return err(noWay);
      const answer = await exchange(`${base}${path}`, request, options);
      hasAnswered ||= answer.ok || answer.error.begun === true;
      if (!answer.ok && answer.error.code === 'CONNECT_TIMEOUT' && !hasAnswered) noWay = answer.error;
      if (answer.ok || answer.error.code !== 'STALE') return answer;
      // The other side may have processed the request before it closed, so only reads are sent again.
      if (writing && !writing.changesNothing) return err({ code: 'ECONNRESET', message: answer.error.message });
      // A kept connection may have been closed by the other side just as it was taken up again, and so may all the others that are kept.
      if (stale === connections) return answer;
    }
  }

  return {
    get: (path, options) => call(path, options),
    write: (path, writing, options) => call(path, options, writing),
    async pinned() {
      const using = await current();
      if (!using.ok) return using;
      const { value: fixed } = using;
      return ok({ identity: fixed.identity, write: (path, writing, options) => send(fixed, path, options, writing) });
    },
    forgetCredentials() {
      prepared = undefined;
      onForget?.();
    },
    hasAnswered: () => hasAnswered,
    close() {
      kept?.pool.destroy();
      kept = undefined;
      prepared = undefined;
    },
  };
}

/** An exec plugin's answer that is no JSON would be quoted by its parser, and it may be a token. */
const whyNoCredentials = (error: unknown): string =>
  error instanceof SyntaxError
    ? 'the credential plugin answered with something that is no JSON'
    : foreignWords(error, 500);

function identityOf({ ca, cert, key, pfx, headers, rejectUnauthorized }: https.RequestOptions): Identity {
  const all = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  const authorization = all.find(([name]) => name === 'authorization')?.[1];
  const impersonates = all.some(([name]) => name.startsWith('impersonate-'));

  return {
    ...(ca && rejectUnauthorized !== false && { ca }),
    ...(typeof authorization === 'string' && /^Bearer \S+$/.test(authorization) && { authorization }),
    ...((cert || key || pfx) && { besides: 'a client certificate' }),
    ...(impersonates && { besides: 'impersonation (as)' }),
  };
}

const carrying = (using: PreparedExchange, { method, body }: WriteRequest): PreparedExchange => ({
  ...using,
  method,
  headers: { ...using.headers, 'content-type': 'application/json' },
  body,
});
