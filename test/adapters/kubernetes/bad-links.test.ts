import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ApiServer, apiServer } from '../../../lambda/adapters/kubernetes/api-server.ts';
import { configzSource } from '../../../lambda/adapters/kubernetes/configz-source.ts';
import { singleConnection } from '../../../lambda/adapters/kubernetes/connections.ts';
import { kubeConfigOfProxy } from '../../../lambda/adapters/kubernetes/kube-config.ts';
import { kubernetesNodes } from '../../../lambda/adapters/kubernetes/node-list.ts';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import type { Cluster } from '../../../lambda/core/model/model.ts';
import { err } from '../../../lambda/core/model/result.ts';
import { listNodes, readAll, readEach } from '../../fakes/ask-ports.ts';
import { clusterNode } from '../../fakes/ports.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import { auditorRules } from '../../lab/kubernetes/rbac.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { Link, type LinkOptions } from '../../lab/wire/link.ts';
import { seconds } from '../../patience.ts';
import { good } from './started-cluster.ts';

// Lists and kubelets through a way that is slow, cut, silent or down for a while. Nodes are of 18 KB, as those of busy clusters.
const count = 560;
const all = Array.from({ length: count }, (_, index) => `n${String(index).padStart(4, '0')}`);
const cluster: Cluster = { name: 'far-away', compute: { autoMode: false, fargate: false, hybrid: false } };

const lab = await labOfFile();
let started: LabKubernetesCluster;
/** What a page of 200 has on the wire, packed. */
let pageBytes: number;

beforeAll(async () => {
  lab.addAccount('111122223333');
  started = await lab.addKubernetesCluster({
    accountId: '111122223333',
    region: 'eu-central-1',
    name: cluster.name,
    nodes: all.map((name) => ({ name, bulk: true, kubelet: good })),
    rbac: { groups: { [kubernetesGroup]: auditorRules } },
    staticTokens: { token: { name: 'auditor', groups: [kubernetesGroup] } },
  });
  const link = await linkTo(started.endpoint);
  await list(link);
  pageBytes = (link.bytes / count) * 200;
});
const links: Link[] = [];
const linkTo = async (endpoint: string, options?: LinkOptions) => {
  const link = await Link.to(endpoint, options);
  links.push(link);
  return link;
};
afterEach(async () => {
  vi.useRealTimers();
  for (const link of links.splice(0)) await link.close();
});

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

async function list(link: Link, connections = connect(link)) {
  try {
    return await listNodes(kubernetesNodes({ connections, clock: clockOf(), silenceMs: silence }), cluster);
  } finally {
    connections.close();
  }
}

/** The deadline on silence, which only ends what hangs. */
const silence = seconds(20);

/** The way to the API server, with another answer to some requests. */
function changed(link: Link, get: (real: ApiServer['get'], count: number) => ApiServer['get']) {
  const server = connect(link).to(cluster);
  if (!server.ok) throw new Error('no connection');
  let count = 0;
  return singleConnection({
    ...server.value,
    get(...asked) {
      count += 1;
      return get(server.value.get, count)(...asked);
    },
  });
}
const silent = (begun: boolean) => async () => err({ code: 'TIMEOUT', message: 'nothing came for 20 s', begun });

const namesOf = (listed: Awaited<ReturnType<typeof list>>) =>
  listed.ok ? listed.value.map(({ name }) => name) : listed.error;

describe('a list of nodes', () => {
  it('is asked for packed: a page of 200 nodes of 18 KB is a fifth of it on the wire', () => {
    expect(pageBytes).toBeLessThan((200 * 18_000) / 4);
  });

  it.each<[string, (page: number) => LinkOptions]>([
    ['that comes slowly', (page) => ({ bytesPerSecond: page * 4 })],
    ['whose connections are cut in the second page', (page) => ({ cutAfterBytes: page * 1.05 })],
    ['whose connections are cut within each page of 50', (page) => ({ cutAfterBytes: page * 0.1 })],
  ])('%s ends right: each node once', async (_what, options) => {
    const link = await linkTo(started.endpoint, options(pageBytes));
    expect(namesOf(await list(link))).toEqual(all);
  });

  it('whose connection falls silent in the second page ends right: each node once', async () => {
    const link = await linkTo(started.endpoint);
    const connections = changed(link, (get, count) => (count === 2 ? silent(true) : get));
    expect(namesOf(await list(link, connections))).toEqual(all);
  });

  it('goes on after an API server that was down for seconds between two pages', async () => {
    const link = await linkTo(started.endpoint);
    const waits: number[] = [];
    const clock = clockOf(waits, async () => (waits.length === 2 ? await link.up() : undefined));
    const connections = changed(link, (get, count) => async (...asked) => {
      if (count === 2) await link.down();
      return await get(...asked);
    });
    const listed = await listNodes(kubernetesNodes({ connections, clock }), cluster);
    connections.close();

    expect(namesOf(listed)).toEqual(all);
    expect(waits).toEqual([1_000, 2_000]);
  });

  it('whose pages are too large ends right in smaller ones: each node once', async () => {
    const link = await linkTo(started.endpoint);
    const sizes: string[] = [];
    const connections = changed(link, (get) => async (path, options) => {
      const size = new URL(path, link.url).searchParams.get('limit') ?? '';
      sizes.push(size);
      return await get(path, { ...options, maxBytes: 300_000 });
    });
    expect(namesOf(await list(link, connections))).toEqual(all);
    expect([...new Set(sizes)]).toEqual(['200', '50', '10']);
  });

  it('whose connection is cut each time is a problem with a message of its own, and no part of a list', async () => {
    const link = await linkTo(started.endpoint, { cutAfterBytes: pageBytes * 0.045 });
    const message = expect.stringMatching(/began a page of its list of nodes, and the connection broke off/);
    expect(await list(link)).toMatchObject({ ok: false, error: { code: 'nodes-not-listed', message } });
  });

  it.each([
    ['that falls silent each time is too slow, and no part of a list', true, /it began a page .* nothing came for/],
    ['that never begins is too slow, and not out of reach', false, /nothing came for/],
  ])('%s', async (_what, begun, message) => {
    const link = await linkTo(started.endpoint);
    const listed = await list(
      link,
      changed(link, () => silent(begun)),
    );
    expect(listed).toMatchObject({ error: { code: 'api-too-slow', message: expect.stringMatching(message) } });
  });
});

/** What a client has of a server that answers so; `onPiece` is called with each piece. */
async function asked(answer: RequestListener, onPiece: (piece: Buffer) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = apiServer(kubeConfigOfProxy(url), { connections: 1 });
  const { signal } = new AbortController();
  const got = await api.get('/', { signal, timeoutMs: silence, maxBytes: 1_000_000, onChunk: onPiece });
  api.close();
  server.closeAllConnections();
  server.close();
  return got;
}

/** A server that answers with these bytes as gzip. */
async function packed(bytes: Buffer) {
  let taken = 0;
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  const answer = await asked(
    (_request, response) => response.writeHead(200, headers).end(bytes),
    ({ length }) => {
      taken += length;
    },
  );
  return { answer, taken };
}

describe('the deadline on silence', () => {
  it('begins anew with each piece, however long the whole takes, and ends an answer that goes silent', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let [pieces, send] = [0, (): void => undefined];
    const answer = await asked(
      (_request, response) => {
        response.writeHead(200);
        send = () => void response.write('piece');
        send();
      },
      () => {
        pieces += 1;
        if (pieces < 10) send();
        vi.advanceTimersByTime(pieces < 10 ? silence - 1 : silence);
      },
    );
    expect(pieces).toBe(10);
    expect(answer).toMatchObject({ ok: false, error: { code: 'TIMEOUT', begun: true } });
  });
});

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
    const notPacked = Buffer.from('{"kind":"NodeList"}');
    expect((await packed(notPacked)).answer).toMatchObject({ ok: false, error: { code: 'BAD_ANSWER' } });
  });
});

describe('kubelets through the API server', () => {
  const nodes = all.slice(0, 300).map((name) => clusterNode(name));

  /** Reads them; the way is down from the hundredth on, and up again when it has been waited so often. */
  async function readThrough(link: Link, upAfterWaits: number) {
    const waits: number[] = [];
    const clock = clockOf(waits, async () => (waits.length === upAfterWaits ? await link.up() : undefined));
    const connections = connect(link);
    const source = configzSource({ connections, clock, concurrency: 10, nodeTimeoutMs: seconds(5) });
    const results = new Map<string, boolean | string>();
    for await (const { node, result } of readEach(source, cluster, nodes)) {
      expect(results.has(node.key)).toBe(false);
      results.set(node.key, result.ok || (result.error.problem?.code ?? result.error.because));
      if (results.size === 100) await link.down();
    }
    connections.close();
    return { results, waits };
  }

  it('are asked once more at the end, where the API server was down for seconds', async () => {
    const link = await linkTo(started.endpoint);
    const { results, waits } = await readThrough(link, 3);
    expect(results.size).toBe(nodes.length);
    expect([...results.values()].filter((each) => each !== true)).toEqual([]);
    expect(waits).toEqual([0, 1_000, 2_000]);
  });

  it('are reported once each as not reached, where it stays down', async () => {
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
    const readings = await readAll(source, cluster, nodes);
    connections.close();

    expect(readings).toHaveLength(nodes.length);
    expect(readings.every(({ result }) => !result.ok && result.error.problem?.code === 'api-unreachable')).toBe(true);
    expect(waits).toEqual([]);
  });
});
