import type { Server as HttpServer } from 'node:http';
import type { Server, Socket } from 'node:net';

/** Starts a server on loopback, on a free port unless one is given. */
export async function listenOnLoopback(server: Server, port = 0): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

/** Ends a server with all of its connections. */
export async function closeServer(server: Server | HttpServer, sockets: Iterable<Socket> = []): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  if ('closeAllConnections' in server) server.closeAllConnections();
  for (const socket of sockets) socket.destroy();
  await promise;
}
