import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../lambda/adapters/clock.ts';
import { tlsSource } from '../../../lambda/adapters/tls/tls-source.ts';
import { wireSource } from '../../../lambda/adapters/wire/wire-source.ts';
import { accessOf } from '../../../lambda/core/judge/access.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import { evaluate } from '../../../lambda/core/judge/evaluate.ts';
import type { KubeletFacts, ReadFailure } from '../../../lambda/core/model/model.ts';
import { ok, type Result } from '../../../lambda/core/model/result.ts';
import { readAll } from '../../fakes/ask-ports.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import type { KubeletPortOptions } from '../../lab/kubernetes/node-object.ts';
import type { Lab } from '../../lab/lab.ts';
import { seconds } from '../../patience.ts';
import { listCluster, readDirectly, startCluster, startDirectLab } from '../direct/read-directly.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startDirectLab();
});
afterAll(async () => await lab.close());

const sources = { tls: tlsSource, wire: wireSource } as const;
type Read = Result<KubeletFacts, ReadFailure>;

const startOne = (direct: KubeletPortOptions) =>
  startCluster(lab, [{ name: 'a.internal', kubelet: { kind: 'recorded', folder: 'file-sets-ca' }, direct }]);

/** The only node of a cluster, read by one source. */
async function readBy(via: keyof typeof sources | 'direct', cluster: LabKubernetesCluster): Promise<Read> {
  const listed = await listCluster(lab, cluster);
  if (via === 'direct')
    return (
      (await readDirectly(lab, cluster, { nodeTimeoutMs: seconds(5), listed }))['a.internal'] ?? expect.unreachable()
    );
  const source = sources[via]({
    clock: systemClock,
    networks: async () => ok(['10.0.0.0/8']),
    dial: cluster.kubelets.dial,
    concurrency: 1,
    nodeTimeoutMs: seconds(5),
  });
  const [reading] = await readAll(source, listed.cluster, listed.nodes);
  return reading?.result ?? expect.unreachable();
}

const verdictsOf = (...reads: readonly Read[]) => {
  const [facts, ...otherFacts] = reads.flatMap((each) => (each.ok ? [each.value] : []));
  const failures = reads.flatMap((each) => (each.ok ? [] : [each.error]));
  const reading = { ...(facts && { facts }), otherFacts, failures };
  const judge = (control: (typeof controls)[number]) => evaluate(control, reading, { now: new Date() });
  return {
    of: (slug: string) => judge(controls.find((each) => each.slug === slug) ?? expect.unreachable(slug)),
    access: () => accessOf(judge),
  };
};

describe('the certificate that a kubelet shows', () => {
  it.each([
    ['cluster', 'pass', 'system:node:a.internal'],
    ['self-signed', 'fail', 'is not signed by the cluster’s CA'],
    ['another-ca', 'fail', 'is not signed by the cluster’s CA'],
    ['expired', 'fail', 'expired on '],
    ['another-node', 'fail', 'names another node'],
    ['pending', 'fail', 'none: '],
  ] as const)('is judged alike by direct, tls and wire: %s', async (serving, status, says) => {
    for (const via of ['direct', 'tls', 'wire'] as const) {
      const verdict = verdictsOf(await readBy(via, await startOne({ serving }))).of('kubelet-serving-certificate');
      expect(verdict, `${via} ${JSON.stringify(verdict)}`).toMatchObject({
        status,
        evidence: { via, value: expect.stringContaining(says) },
      });
    }
  });

  it('gets no token of direct unless it verifies, although it is looked at', async () => {
    for (const serving of ['self-signed', 'another-ca', 'expired', 'another-node'] as const) {
      const cluster = await startOne({ serving });
      await readBy('direct', cluster);
      expect(cluster.kubelets.of('a.internal').received).toBe('');
    }
  });
});

const config = (anonymous: boolean, mode: string) => ({
  authentication: { anonymous: { enabled: anonymous }, webhook: { enabled: true }, x509: { clientCAFile: '/ca.crt' } },
  authorization: { mode },
});

describe('a kubelet that is asked without credentials', () => {
  it.each([
    ['401', { config: config(false, 'Webhook') }, 'pass', 'unknown'],
    ['403 for system:anonymous', { config: config(true, 'Webhook') }, 'fail', 'pass'],
    ['200', { config: config(true, 'AlwaysAllow') }, 'fail', 'unknown'],
    // A 401 of anybody is no proof; the failures of a kubelet at an address that AWS confirms are.
    [
      '401 under its own certificate',
      { config: config(false, 'Webhook'), serving: 'self-signed' },
      'unknown',
      'unknown',
    ],
    ['403 under its own certificate', { config: config(true, 'Webhook'), serving: 'self-signed' }, 'fail', 'pass'],
    ['what no kubelet answers', { redirectTo: 'https://169.254.169.254/' }, 'unknown', 'unknown'],
  ] as const)('by %s decides about anonymous access and authorization', async (_, direct, anonymous, authorization) => {
    const cluster = await startOne(direct);
    const verdicts = verdictsOf(await readBy('wire', cluster));
    expect(verdicts.of('kubelet-anonymous-auth').status).toBe(anonymous);
    expect(verdicts.of('kubelet-authorization-mode').status).toBe(authorization);
  });

  it('gets one request on each of two ports, for /healthz, and shows nothing else', async () => {
    const cluster = await startOne({ config: config(false, 'Webhook'), readOnly: 'kubelet' });
    const port = cluster.kubelets.of('a.internal');
    const read = await readBy('wire', cluster);
    expect([port.connections, port.openRequests]).toEqual([1, ['GET /healthz without credentials']]);
    expect(port.received).toMatch(/^GET \/healthz HTTP\/1\.1\r\n/);
    expect(port.received).not.toMatch(/authorization|cookie/i);
    expect(verdictsOf(read).of('kubelet-client-ca-file').status).toBe('unknown');
  });

  it.each([
    ['kubelet', 'fail'],
    ['another', 'unknown'],
    [undefined, 'unknown'],
  ] as const)('fails the read-only port where its read-only server answers there: %s', async (readOnly, status) => {
    const cluster = await startOne({ config: config(false, 'Webhook'), ...(readOnly && { readOnly }) });
    expect(verdictsOf(await readBy('wire', cluster)).of('kubelet-read-only-port').status).toBe(status);
  });

  it('decides the headline with the handshake and without any right in the cluster, where it is open', async () => {
    const open = await startOne({ config: config(true, 'AlwaysAllow') });
    expect(verdictsOf(await readBy('tls', open), await readBy('wire', open)).access()).toMatchObject({
      status: 'fail',
      because: expect.stringContaining('anonymous access'),
    });
  });
});

it('of what the configuration and the wire say, the worse counts, and both are shown', async () => {
  const configured = await readBy(
    'direct',
    await startOne({ config: { ...config(false, 'Webhook'), readOnlyPort: 0 } }),
  );
  const asked = await readBy('wire', await startOne({ config: config(true, 'Webhook'), readOnly: 'kubelet' }));
  for (const reads of [
    [configured, asked],
    [asked, configured],
  ]) {
    const verdicts = verdictsOf(...reads);
    for (const slug of ['kubelet-anonymous-auth', 'kubelet-read-only-port'])
      expect(verdicts.of(slug)).toMatchObject({
        status: 'fail',
        evidence: {
          via: 'wire',
          notes: expect.arrayContaining([expect.stringMatching(/^contradicted: .* by its own port/)]),
        },
      });
  }
});
