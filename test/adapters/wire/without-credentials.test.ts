import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../lambda/adapters/clock.ts';
import { tlsSource, wireSource } from '../../../lambda/adapters/tls/connection-sources.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import { evaluate } from '../../../lambda/core/judge/evaluate.ts';
import type { KubeletFacts, ReadFailure } from '../../../lambda/core/model/model.ts';
import { ok, type Result } from '../../../lambda/core/model/result.ts';
import { readAll } from '../../fakes/ask-ports.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import type { KubeletPortOptions } from '../../lab/kubernetes/node-object.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { seconds } from '../../patience.ts';
import { accountId, hostOf, listCluster, readDirectly, startCluster } from '../direct/read-directly.ts';

const lab = await labOfFile(accountId);

const sources = { tls: tlsSource, wire: wireSource } as const;
type Read = Result<KubeletFacts, ReadFailure>;

const config = (anonymous: boolean, mode: string) => ({
  authentication: { anonymous: { enabled: anonymous }, webhook: { enabled: true }, x509: { clientCAFile: '/ca.crt' } },
  authorization: { mode },
});

/** The nodes of a cluster, by what they are called here: each kubelet listens so on its ports. */
const start = (ports: Readonly<Record<string, KubeletPortOptions>>) =>
  startCluster(
    lab,
    Object.entries(ports).map(([what, direct]) => ({
      name: hostOf(what),
      kubelet: { kind: 'recorded', folder: 'file-sets-ca' },
      direct,
    })),
  );

/** What one source reads of each node. */
async function readBy(via: keyof typeof sources | 'direct', cluster: LabKubernetesCluster) {
  const listed = await listCluster(lab, cluster);
  if (via === 'direct') {
    const readings = await readDirectly(lab, cluster, { nodeTimeoutMs: seconds(5), listed });
    return { of: (what: string) => readings[hostOf(what)] };
  }
  const source = sources[via]({
    clock: systemClock,
    networks: async () => ok(['10.0.0.0/8']),
    dial: cluster.kubelets.dial,
    concurrency: 10,
    nodeTimeoutMs: seconds(5),
  });
  const readings = await readAll(source, listed.cluster, listed.nodes);
  return { of: (what: string) => readings.find(({ node }) => node.name === hostOf(what))?.result };
}

const verdictsOf = (...reads: readonly (Read | undefined)[]) => {
  const [facts, ...otherFacts] = reads.flatMap((each) => (each?.ok ? [each.value] : []));
  const failures = reads.flatMap((each) => (!each || each.ok ? [] : [each.error]));
  const reading = { ...(facts && { facts }), otherFacts, failures };
  const judge = (control: (typeof controls)[number]) => evaluate(control, reading, { now: new Date() });
  return {
    of: (slug: string) => judge(controls.find((each) => each.slug === slug) ?? expect.unreachable(slug)),
  };
};

describe('the certificate that a kubelet shows', () => {
  const servings = {
    cluster: ['pass', 'system:node:cluster.internal'],
    'self-signed': ['fail', 'is not signed by the cluster’s CA'],
    'another-ca': ['fail', 'is not signed by the cluster’s CA'],
    expired: ['fail', 'expired on '],
    'another-node': ['fail', 'names another node'],
    pending: ['fail', 'none: '],
  } as const;
  const named = Object.keys(servings) as (keyof typeof servings)[];
  let cluster: LabKubernetesCluster;
  beforeAll(async () => {
    cluster = await start(Object.fromEntries(named.map((serving) => [serving, { serving }])));
  });

  it.each(['direct', 'tls', 'wire'] as const)(
    'is judged alike by every source, here by %s, and gets no token unless it verifies',
    async (via) => {
      const readings = await readBy(via, cluster);
      for (const serving of named) {
        const [status, says] = servings[serving];
        const verdict = verdictsOf(readings.of(serving)).of('kubelet-serving-certificate');
        expect(verdict, `${via} ${serving} ${JSON.stringify(verdict)}`).toMatchObject({
          status,
          evidence: { via, value: expect.stringContaining(says) },
        });
        if (serving !== 'cluster') expect(cluster.kubelets.of(hostOf(serving)).received).not.toContain('Bearer');
      }
    },
  );
});

describe('a kubelet that is asked without credentials', () => {
  // By what it answers, what is decided about anonymous access and authorization.
  const answers: Readonly<Record<string, readonly [KubeletPortOptions, string, string]>> = {
    '401': [{ config: config(false, 'Webhook') }, 'pass', 'unknown'],
    '403 for system:anonymous': [{ config: config(true, 'Webhook') }, 'fail', 'pass'],
    '200': [{ config: config(true, 'AlwaysAllow') }, 'fail', 'unknown'],
    // A 401 of anybody is no proof; the failures of a kubelet at an address that AWS confirms are.
    '401 under its own certificate': [
      { config: config(false, 'Webhook'), serving: 'self-signed' },
      'unknown',
      'unknown',
    ],
    '403 under its own certificate': [{ config: config(true, 'Webhook'), serving: 'self-signed' }, 'fail', 'pass'],
    'what no kubelet answers': [{ redirectTo: 'https://169.254.169.254/' }, 'unknown', 'unknown'],
  };
  const readOnly: Readonly<Record<string, readonly [KubeletPortOptions, string]>> = {
    'its read-only server answers': [{ config: config(false, 'Webhook'), readOnly: 'kubelet' }, 'fail'],
    'another server answers': [{ config: config(false, 'Webhook'), readOnly: 'another' }, 'unknown'],
    'nothing answers': [{ config: config(false, 'Webhook') }, 'unknown'],
  };
  let cluster: LabKubernetesCluster;
  let readings: Awaited<ReturnType<typeof readBy>>;
  beforeAll(async () => {
    cluster = await start(
      Object.fromEntries(
        [...Object.entries(answers), ...Object.entries(readOnly)].map(([name, [port]]) => [name, port]),
      ),
    );
    readings = await readBy('wire', cluster);
  });

  it.each(Object.entries(answers))(
    'decides by %s about anonymous access and authorization',
    (name, [, anonymous, authorization]) => {
      const verdicts = verdictsOf(readings.of(name));
      expect(verdicts.of('kubelet-anonymous-auth').status).toBe(anonymous);
      expect(verdicts.of('kubelet-authorization-mode').status).toBe(authorization);
    },
  );

  it.each(Object.entries(readOnly))('decides about its read-only port where %s there', (name, [, status]) => {
    expect(verdictsOf(readings.of(name)).of('kubelet-read-only-port').status).toBe(status);
  });

  it('gets one request on each of two ports, for /healthz, and shows nothing else', () => {
    const port = cluster.kubelets.of(hostOf('its read-only server answers'));
    expect([port.connections, port.openRequests]).toEqual([1, ['GET /healthz without credentials']]);
    expect(port.received).toMatch(/^GET \/healthz HTTP\/1\.1\r\n/);
    expect(port.received).not.toMatch(/authorization|cookie/i);
    const read = readings.of('its read-only server answers');
    expect(verdictsOf(read).of('kubelet-client-ca-file').status).toBe('unknown');
  });
});

it('of what the configuration and the wire say, the worse counts, and both are shown', async () => {
  const cluster = await start({
    closed: { config: { ...config(false, 'Webhook'), readOnlyPort: 0 } },
    open: { config: config(true, 'Webhook'), readOnly: 'kubelet' },
  });
  const configured = (await readBy('direct', cluster)).of('closed');
  const asked = (await readBy('wire', cluster)).of('open');
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
