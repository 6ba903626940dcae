import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, it } from 'vitest';
import { apiServer } from '../../../lambda/adapters/kubernetes/api-server.ts';
import { kubeConfigOfProxy } from '../../../lambda/adapters/kubernetes/kube-config.ts';

it('gets through although every kept connection was closed by the other side', async () => {
  const asked = new WeakMap<Socket, number>();
  let closed = 0;
  const server = createServer((request, response) => {
    const before = asked.get(request.socket) ?? 0;
    asked.set(request.socket, before + 1);
    if (before === 0) response.end('{}');
    else {
      closed += 1;
      request.socket.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const { port } = server.address() as AddressInfo;
  const api = apiServer(kubeConfigOfProxy(`http://127.0.0.1:${port}`), { connections: 3 });
  const options = { signal: new AbortController().signal, timeoutMs: 5_000, maxBytes: 1_000 };
  const get = () => api.get('/api/v1/nodes', options);

  try {
    expect((await Promise.all([get(), get(), get()])).every((each) => each.ok)).toBe(true);
    expect(await get()).toMatchObject({ ok: true, value: { status: 200 } });
    expect(closed).toBe(3);
  } finally {
    api.close();
    server.closeAllConnections();
    server.close();
  }
});
