import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiServer } from '../../../lambda/adapters/kubernetes/api-server.ts';
import { configzSource } from '../../../lambda/adapters/kubernetes/configz-source.ts';
import { singleConnection } from '../../../lambda/adapters/kubernetes/connections.ts';
import { kubeConfigOfProxy } from '../../../lambda/adapters/kubernetes/kube-config.ts';
import { kubernetesNodes } from '../../../lambda/adapters/kubernetes/node-list.ts';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import type { Cluster, ClusterNode } from '../../../lambda/core/model/model.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import { auditorRules } from '../../lab/kubernetes/rbac.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { Link, type LinkOptions } from '../../lab/wire/link.ts';
import { patience, seconds } from '../../patience.ts';

// Lists and kubelets through a way that is slow, cut, silent or down for a while. Nodes are of 18 KB, as those of busy clusters.
const count = 560;
const names = Array.from({ length: count }, (_, index) => `n${String(index).padStart(4, '0')}`);
const cluster: Cluster = { name: 'far-away', compute: { autoMode: false, fargate: false, hybrid: false } };

let lab: Lab;
let started: LabKubernetesCluster;
/** What a page of 500 has on the wire, packed. */
let pageBytes: number;

beforeAll(async () => {
  lab = await startLab();
  lab.addAccount('111122223333');
  started = await lab.addKubernetesCluster({
    accountId: '111122223333',
    region: 'eu-central-1',
    name: cluster.name,
    nodes: names.map((name) => ({ name, bulk: true, kubelet: { kind: 'recorded', folder: 'al2023-shape' } })),
    rbac: { groups: { [kubernetesGroup]: auditorRules } },
    staticTokens: { token: { name: 'auditor', groups: [kubernetesGroup] } },
  });
  const link = await linkTo(started.endpoint);
  await list(link);
  pageBytes = (link.bytes / count) * 500;
});
const links: Link[] = [];
const linkTo = async (endpoint: string, options?: LinkOptions) => {
  const link = await Link.to(endpoint, options);
  links.push(link);
  return link;
};
afterEach(async () => {
  for (const link of links.splice(0)) await link.close();
});
afterAll(async () => await lab.close());

/** Waits take no time, and are recorded. */
const clockOf = (waits: number[] = [], onWait?: () => Promise<void>) => ({
  now: () => new Date(),
  async sleep(milliseconds: number) {
    waits.push(milliseconds);
    await onWait?.();
  },
});

function connect(link: Link) {
  const config = new KubeConfig();
  config.loadFromString(started.kubeconfig('token').replace(started.endpoint, link.url));
  return singleConnection(apiServer(config, { connections: 10 }));
}

async function list(link: Link, silenceMs = seconds(20), clock = clockOf()) {
  const connections = connect(link);
  try {
    return await kubernetesNodes({ connections, clock, silenceMs }).nodes(cluster, new AbortController().signal);
  } finally {
    connections.close();
  }
}

const namesOf = (listed: Awaited<ReturnType<typeof list>>) =>
  listed.ok ? listed.value.map(({ name }) => name) : listed.error;

describe('a list of nodes', () => {
  it('is asked for packed: a page of 500 nodes of 18 KB is a fifth of it on the wire', () => {
    expect(pageBytes).toBeLessThan((500 * 18_000) / 4);
  });

  it.each<[string, (page: number) => LinkOptions, number?]>([
    ['that takes much longer than the deadline on silence', (page) => ({ bytesPerSecond: page }), 400 * patience],
    ['whose connections are cut in the second page', (page) => ({ cutAfterBytes: page * 1.05 })],
    ['whose connections are cut within each page of 100', (page) => ({ cutAfterBytes: page * 0.1 })],
    ['whose connections fall silent in the second page', (page) => ({ silentAfterBytes: page * 1.05 }), 400 * patience],
  ])('%s ends right: each node once', async (_what, options, silenceMs) => {
    const link = await linkTo(started.endpoint, options(pageBytes));
    expect(namesOf(await list(link, silenceMs))).toEqual(names);
  });

  it('goes on after an API server that was down for seconds between two pages', async () => {
    const link = await linkTo(started.endpoint);
    const waits: number[] = [];
    const clock = clockOf(waits, async () => (waits.length === 2 ? await link.up() : undefined));
    const connections = connect(link);
    const server = connections.to(cluster);
    if (!server.ok) throw new Error('no connection');
    let pages = 0;
    const goesDown = {
      ...server.value,
      get: async (...asked: Parameters<typeof server.value.get>) => {
        pages += 1;
        if (pages === 2) await link.down();
        return await server.value.get(...asked);
      },
    };
    const listed = await kubernetesNodes({ connections: singleConnection(goesDown), clock }).nodes(
      cluster,
      new AbortController().signal,
    );
    connections.close();

    expect(namesOf(listed)).toEqual(names);
    expect(waits).toEqual([1_000, 2_000]);
  });

  it.each<[string, LinkOptions, number, string, RegExp]>([
    [
      'is cut each time',
      { cutAfterBytes: 40_000 },
      60_000,
      'nodes-not-listed',
      /began a page of its list of nodes, and the connection broke off/,
    ],
    [
      'falls silent each time',
      { silentAfterBytes: 40_000 },
      300,
      'api-too-slow',
      /is too slow: it began a page .* nothing came for/,
    ],
  ])(
    'that %s is a problem in words of its own, and no part of a list',
    async (_what, options, silence, code, message) => {
      const link = await linkTo(started.endpoint, options);
      expect(await list(link, silence * patience)).toMatchObject({
        ok: false,
        error: { code, message: expect.stringMatching(message) },
      });
    },
  );

  it('that never begins is too slow, and not out of reach', async () => {
    const link = await linkTo(started.endpoint, { silentAfterBytes: 4_000 });
    expect(await list(link, 300 * patience)).toMatchObject({
      ok: false,
      error: { code: 'api-too-slow', message: expect.stringMatching(/nothing came for/) },
    });
  });
});

/** A server that answers every request with these bytes as gzip. */
async function packed(bytes: Buffer) {
  const server = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bytes),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const api = apiServer(kubeConfigOfProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), {
    connections: 1,
  });
  let taken = 0;
  const { signal } = new AbortController();
  const onChunk = (chunk: Buffer) => {
    taken += chunk.length;
  };
  const answer = await api.get('/', { signal, timeoutMs: seconds(10), maxBytes: 1_000_000, onChunk });
  api.close();
  server.close();
  return { answer, taken };
}

describe('a packed answer', () => {
  it('is bounded by what it unpacks to', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const { answer, taken } = await packed(bomb);
    expect(answer).toMatchObject({ ok: false, error: { code: 'TOO_LARGE' } });
    expect(taken).toBeLessThanOrEqual(1_000_000);
    expect(bomb.length).toBeLessThan(100_000);
  });

  it('that ends too early broke off, and that is no gzip cannot be read', async () => {
    const whole = gzipSync(Buffer.from('{"kind":"NodeList"}'.repeat(100)));
    expect((await packed(whole)).answer).toMatchObject({ ok: true });
    expect((await packed(whole.subarray(0, -12))).answer).toMatchObject({ ok: false, error: { code: 'BROKE_OFF' } });
    expect((await packed(Buffer.from('{"kind":"NodeList"}'))).answer).toMatchObject({
      ok: false,
      error: { code: 'BAD_ANSWER' },
    });
  });
});

describe('kubelets through the API server', () => {
  const nodes = names.slice(0, 300).map(
    (name): ClusterNode => ({
      key: name,
      name,
      machine: { status: 'none', because: '' },
      kind: 'al2023',
      group: { kind: 'managed', name: 'g' },
    }),
  );

  /** Reads them; the way is down from the hundredth on, and up again when it has been waited so often. */
  async function readThrough(link: Link, upAfterWaits: number) {
    const waits: number[] = [];
    const clock = clockOf(waits, async () => (waits.length === upAfterWaits ? await link.up() : undefined));
    const connections = connect(link);
    const source = configzSource({ connections, clock, concurrency: 10, nodeTimeoutMs: seconds(5) });
    const results = new Map<string, boolean | string>();
    for await (const { node, result } of source.read(cluster, nodes, new AbortController().signal)) {
      expect(results.has(node.key)).toBe(false);
      results.set(node.key, result.ok || (result.error.problem?.code ?? result.error.because));
      if (results.size === 100) await link.down();
    }
    connections.close();
    return { results, waits, asked: started.api.requests.length };
  }

  it('are asked once more at the end, where the API server was down for seconds', async () => {
    const link = await linkTo(started.endpoint);
    const { results, waits } = await readThrough(link, 3);
    expect(results.size).toBe(nodes.length);
    expect([...results.values()].filter((each) => each !== true)).toEqual([]);
    expect(waits).toEqual([0, 1_000, 2_000]);
  });

  it('are told once each as not reached, where it stays down', async () => {
    const link = await linkTo(started.endpoint);
    const { results, waits } = await readThrough(link, Number.POSITIVE_INFINITY);
    expect(results.size).toBe(nodes.length);
    const notRead = [...results.values()].filter((each) => each !== true);
    expect(notRead.length).toBeGreaterThan(100);
    expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000]);
  });

  it('are not waited for behind an API server that never answered', async () => {
    const link = await linkTo(started.endpoint);
    await link.down();
    const waits: number[] = [];
    const connections = connect(link);
    const source = configzSource({ connections, clock: clockOf(waits), concurrency: 10, nodeTimeoutMs: seconds(5) });
    const readings = await Array.fromAsync(source.read(cluster, nodes, new AbortController().signal));
    connections.close();

    expect(readings).toHaveLength(nodes.length);
    expect(readings.every(({ result }) => !result.ok && result.error.problem?.code === 'api-unreachable')).toBe(true);
    expect(waits).toEqual([]);
  });
});
