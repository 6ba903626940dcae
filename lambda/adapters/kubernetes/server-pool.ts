import { EventEmitter } from 'node:events';
import type http from 'node:http';
import type { Socket } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { buildConnector, Client, Dispatcher } from 'undici';

interface ServerPoolOptions {
  /** The most sockets at once, all of which are kept. */
  readonly connections: number;
  readonly tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;
  /** What makes a connection through the proxy of the kubeconfig. */
  readonly proxy?: ProxyAgent;
}

/** As hpagent (HTTP proxies) and socks-proxy-agent make connections, each in its own way. */
export interface ProxyAgent extends http.Agent {
  readonly connect?: (request: EventEmitter, options: object) => Promise<Socket>;
}

/** A call that its connection calls back. */
export interface PooledCall extends Dispatcher.DispatchHandler {
  /** Whether it needs no connection any more. */
  readonly isOver: boolean;
  /** It has this connection until it calls `done`, at its end. */
  onConnection(connection: Connection, done: () => void): void;
  onResponseError(controller: Dispatcher.DispatchController | undefined, error: Error): void;
}

interface Connection {
  /** Whether it has served a call since it was opened: then the other side may have closed it meanwhile. */
  hasServed: boolean;
}

/** Kept connections to one server. */
export interface ServerPool {
  dispatch(options: Dispatcher.DispatchOptions, call: PooledCall): void;
  destroy(): void;
}

/** undici's own limit. In half of it, a busy machine makes no connection, and its cluster would count as unreachable. */
export const connectTimeoutMs = 10_000;
/** A server closes what it no longer wants; this side keeps its connections until the audit of the cluster is over. */
const keptMs = 10 * 60_000;

/**
 * One client of undici a connection, the last one used first. The pool of undici opens another connection for a call that follows at once. Loading
 * undici takes 80 to 190 ms, so the first pool does it.
 */
export async function serverPool(origin: string, { connections, tls, proxy }: ServerPoolOptions): Promise<ServerPool> {
  // A CommonJS package: the bundle of the functions has no other name of it than the default one.
  const { buildConnector, Client } = (await import('undici')).default;
  const direct = buildConnector({ ...tls, allowH2: false, timeout: connectTimeoutMs });
  const clients = new Map<Client, Connection>();
  const free: Client[] = [];
  const waiting: { readonly options: Dispatcher.DispatchOptions; readonly call: PooledCall }[] = [];

  const open = (): Client => {
    const client = new Client(origin, {
      allowH2: false,
      // One deadline a call is kept by the caller.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: keptMs,
      keepAliveMaxTimeout: keptMs,
      connect: (to, done) => {
        const asked = { ...to, ...(tls.servername && { servername: tls.servername }) };
        if (proxy) connectThrough(proxy, asked, { tls, done });
        else direct(asked, done);
      },
    });
    const connection = { hasServed: false };
    client.on('connect', () => {
      connection.hasServed = false;
    });
    clients.set(client, connection);
    return client;
  };

  const give = (client: Client, options: Dispatcher.DispatchOptions, call: PooledCall): void => {
    const done = () => {
      const next = waiting.find((each) => !each.call.isOver);
      waiting.splice(0, next ? waiting.indexOf(next) + 1 : waiting.length);
      // A client of undici that fails to connect asserts that no call came while it reported the failure.
      if (next) queueMicrotask(() => give(client, next.options, next.call));
      else free.push(client);
    };
    call.onConnection(clients.get(client) ?? { hasServed: false }, done);
    client.dispatch(options, call);
  };

  return {
    dispatch(options, call) {
      const client = free.pop() ?? (clients.size < connections ? open() : undefined);
      if (client) give(client, options, call);
      else waiting.push({ options, call });
    },
    destroy() {
      const closed = Object.assign(new Error('the connections were closed'), { code: 'ECONNRESET' });
      for (const { call } of waiting.splice(0)) call.onResponseError(undefined, closed);
      for (const client of clients.keys()) void client.destroy().catch(() => undefined);
    },
  };
}

/** A tunnel through a proxy, with TLS to the server inside it. */
function connectThrough(
  proxy: ProxyAgent,
  { hostname, protocol, port, servername }: buildConnector.Options,
  { tls, done }: { readonly tls: ServerPoolOptions['tls']; readonly done: buildConnector.Callback },
): void {
  const secureEndpoint = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const to = {
    ...tls,
    servername,
    host,
    port: port || (secureEndpoint ? 443 : 80),
    secureEndpoint,
    // A socket of a tunnel does not know the address at its other end, and an address has no server name.
    checkServerIdentity: (_: string, certificate: PeerCertificate) =>
      checkServerIdentity(servername || host, certificate),
  };

  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    done(Object.assign(new Error('the proxy made no connection'), { code: 'CONNECT_TIMEOUT' }), null);
  }, connectTimeoutMs);
  const made = (error: Error | null | undefined, socket?: Socket) => {
    clearTimeout(timer);
    if (isLate) socket?.destroy();
    else if (socket) done(null, socket);
    else done(error ?? new Error('the proxy made no connection'), null);
  };

  // The agent reports to the request that it believes to serve.
  const request = Object.assign(new EventEmitter(), { destroy: () => undefined });
  if (proxy.connect)
    proxy.connect(request, to).then(
      (socket) => made(null, socket),
      (error) => made(error),
    );
  else proxy.createConnection?.(to, (error, socket) => made(error, socket as Socket));
}
