import { beforeAll, describe, expect, it, vi } from 'vitest';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import type { KubeletBehaviour } from '../../lab/kubernetes/kubelet-behaviour.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import type { LabNode } from '../../lab/kubernetes/node-object.ts';
import { directRules, holderRules, type RbacRule } from '../../lab/kubernetes/rbac.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { seconds } from '../../patience.ts';
import { accountId, hostOf, readDirectly, startCluster } from './read-directly.ts';

const lab = await labOfFile(accountId);

const recorded = (folder: string): KubeletBehaviour => ({ kind: 'recorded', folder });
const good = recorded('file-sets-ca');
const clientCa = 'authentication.x509.clientCAFile';
type Nodes = Readonly<Record<string, Omit<LabNode, 'name' | 'kubelet'> & Partial<Pick<LabNode, 'kubelet'>>>>;

/** The nodes of a cluster of its own, by what they are called here, read at once; a kubelet is good unless it is said otherwise. */
async function readNodes(
  nodes: Nodes,
  options: Parameters<typeof readDirectly>[2] = {},
  ec2Addresses: Readonly<Record<string, string>> = {},
) {
  const described = Object.entries(nodes).map(([what, node]) => ({ name: hostOf(what), kubelet: good, ...node }));
  const cluster = await startCluster(lab, described, { ec2Addresses });
  const byHost = await readDirectly(lab, cluster, options);
  const readings = Object.fromEntries(Object.keys(nodes).map((what) => [what, byHost[hostOf(what)]]));
  return { readings, port: (what: string) => cluster.kubelets.of(hostOf(what)) };
}
const failed = (kind: string, because: string | RegExp) => ({
  ok: false,
  error: { via: 'direct', kind, because: expect.stringMatching(because) },
});
const connectionsOf = (names: Iterable<string>, port: Awaited<ReturnType<typeof readNodes>>['port']) =>
  Array.from(names, (name) => port(name).connections);

describe('a kubelet on its own port', () => {
  it('shows its running configuration: one with the client CA of its cluster, and one without, which refuses the API server', async () => {
    const expected = { 'file-sets-ca': '/etc/kubernetes/pki/ca.crt', 'no-ca-anonymous-off': '' };
    const { readings, port } = await readNodes(
      Object.fromEntries(Object.keys(expected).map((folder) => [folder, { kubelet: recorded(folder) }])),
    );
    for (const [folder, value] of Object.entries(expected)) {
      expect(readings[folder]).toMatchObject({
        ok: true,
        value: {
          via: 'direct',
          settings: { [clientCa]: { state: 'known', value, origin: { from: 'running' } } },
          proof: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        },
      });
      expect(port(folder).received).toMatch(/^GET \/configz HTTP\/1\.1\r\n/);
      expect(port(folder).received).toContain('connection: close');
    }
  });

  const says = (body: string, contentType = 'application/json'): Nodes[string] => ({
    kubelet: { kind: 'answers', status: 200, contentType, body },
  });
  const webhookOff = {
    authentication: { x509: { clientCAFile: '/ca.crt' }, webhook: { enabled: false }, anonymous: { enabled: false } },
    authorization: { mode: 'Webhook' },
  };

  it('is read up to 256 KB and not one byte further, and is unreadable, with the reason, by any other answer', async () => {
    const most = 256 * 1024;
    // White space after the document: the same configuration, however long the answer.
    const document = JSON.stringify({ kubeletconfig: { authentication: { x509: { clientCAFile: '/ca.crt' } } } });
    const refused: Readonly<Record<string, readonly [Nodes[string], string]>> = {
      'checks no tokens': [{ direct: { config: webhookOff } }, '401'],
      'has its handlers off': [{ kubelet: { kind: 'handlers-off' } }, '404'],
      'answers with a redirect': [{ direct: { redirectTo: 'https://169.254.169.254/' } }, '302'],
      'sends what is no configuration': [says('<html>', 'text/html'), 'not readable JSON'],
      'breaks off': [{ kubelet: { kind: 'cut' } }, 'before the answer was whole'],
      'sends megabytes': [{ kubelet: { kind: 'endless' } }, 'far more than a kubelet answers'],
      'sends one byte more': [says(document.padEnd(most + 1)), 'far more than a kubelet answers'],
    };
    const { readings, port } = await readNodes({
      'as long as may be': says(document.padEnd(most)),
      ...Object.fromEntries(Object.entries(refused).map(([name, [node]]) => [name, node])),
    });
    expect(readings['as long as may be']).toMatchObject({ ok: true });
    for (const [name, [, reason]] of Object.entries(refused)) {
      expect([name, readings[name]]).toMatchObject([name, failed('unreadable', reason)]);
      expect([name, port(name).connections]).toEqual([name, 1]);
    }
  });

  it('has as long as any node when it never answers, stalls in its answer, or drips', async () => {
    const { readings } = await readNodes(
      {
        hangs: { kubelet: { kind: 'hangs' } },
        stalls: { kubelet: { kind: 'stalls' } },
        drips: { direct: { dripMilliseconds: 50 } },
      },
      { nodeTimeoutMs: seconds(0.7) },
    );
    // In the same words for ten thousand nodes, which are one gap.
    for (const reading of Object.values(readings)) {
      expect(reading).toMatchObject(failed('unreadable', `within ${seconds(0.7) / 1000} s`));
      expect(reading).toMatchObject({ error: { timedOut: true } });
    }
  });

  it('is asked once more when it could not reach the API server for a decision', async () => {
    const { readings, port } = await readNodes({ a: { direct: { hostile: { kind: 'authorization-error' } } } });
    expect(readings['a']).toMatchObject(failed('unreadable', '500'));
    expect(port('a').connections).toBe(2);
  });
});

describe('no token is sent', () => {
  it('where the serving certificate is not one of this node, of this cluster and of this time', async () => {
    const reasons = {
      'self-signed': 'does not verify against the CA of the cluster',
      // As in a VPC with the same addresses.
      'another-ca': 'does not verify against the CA',
      'another-node': 'names another node',
      expired: 'CERT_HAS_EXPIRED',
      pending: 'has no serving certificate yet',
    } as const;
    const servings = Object.keys(reasons) as (keyof typeof reasons)[];
    const { readings, port } = await readNodes(
      Object.fromEntries(servings.map((serving) => [serving, { direct: { serving } }])),
    );
    for (const serving of servings) {
      expect(readings[serving]).toMatchObject(failed('unreadable', reasons[serving]));
      expect(port(serving)).toMatchObject({ connections: 1, received: '' });
    }
  });

  it('to an address that a Node object claims and EC2 denies, and to none that no node of this network has, whatever EC2 says', async () => {
    const strange = ['127.0.0.1', '169.254.169.254', '10.98.0.1', '8.8.8.8'];
    const { readings, port } = await readNodes(
      {
        thief: { address: '10.99.7.7' },
        honest: {},
        ...Object.fromEntries(strange.map((address) => [address, { address }])),
      },
      {},
      { [hostOf('thief')]: '10.99.1.1' },
    );
    expect(readings['thief']).toMatchObject(failed('not-tried', 'none of that one'));
    for (const address of strange) expect(readings[address]).toMatchObject(failed('not-tried', ''));
    expect(readings['honest']?.ok).toBe(true);
    expect(connectionsOf(['thief', ...strange, 'honest'], port)).toEqual([0, 0, 0, 0, 0, 1]);
  });

  it('to a kubelet before 1.33, which would ask for nodes/proxy', async () => {
    const { readings, port } = await readNodes({
      old: { kubeletVersion: 'v1.32.9-eks-1' },
      new: { kubeletVersion: 'v1.33.0-eks-1' },
    });
    expect(readings['old']).toMatchObject(failed('not-tried', /before 1\.33 .*nodes\/proxy.*1\.32/));
    expect(readings['new']?.ok).toBe(true);
    expect(connectionsOf(['old', 'new'], port)).toEqual([0, 1]);
  });
});

const everything: RbacRule = { apiGroups: ['*'], verbs: ['*'], resources: ['*'] };

describe('an identity', () => {
  const names = ['a.internal', 'b.internal'];
  let cluster: LabKubernetesCluster;
  beforeAll(async () => {
    const nodes = names.map((name) => ({ name, kubelet: good }));
    cluster = await startCluster(lab, nodes);
  });

  /** What comes of the nodes where it has these rules, and to how many of them it showed its token. */
  async function readAs(rules: readonly RbacRule[], { allowBroadToken = false, others = {} } = {}) {
    cluster.api.setRbac({ groups: { [kubernetesGroup]: rules, ...others } });
    const connections = () => names.reduce((sum, name) => sum + cluster.kubelets.of(name).connections, 0);
    const before = connections();
    const readings = Object.values(await readDirectly(lab, cluster, { allowBroadToken }));
    return { readings, shown: connections() - before };
  }
  const refused = (code: string, words = '') => ({
    readings: names.map(() => ({
      ok: false,
      error: { via: 'direct', kind: 'cluster', problem: { code, message: expect.stringContaining(words) } },
    })),
    shown: 0,
  });
  const readByAll = { readings: names.map(() => ({ ok: true })), shown: 2 };

  it.each<[string, RbacRule]>([
    ['do everything', everything],
    ['get nodes/proxy', { verbs: ['get'], resources: ['nodes/proxy'] }],
    ['get secrets', { verbs: ['get'], resources: ['secrets'] }],
  ])('that may %s too shows its token to no node, and says why', async (right, rule) => {
    expect(await readAs([...directRules, rule])).toMatchObject(refused('token-too-broad', right));
  });

  it('that has what control 4.1.10 adds to the grant is narrow enough', async () => {
    expect(await readAs([...directRules, ...holderRules])).toMatchObject(readByAll);
    expect(cluster.kubelets.of('a.internal').received).toContain('Bearer');
  });

  it('that is broad shows its token where its owner says so', async () => {
    expect(await readAs([everything], { allowBroadToken: true })).toMatchObject(readByAll);
  });

  it('whose rights cannot be asked, or that lacks nodes/configz, shows its token to no node', async () => {
    const silent = { others: { 'system:authenticated': [] } };
    expect(await readAs(directRules, silent)).toMatchObject(refused('token-rights-unknown'));
    expect(await readAs(directRules.slice(0, 1))).toMatchObject(refused('nodes-configz-forbidden'));
  });
});

describe('sixty silent kubelets', () => {
  const names = Array.from({ length: 60 }, (_, index) => `n${index}.internal`);
  const silent = names.map((name): LabNode => ({ name, kubelet: { kind: 'hangs' } }));
  let cluster: LabKubernetesCluster;
  beforeAll(async () => {
    cluster = await startCluster(lab, silent);
  });

  it('are asked fifty at once and no more, whatever the setting, and are all out of time when it is stopped', async () => {
    const asked = () => names.filter((name) => cluster.kubelets.of(name).received !== '').length;
    const stop = new AbortController();
    const reading = readDirectly(lab, cluster, { concurrency: 100, nodeTimeoutMs: 600_000, signal: stop.signal });
    await vi.waitFor(() => expect(asked()).toBeGreaterThanOrEqual(50), { timeout: 600_000, interval: 20 });
    stop.abort();

    const readings = Object.values(await reading);
    expect(readings.map((each) => !each.ok && each.error.kind)).toEqual(Array(60).fill('deadline'));
    expect(cluster.kubelets.mostOpen).toBe(50);
  });

  it('are not asked any more after twenty of them, and none is left out', async () => {
    const options = { concurrency: 10, nodeTimeoutMs: seconds(0.3) };
    const readings = Object.values(await readDirectly(lab, cluster, options));
    expect(readings).toHaveLength(60);
    // Those that were on their way when the twentieth fell silent are waited for.
    const timedOut = readings.filter((each) => !each.ok && each.error.timedOut).length;
    expect(timedOut).toBeGreaterThanOrEqual(20);
    expect(timedOut).toBeLessThan(30);
    expect(readings.filter((each) => !each.ok && each.error.because.includes('were silent'))).toHaveLength(
      60 - timedOut,
    );
  });
});
