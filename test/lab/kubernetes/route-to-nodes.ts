import { Socket } from 'node:net';

// Loaded into a process before the program, in place of a router: connections to a node's address arrive on loopback.
const routes: Readonly<Record<string, number>> = JSON.parse(process.env['LAB_NODE_ROUTES'] ?? '{}');
const connect = Socket.prototype.connect;

Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  const [first] = args;
  const options = Object(Array.isArray(first) ? first[0] : first);
  const port = routes[`${options.host}:${options.port}`];
  if (port !== undefined) Object.assign(options, { host: '127.0.0.1', port });

  return Reflect.apply(connect, this, args);
};
