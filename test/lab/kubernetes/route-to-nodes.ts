import { Socket } from 'node:net';

const connect = Socket.prototype.connect;

/** Routes `ADDRESS:10250` of a node to a port on loopback, as a router would, until what it returns is called. */
export function routeToNodes(routes: Readonly<Record<string, number>>): () => void {
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
    const [first] = args;
    const options = Object(Array.isArray(first) ? first[0] : first);
    const port = routes[`${options.host}:${options.port}`];
    if (port !== undefined) Object.assign(options, { host: '127.0.0.1', port });

    return Reflect.apply(connect, this, args);
  };
  return () => {
    Socket.prototype.connect = connect;
  };
}

// Loaded with `--import` before the program of another process.
const given = process.env['LAB_NODE_ROUTES'];
if (given) routeToNodes(JSON.parse(given));
