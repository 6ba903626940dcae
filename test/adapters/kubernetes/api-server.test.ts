import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createNetServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';
import { expect, it, onTestFinished } from 'vitest';
import { apiServer } from '../../../lambda/adapters/kubernetes/api-server.ts';
import { kubeConfigOfProxy } from '../../../lambda/adapters/kubernetes/kube-config.ts';
import { kubeconfigText } from '../../fakes/kubeconfig.ts';
import { CertificateAuthority } from '../../lab/kubernetes/certificates.ts';

function configOf(cluster: object, user: object): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(kubeconfigText(cluster, user));
  return config;
}

/** An API server that answers the first request of each connection and closes it at the second. */
async function closingServer() {
  const asked = new WeakMap<Socket, number>();
  const closedAt: string[] = [];
  const server = createServer((request, response) => {
    const before = asked.get(request.socket) ?? 0;
    asked.set(request.socket, before + 1);
    if (before === 0) response.end('{}');
    else {
      closedAt.push(request.method ?? '');
      request.socket.destroy();
    }
  });
  const port = await listening(server);
  const api = apiServer(kubeConfigOfProxy(`http://127.0.0.1:${port}`), { connections: 3 });
  const options = { signal: new AbortController().signal, timeoutMs: 5_000, maxBytes: 1_000 };

  onTestFinished(() => {
    api.close();
    server.closeAllConnections();
    server.close();
  });
  return {
    closedAt,
    get: () => api.get('/api/v1/nodes', options),
    post: () => api.write('/apis/rbac.authorization.k8s.io/v1/clusterroles', { method: 'POST', body: '{}' }, options),
  };
}

it('gets through although every kept connection was closed by the other side', async () => {
  const server = await closingServer();
  for (let round = 0; round < 2; round += 1)
    expect((await Promise.all([server.get(), server.get(), server.get()])).every((each) => each.ok)).toBe(true);
  expect(server.closedAt).toEqual(['GET', 'GET', 'GET']);
});

it('sends a write once: whether the other side took it before it closed the connection is not known', async () => {
  const server = await closingServer();
  await server.get();
  expect(await server.post()).toMatchObject({ ok: false, error: { code: 'ECONNRESET' } });
  expect(server.closedAt).toEqual(['POST']);
});

/** A proxy that makes tunnels by CONNECT, and one that makes them by SOCKS 5 without a password. Each counts them. */
async function proxies() {
  const tunnels: string[] = [];
  const tunnel = (client: Duplex, host: string, port: number, granted: string | Buffer) => {
    tunnels.push(`${host}:${port}`);
    const upstream = connect(port, host, () => {
      client.write(granted);
      upstream.pipe(client).pipe(upstream);
    });
    for (const each of [client, upstream]) each.on('error', () => undefined);
  };

  const http = createServer().on('connect', (request, client) => {
    const [host = '', port] = (request.url ?? '').split(':');
    tunnel(client, host, Number(port), 'HTTP/1.1 200 OK\r\n\r\n');
  });
  const socks = createNetServer((client) => {
    client.once('data', () => {
      client.write(Buffer.from([5, 0]));
      client.once('data', (asked) => {
        const host = asked[3] === 1 ? [...asked.subarray(4, 8)].join('.') : asked.subarray(5, -2).toString('latin1');
        tunnel(client, host, asked.readUInt16BE(asked.length - 2), Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      });
    });
  });
  const ports = await Promise.all([http, socks].map(listening));
  return { tunnels, urls: [`http://127.0.0.1:${ports[0]}`, `socks5://127.0.0.1:${ports[1]}`], servers: [http, socks] };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

it('reaches an API server through an HTTP proxy and a SOCKS proxy over one tunnel, and verifies its certificate there too', async () => {
  const authority = new CertificateAuthority();
  const { keyPem, certificatePem } = authority.issue({ commonName: 'api', addresses: ['127.0.0.1'] });
  const server = createTlsServer({ key: keyPem, cert: certificatePem }, (_, response) => response.end('{}'));
  const port = await listening(server);
  const { tunnels, urls, servers } = await proxies();
  const options = { signal: new AbortController().signal, timeoutMs: 20_000, maxBytes: 1_000 };
  const through = (url: string, ca: string) => {
    const data = { 'certificate-authority-data': Buffer.from(ca).toString('base64'), 'proxy-url': url };
    const config = configOf({ server: `https://127.0.0.1:${port}`, ...data }, { token: 'abc' });
    return apiServer(config, { connections: 2 });
  };

  onTestFinished(() => {
    server.closeAllConnections();
    for (const each of [server, ...servers]) each.close();
  });
  for (const url of urls) {
    const [own, foreign] = [through(url, authority.pem), through(url, new CertificateAuthority().pem)];
    tunnels.length = 0;
    for (let call = 0; call < 2; call += 1)
      expect(await own.get('/api', options), url).toMatchObject({ ok: true, value: { status: 200, body: '{}' } });
    expect(tunnels).toEqual([`127.0.0.1:${port}`]);
    const error = { code: expect.stringMatching(/SIGNATURE|CERT/) };
    expect(await foreign.get('/api', options)).toMatchObject({ ok: false, error });
    own.close();
    foreign.close();
  }
});

it('has a CA and a bearer token to show where the kubeconfig has them, and no token of another kind', async () => {
  const identityOf = async (cluster: object, user: object) => {
    const api = apiServer(configOf({ server: 'https://127.0.0.1:1', ...cluster }, user), { connections: 1 });
    const pinned = await api.pinned();
    api.close();
    return pinned.ok && pinned.value.identity;
  };
  const ca = Buffer.from('a certificate');
  const data = { 'certificate-authority-data': ca.toString('base64') };
  const [token, authorization] = [{ token: 'abc' }, 'Bearer abc'];

  expect(await identityOf(data, token)).toEqual({ ca, authorization });
  expect(await identityOf(data, { username: 'me', password: 'abc' })).toEqual({ ca });
  expect(await identityOf({ ...data, 'insecure-skip-tls-verify': true }, token)).toEqual({ authorization });
});
