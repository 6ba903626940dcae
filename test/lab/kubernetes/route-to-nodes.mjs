import { Socket } from 'node:net';

const connect = Socket.prototype.connect;
const loopback = /^(localhost|::1|127(\.\d{1,3}){3})$/;

/**
 * Routes `ADDRESS:10250` of a node to a port on loopback, as a router would, until what it returns is called. With `closed`, every other address outside
 * loopback refuses at once. It is JavaScript: in a shell of the lab, the machine's own Node (20 or newer) loads it for npm.
 * @param {Readonly<Record<string, number>>} routes
 * @param {{ readonly closed?: boolean }} options
 */
export function routeToNodes(routes, { closed = false } = {}) {
  /** @this {Socket} @param {unknown[]} args */
  Socket.prototype.connect = function (...args) {
    const [first] = args;
    const options = Object(Array.isArray(first) ? first[0] : first);
    const { host = 'localhost', path } = options;
    const isOutside = closed && !path && !loopback.test(host);
    const port = routes[`${host}:${options.port}`] ?? (isOutside ? 1 : undefined);
    if (port !== undefined) Object.assign(options, { host: '127.0.0.1', port });

    return Reflect.apply(connect, this, args);
  };
  return () => {
    Socket.prototype.connect = connect;
  };
}

// Loaded with `--import` before the program of another process, which then reaches nothing but the lab.
const given = process.env['LAB_NODE_ROUTES'];
if (given) routeToNodes(JSON.parse(given), { closed: true });
