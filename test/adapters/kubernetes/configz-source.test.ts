import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../lambda/adapters/clock.ts';
import { configzSource } from '../../../lambda/adapters/kubernetes/configz-source.ts';
import { eksConnections } from '../../../lambda/adapters/kubernetes/connections.ts';
import { kubernetesNodes } from '../../../lambda/adapters/kubernetes/node-list.ts';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import type { Cluster, NodeReading } from '../../../lambda/core/model/model.ts';
import type { Clock } from '../../../lambda/flow/ports.ts';
import { listNodes, readAll } from '../../fakes/ask-ports.ts';
import { clusterNode } from '../../fakes/ports.ts';
import type { KubeletBehaviour } from '../../lab/kubernetes/kubelet-behaviour.ts';
import type { LabNode } from '../../lab/kubernetes/node-object.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { seconds } from '../../patience.ts';
import { accountId, credentialsOf, good, names, startCluster } from './started-cluster.ts';

const lab = await labOfFile(accountId);
const credentials = credentialsOf(lab);
const start = (nodes: readonly LabNode[], options = {}) => startCluster(lab, { nodes, ...options });

async function read(
  cluster: Cluster,
  names: readonly string[],
  options: { concurrency?: number; nodeTimeoutMs?: number; signal?: AbortSignal } = {},
): Promise<readonly NodeReading[]> {
  const { concurrency = 20, nodeTimeoutMs = seconds(5), signal } = options;
  const connections = eksConnections({ credentials, clock: systemClock, connections: concurrency });
  const source = configzSource({ connections, clock: systemClock, concurrency, nodeTimeoutMs });
  try {
    return await readAll(
      source,
      cluster,
      names.map((name) => clusterNode(name)),
      signal,
    );
  } finally {
    connections.close();
  }
}

/** What `AbortSignal.timeout` aborts with, without its clock. */
const timeIsUp = () => new DOMException('the time is up', 'TimeoutError');

const says = (status: number, body: string, contentType = 'application/json'): KubeletBehaviour => ({
  kind: 'answers',
  status,
  contentType,
  body,
});

describe('configzSource', () => {
  it('reads the running configuration through the API server, with an IAM token that the cluster accepts', async () => {
    const { cluster } = await start([{ name: 'a', kubelet: good }]);
    const [reading] = await read(cluster, ['a']);

    const fact = { value: '/etc/kubernetes/pki/ca.crt', origin: { from: 'running' } };
    const settings = { 'authentication.x509.clientCAFile': fact };
    expect(reading?.result).toMatchObject({ ok: true, value: { via: 'configz', settings } });
  });

  it('says what each odd kubelet means, and reads their neighbours all the same', async () => {
    const odd: Readonly<Record<string, readonly [KubeletBehaviour, string]>> = {
      'kubelet-refuses': [{ kind: 'kubelet-refuses' }, 'kubelet-refused'],
      'kubelet-refuses-anonymous': [{ kind: 'kubelet-refuses-anonymous' }, 'kubelet-refused'],
      'kubelet-denies': [{ kind: 'kubelet-denies' }, 'kubelet-denied'],
      'handlers-off': [{ kind: 'handlers-off' }, 'unreadable'],
      refused: [{ kind: 'refused' }, 'unreadable'],
      'self-signed': [{ kind: 'self-signed' }, 'unreadable'],
      'certificate-pending': [{ kind: 'certificate-pending' }, 'unreadable'],
      garbage: [{ kind: 'garbage' }, 'unreadable'],
      gone: [{ kind: 'gone' }, 'node-gone'],
      hangs: [{ kind: 'hangs' }, 'unreadable'],
    };
    const kubelets = {
      a: good,
      ...Object.fromEntries(Object.entries(odd).map(([name, [each]]) => [name, each])),
      b: good,
      'not-verified': { kind: 'self-signed-not-verified' },
    } satisfies Readonly<Record<string, KubeletBehaviour>>;
    const { cluster } = await start(Object.entries(kubelets).map(([name, kubelet]) => ({ name, kubelet })));
    const readings = await read(cluster, Object.keys(kubelets), { nodeTimeoutMs: seconds(2) });

    const results = Object.fromEntries(readings.map(({ node, result }) => [node.key, result]));
    expect(Object.keys(results).toSorted()).toEqual(Object.keys(kubelets).toSorted());
    for (const [name, [, kind]] of Object.entries(odd))
      expect([name, results[name]]).toMatchObject([name, { ok: false, error: { via: 'configz', kind } }]);
    expect([results['a']?.ok, results['b']?.ok, results['not-verified']?.ok]).toEqual([true, true, true]);
    const reasons = ['self-signed', 'certificate-pending'].map((name) => JSON.stringify(results[name]));
    expect(reasons).toEqual([
      expect.stringContaining('its serving certificate does not verify'),
      expect.stringContaining('the kubelet has no serving certificate yet'),
    ]);
  });

  const forges = (code: number, message: string, more = {}): KubeletBehaviour =>
    says(code, JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code, ...more }));
  const notFound = { reason: 'NotFound', details: { name: 'liar', kind: 'nodes' } };
  const proxy = 'nodes "liar" is forbidden: User "mallory" cannot get resource "nodes/proxy" in API group ""';
  it.each<[string, KubeletBehaviour, string]>([
    ['have itself dropped', forges(404, 'nodes "liar" not found', notFound), 'does not confirm'],
    ['end the reading of the others', forges(401, 'Unauthorized', { reason: 'Unauthorized' }), 'accepts them'],
    ['say whom to give rights', forges(403, proxy, { reason: 'Forbidden' }), 'does not confirm'],
  ])('does not believe a node that forges the API server’s words to %s', async (_, kubelet, because) => {
    const { cluster } = await start([
      { name: 'liar', kubelet },
      { name: 'a', kubelet: good },
    ]);
    const readings = await read(cluster, ['liar', 'a'], { concurrency: 1 });

    expect(readings.map((each) => each.result)).toMatchObject([
      { ok: false, error: { kind: 'unreadable', because: expect.stringContaining(because) } },
      { ok: true },
    ]);
    expect(JSON.stringify(readings)).not.toContain('mallory');
  });

  it('reports missing rights as one problem of the cluster, with what to grant, and stops asking after 20 nodes', async () => {
    const all = names(60);
    const { cluster, lab: started } = await start(
      all.map((name) => ({ name, kubelet: good })),
      { rbac: { groups: { [kubernetesGroup]: [{ verbs: ['list'], resources: ['nodes'] }] } } },
    );
    const readings = await read(cluster, all, { concurrency: 5 });

    expect(readings).toHaveLength(60);
    const problems = new Set(readings.map((each) => (each.result.ok ? '' : each.result.error.problem?.code)));
    expect([...problems]).toEqual(['nodes-proxy-forbidden']);
    expect(started.api.requests.filter((each) => /\/n\d+\/proxy\/configz$/.test(each.path)).length).toBeLessThan(30);
  });

  it('renews a refused token once, then reports the credentials, without asking every node', async () => {
    const all = names(40);
    const { cluster, lab: started } = await start(
      all.map((name) => ({ name, kubelet: good })),
      { accessEntries: [] },
    );
    const readings = await read(cluster, all, { concurrency: 2 });

    expect(readings.every((each) => !each.result.ok && each.result.error.problem?.code === 'credentials-refused')).toBe(
      true,
    );
    expect(started.api.requests.filter((each) => each.path.endsWith('/configz')).length).toBeLessThan(10);
  });

  it('stops after 20 timeouts without one success', async () => {
    const all = names(50);
    const { cluster, lab: started } = await start(
      all.map((name) => ({ name, kubelet: { kind: 'io-timeout', afterMilliseconds: 20 } })),
    );
    const readings = await read(cluster, all, { concurrency: 5 });

    expect(readings).toHaveLength(50);
    expect(started.api.requests.length).toBeLessThan(30);
    const notAsked = readings.filter(({ result }) => !result.ok && result.error.because.includes('20 nodes'));
    expect(notAsked.length).toBeGreaterThan(20);
  });

  it('yields what is left as deadline when its time is up', async () => {
    const { cluster, lab: started } = await start([
      { name: 'a', kubelet: good },
      { name: 'slow', kubelet: { kind: 'hangs' } },
      { name: 'c', kubelet: good },
    ]);
    const stop = new AbortController();
    const options = { concurrency: 1, nodeTimeoutMs: 60_000, signal: stop.signal };
    const reading = read(cluster, ['a', 'slow', 'c'], options);
    const asked = () => started.api.requests.map(({ path }) => path);
    await vi.waitFor(() => expect(asked()).toContainEqual(expect.stringContaining('slow')), { timeout: seconds(10) });
    stop.abort(timeIsUp());

    expect((await reading).map((each) => (each.result.ok ? 'ok' : each.result.error.kind))).toEqual([
      'ok',
      'deadline',
      'deadline',
    ]);
  });

  it('does not trust an API server whose certificate another CA signed', async () => {
    const other = await start([]);
    const { cluster } = await start([{ name: 'a', kubelet: good }]);
    if (!cluster.endpoint || !other.cluster.endpoint) throw new Error('no endpoint');
    const [reading] = await read(
      { ...cluster, endpoint: { ...cluster.endpoint, caPem: other.cluster.endpoint.caPem } },
      ['a'],
    );

    expect(reading?.result).toMatchObject({
      ok: false,
      error: { kind: 'cluster', problem: { code: 'api-unreachable', message: expect.stringContaining('certificate') } },
    });
  });
});

describe('kubernetesNodes', () => {
  const list = async (cluster: Cluster, signal = new AbortController().signal, clock: Clock = systemClock) => {
    const connections = eksConnections({ credentials, clock, connections: 5 });
    try {
      return await listNodes(kubernetesNodes({ connections, clock }), cluster, signal);
    } finally {
      connections.close();
    }
  };

  it('reads all pages and keeps of each node only what the audit uses', async () => {
    const all = names(1_203);
    const { cluster, lab: started } = await start(
      all.map((name) => ({
        name,
        kubelet: good,
        instanceId: 'i-0123456789abcdef0',
        nodegroup: 'workers',
        labels: { secret: 'word' },
      })),
    );
    const listed = await list(cluster);

    expect(listed.ok && listed.value.length).toBe(1_203);
    expect(listed.ok && listed.value[0]).toEqual({
      name: 'n0',
      providerId: 'aws:///eu-central-1a/i-0123456789abcdef0',
      labels: { 'eks.amazonaws.com/nodegroup': 'workers' },
      kubeletVersion: expect.stringMatching(/^v1\./),
      osImage: expect.stringMatching(/^Amazon Linux 2023/),
      internalIp: expect.stringMatching(/^10\.99\./),
      operatingSystem: 'linux',
    });
    const limits = started.api.requests.map((each) => new URL(each.path, 'https://x').searchParams.get('limit'));
    expect(limits).toEqual(Array(7).fill('200'));
  });

  it('says that a private endpoint cannot be reached, and names the way without it', async () => {
    const { cluster } = await start([], { reachable: false, publicAccess: false });
    expect(await list(cluster)).toMatchObject({
      ok: false,
      error: {
        code: 'api-unreachable',
        message: expect.stringContaining('private'),
        remedy: expect.stringContaining('--sources ssm'),
      },
    });
  });

  it('ends a wait for the API server when the audit is stopped, without a defect', async () => {
    const { cluster, lab: started } = await start([{ name: 'a', kubelet: good }]);
    started.api.refuseLists(10, 30);
    const stop = new AbortController();
    const clock: Clock = {
      ...systemClock,
      sleep: async (milliseconds, signal) => {
        stop.abort(timeIsUp());
        await systemClock.sleep(milliseconds, signal);
      },
    };
    expect(await list(cluster, stop.signal, clock)).toMatchObject({ error: { code: 'nodes-not-listed' } });
  });

  it('begins again when the list expired between two pages', async () => {
    const all = names(600);
    const { cluster, lab: started } = await start(all.map((name) => ({ name, kubelet: good })));
    started.api.expireContinueTokens();
    const listed = await list(cluster);
    expect(listed.ok && listed.value.length).toBe(600);
  });
});
