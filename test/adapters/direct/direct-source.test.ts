import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { KubeletBehaviour } from '../../lab/kubernetes/kubelet-behaviour.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import type { KubeletPortOptions } from '../../lab/kubernetes/node-object.ts';
import { directRules, type RbacRule } from '../../lab/kubernetes/rbac.ts';
import type { Lab } from '../../lab/lab.ts';
import { seconds } from '../../patience.ts';
import { readDirectly, startCluster, startDirectLab } from './read-directly.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startDirectLab();
});
afterAll(async () => await lab.close());

const good: KubeletBehaviour = { kind: 'recorded', folder: 'file-sets-ca' };
const clientCa = 'authentication.x509.clientCAFile';
const sawToken = (cluster: LabKubernetesCluster, name: string) => cluster.kubelets.of(name).received.includes('Bearer');

/** The one node of a cluster of its own, and what came of reading it. */
async function readOne(direct: KubeletPortOptions, kubelet: KubeletBehaviour = good, nodeTimeoutMs = 5_000) {
  const cluster = await startCluster(lab, [{ name: 'a.internal', kubelet, direct }]);
  const { 'a.internal': result } = await readDirectly(lab, cluster, { nodeTimeoutMs });
  return { cluster, result, port: cluster.kubelets.of('a.internal') };
}

describe('a kubelet on its own port', () => {
  it.each([
    ['that has the client CA of its cluster', 'file-sets-ca', '/etc/kubernetes/pki/ca.crt'],
    ['without a client CA, which refuses the API server', 'no-ca-anonymous-off', ''],
    ['without a client CA and with anonymous on', 'no-ca-anonymous-on-webhook', ''],
  ])('shows its running configuration: one %s', async (_what, folder, value) => {
    const { result, port } = await readOne({}, { kind: 'recorded', folder });

    expect(result).toMatchObject({
      ok: true,
      value: {
        via: 'direct',
        settings: { [clientCa]: { state: 'known', value, origin: { from: 'running' } } },
        proof: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    });
    expect(port.received).toMatch(/^GET \/configz HTTP\/1\.1\r\n/);
    expect(port.received).toContain('connection: close');
  });

  // White space after the document: the same configuration, however long the answer.
  const longAnswer = (bytes: number): KubeletBehaviour => {
    const body = JSON.stringify({ kubeletconfig: { authentication: { x509: { clientCAFile: '/ca.crt' } } } });
    return { kind: 'answers', status: 200, contentType: 'application/json', body: body.padEnd(bytes) };
  };

  it('is read up to 256 KB, and not one byte further, nor when it sends five times as much', async () => {
    const most = 256 * 1024;
    expect((await readOne({}, longAnswer(most))).result).toMatchObject({ ok: true });

    for (const bytes of [most + 1, 5 * most]) {
      const { result, port } = await readOne({}, longAnswer(bytes));
      expect(result).toMatchObject({
        ok: false,
        error: { via: 'direct', kind: 'unreadable', because: expect.stringContaining('more than 256 KB') },
      });
      expect(port.connections).toBe(1);
    }
  });

  it.each([
    ['checks no tokens', { config: { ...webhookOff() } }, good, '401'],
    ['has its handlers off', {}, { kind: 'handlers-off' }, '404'],
    ['answers with a redirect', { redirectTo: 'https://169.254.169.254/' }, good, '302'],
    [
      'sends what is no configuration',
      {},
      { kind: 'answers', status: 200, contentType: 'text/html', body: '<html>' },
      'not readable JSON',
    ],
    ['breaks off', {}, { kind: 'cut' }, 'before the answer was whole'],
    ['sends megabytes', {}, { kind: 'endless' }, 'more than 256 KB'],
  ] as const)('is unreadable, with the reason, when it %s', async (_what, direct, kubelet, reason) => {
    const { result, port } = await readOne(direct, kubelet);

    expect(result).toMatchObject({
      ok: false,
      error: { via: 'direct', kind: 'unreadable', because: expect.stringContaining(reason) },
    });
    expect(port.connections).toBe(1);
  });

  it.each([
    ['never answers', {}, { kind: 'hangs' }],
    ['stalls in its answer', {}, { kind: 'stalls' }],
    ['drips one byte at a time', { dripMilliseconds: 50 }, good],
  ] as const)('has as long as any node when it %s', async (_what, direct, kubelet) => {
    const { result } = await readOne(direct, kubelet, seconds(0.7));

    // In the same words for ten thousand nodes, which are one gap.
    const because = expect.stringContaining(`within ${seconds(0.7) / 1000} s`);
    expect(result).toMatchObject({ ok: false, error: { kind: 'unreadable', timedOut: true, because } });
  });
});

it('asks a kubelet once more that could not reach the API server for a decision', async () => {
  const { result, port } = await readOne({ hostile: { kind: 'authorization-error' } });

  expect(result).toMatchObject({ ok: false, error: { kind: 'unreadable', because: expect.stringContaining('500') } });
  expect(port.connections).toBe(2);
});

describe('no token is sent', () => {
  it.each([
    ['is self-signed', 'self-signed', 'does not verify against the CA of the cluster'],
    ['is of another cluster’s CA, as in a VPC with the same addresses', 'another-ca', 'does not verify against the CA'],
    ['is that of another node', 'another-node', 'names another node'],
    ['is past its time', 'expired', 'CERT_HAS_EXPIRED'],
    ['waits for its approval', 'pending', 'has no serving certificate yet'],
  ] as const)('where the serving certificate %s', async (_what, serving, reason) => {
    const { result, port } = await readOne({ serving });

    expect(result).toMatchObject({
      ok: false,
      error: { via: 'direct', kind: 'unreadable', because: expect.stringContaining(reason) },
    });
    expect(port).toMatchObject({ connections: 1, received: '' });
  });

  it('to an address that a Node object claims and EC2 denies', async () => {
    const cluster = await startCluster(
      lab,
      [
        { name: 'thief.internal', kubelet: good, address: '10.99.7.7' },
        { name: 'honest.internal', kubelet: good },
      ],
      { ec2Addresses: { 'thief.internal': '10.99.1.1' } },
    );
    const readings = await readDirectly(lab, cluster);

    expect(readings['thief.internal']).toEqual({
      ok: false,
      error: { via: 'direct', kind: 'not-tried', because: expect.stringContaining('none of that one') },
    });
    expect(cluster.kubelets.of('thief.internal').connections).toBe(0);
    expect(readings['honest.internal']?.ok).toBe(true);
  });

  it.each(['127.0.0.1', '169.254.169.254', '10.98.0.1', '8.8.8.8'])(
    'to %s, which no node of this network has, whatever EC2 says',
    async (address) => {
      const cluster = await startCluster(lab, [{ name: 'a.internal', kubelet: good, address }]);
      const { 'a.internal': result } = await readDirectly(lab, cluster);

      expect(result).toMatchObject({ ok: false, error: { via: 'direct', kind: 'not-tried' } });
      expect(cluster.kubelets.of('a.internal').connections).toBe(0);
    },
  );

  it('to a kubelet before 1.33, which would ask for nodes/proxy', async () => {
    const cluster = await startCluster(lab, [
      { name: 'old.internal', kubelet: good, kubeletVersion: 'v1.32.9-eks-1' },
      { name: 'new.internal', kubelet: good, kubeletVersion: 'v1.33.0-eks-1' },
    ]);
    const readings = await readDirectly(lab, cluster);

    expect(readings['old.internal']).toEqual({
      ok: false,
      error: { via: 'direct', kind: 'not-tried', because: expect.stringMatching(/before 1\.33 .*nodes\/proxy.*1\.32/) },
    });
    expect(cluster.kubelets.of('old.internal').connections).toBe(0);
    expect(readings['new.internal']?.ok).toBe(true);
  });
});

const broad: readonly (readonly [string, RbacRule])[] = [
  ['do everything', { apiGroups: ['*'], verbs: ['*'], resources: ['*'] }],
  ['get nodes/proxy', { verbs: ['get'], resources: ['nodes/proxy'] }],
  ['get secrets', { verbs: ['get'], resources: ['secrets'] }],
];

describe('an identity', () => {
  const two = [
    { name: 'a.internal', kubelet: good },
    { name: 'b.internal', kubelet: good },
  ];
  const connections = ({ kubelets }: LabKubernetesCluster) =>
    kubelets.of('a.internal').connections + kubelets.of('b.internal').connections;

  it.each(broad)('that may %s too shows its token to no node, and says why once', async (right, rule) => {
    const cluster = await startCluster(lab, two, { rules: [...directRules, rule] });
    const readings = await readDirectly(lab, cluster);

    for (const reading of Object.values(readings))
      expect(reading).toMatchObject({
        ok: false,
        error: {
          via: 'direct',
          kind: 'cluster',
          problem: { code: 'token-too-broad', message: expect.stringContaining(right) },
        },
      });
    expect(connections(cluster)).toBe(0);
  });

  it('that may read RBAC objects and more of nodes is narrow enough', async () => {
    const reads: RbacRule = {
      apiGroups: ['rbac.authorization.k8s.io'],
      verbs: ['get', 'list'],
      resources: ['clusterroles'],
    };
    const cluster = await startCluster(lab, two, {
      rules: [...directRules, reads, { verbs: ['watch'], resources: ['nodes'] }],
    });

    expect(Object.values(await readDirectly(lab, cluster)).every((each) => each.ok)).toBe(true);
    expect(sawToken(cluster, 'a.internal')).toBe(true);
  });

  it('that is broad shows its token where its owner says so', async () => {
    const cluster = await startCluster(lab, two, { rules: [{ apiGroups: ['*'], verbs: ['*'], resources: ['*'] }] });

    expect(Object.values(await readDirectly(lab, cluster, { allowBroadToken: true })).every((each) => each.ok)).toBe(
      true,
    );
  });

  it('whose rights nobody tells shows its token to no node', async () => {
    const cluster = await startCluster(lab, two, {
      rbac: { groups: { 'eks-kubelet-audit': directRules, 'system:authenticated': [] } },
    });
    const readings = await readDirectly(lab, cluster);

    expect(readings['a.internal']).toMatchObject({
      ok: false,
      error: { kind: 'cluster', problem: { code: 'token-rights-unknown' } },
    });
    expect(connections(cluster)).toBe(0);
  });

  it('without nodes/configz is told so, and shows its token to no node', async () => {
    const cluster = await startCluster(lab, two, { rules: directRules.slice(0, 1) });

    expect((await readDirectly(lab, cluster))['a.internal']).toMatchObject({
      ok: false,
      error: { kind: 'cluster', problem: { code: 'nodes-configz-forbidden' } },
    });
    expect(connections(cluster)).toBe(0);
  });
});

it('asks fifty kubelets at once and no more, whatever the setting', async () => {
  const nodes = Array.from({ length: 60 }, (_, index) => ({
    name: `n${index}.internal`,
    kubelet: { kind: 'hangs' } as const,
  }));
  const cluster = await startCluster(lab, nodes);
  const asked = () => nodes.filter(({ name }) => cluster.kubelets.of(name).received !== '').length;
  const stop = new AbortController();
  const reading = readDirectly(lab, cluster, { concurrency: 100, nodeTimeoutMs: 60_000, signal: stop.signal });

  await vi.waitFor(() => expect(asked()).toBeGreaterThanOrEqual(50), { timeout: 50_000, interval: 50 });
  stop.abort();
  expect(Object.keys(await reading)).toHaveLength(60);
  expect(cluster.kubelets.mostOpen).toBe(50);
}, 90_000);

it('asks no further nodes after twenty silent ones, and leaves nobody out', async () => {
  const nodes = Array.from({ length: 60 }, (_, index) => ({
    name: `n${index}.internal`,
    kubelet: { kind: 'hangs' } as const,
  }));
  const cluster = await startCluster(lab, nodes);
  const readings = Object.values(await readDirectly(lab, cluster, { concurrency: 10, nodeTimeoutMs: seconds(0.5) }));

  expect(readings).toHaveLength(60);
  // Those that were on their way when the twentieth fell silent are waited for.
  const silent = readings.filter((each) => !each.ok && each.error.timedOut).length;
  expect(silent).toBeGreaterThanOrEqual(20);
  expect(silent).toBeLessThan(30);
  expect(readings.filter((each) => !each.ok && each.error.because.includes('were silent'))).toHaveLength(60 - silent);
});

it('gives the nodes that are left as out of time when it is stopped', async () => {
  const nodes = Array.from({ length: 10 }, (_, index) => ({
    name: `n${index}.internal`,
    kubelet: { kind: 'hangs' } as const,
  }));
  const cluster = await startCluster(lab, nodes);
  const stop = new AbortController();
  const reading = readDirectly(lab, cluster, { concurrency: 2, signal: stop.signal });
  while (cluster.kubelets.of('n0.internal').connections + cluster.kubelets.of('n1.internal').connections < 2)
    await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort();

  const readings = Object.values(await reading);
  expect(readings).toHaveLength(10);
  expect(readings.every((each) => !each.ok && each.error.kind === 'deadline')).toBe(true);
});

function webhookOff() {
  return {
    authentication: { x509: { clientCAFile: '/ca.crt' }, webhook: { enabled: false }, anonymous: { enabled: false } },
    authorization: { mode: 'Webhook' },
  };
}
