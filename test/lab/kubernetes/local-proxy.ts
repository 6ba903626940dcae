import { createServer } from 'node:http';
import { request } from 'node:https';
import { closeServer, listenOnLoopback } from '../wire/loopback.ts';
import type { LabKubernetesCluster } from './kubernetes-cluster.ts';

/** What `kubectl proxy` is: plain HTTP on loopback, with somebody's token towards the API server. */
export async function localProxy(cluster: LabKubernetesCluster, token: string) {
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${token}`, host: new URL(cluster.endpoint).host };
    const onward = request(`${cluster.endpoint}${incoming.url}`, {
      method: incoming.method,
      headers,
      ca: cluster.caPem,
    });
    onward.once('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    onward.once('error', () => outgoing.writeHead(500).end('Error while proxying request'));
    incoming.pipe(onward);
  });
  const port = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}`, close: () => closeServer(server) };
}
