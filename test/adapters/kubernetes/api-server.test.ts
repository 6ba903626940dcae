import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { apiServer } from '../../../lambda/adapters/kubernetes/api-server.ts';
import { kubeConfigOfProxy } from '../../../lambda/adapters/kubernetes/kube-config.ts';

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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const { port } = server.address() as AddressInfo;
  const api = apiServer(kubeConfigOfProxy(`http://127.0.0.1:${port}`), { connections: 3 });
  const options = { signal: new AbortController().signal, timeoutMs: 5_000, maxBytes: 1_000 };

  return {
    closedAt,
    get: () => api.get('/api/v1/nodes', options),
    post: () => api.write('/apis/rbac.authorization.k8s.io/v1/clusterroles', { method: 'POST', body: '{}' }, options),
    close() {
      api.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

it('gets through although every kept connection was closed by the other side', async () => {
  const server = await closingServer();

  try {
    for (let round = 0; round < 2; round += 1)
      expect((await Promise.all([server.get(), server.get(), server.get()])).every((each) => each.ok)).toBe(true);
    expect(server.closedAt).toEqual(['GET', 'GET', 'GET']);
  } finally {
    server.close();
  }
});

it('sends a write once: whether the other side took it before it closed the connection, nobody knows', async () => {
  const server = await closingServer();

  try {
    await server.get();
    expect(await server.post()).toMatchObject({ ok: false, error: { code: 'ECONNRESET' } });
    expect(server.closedAt).toEqual(['POST']);
  } finally {
    server.close();
  }
});

it('has a CA and a bearer token to show where the kubeconfig has them, and no token of another kind', async () => {
  const identityOf = async (cluster: object, user: object) => {
    const config = new KubeConfig();
    config.loadFromString(
      JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1', ...cluster } }],
        users: [{ name: 'u', user }],
      }),
    );
    const api = apiServer(config, { connections: 1 });
    const identity = await api.identity();
    api.close();
    return identity;
  };
  const data = Buffer.from('a certificate').toString('base64');
  const ca = { 'certificate-authority-data': data };

  expect(await identityOf(ca, { token: 'abc' })).toEqual({
    ok: true,
    value: { ca: Buffer.from('a certificate'), authorization: 'Bearer abc' },
  });
  expect(await identityOf(ca, { username: 'me', password: 'abc' })).toEqual({
    ok: true,
    value: { ca: Buffer.from('a certificate') },
  });
  expect(await identityOf({ ...ca, 'insecure-skip-tls-verify': true }, { token: 'abc' })).toEqual({
    ok: true,
    value: { authorization: 'Bearer abc' },
  });
});
