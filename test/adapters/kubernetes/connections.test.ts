import { describe, expect, it } from 'vitest';
import { AssumeRoleError } from '../../../lambda/adapters/aws-access.ts';
import { systemClock } from '../../../lambda/adapters/clock.ts';
import { configzSource } from '../../../lambda/adapters/kubernetes/configz-source.ts';
import { eksConnections, type InVpc } from '../../../lambda/adapters/kubernetes/connections.ts';
import { kubernetesNodes } from '../../../lambda/adapters/kubernetes/node-list.ts';
import type { Cluster } from '../../../lambda/core/model/model.ts';
import { listNodes, readAll } from '../../fakes/ask-ports.ts';
import { clusterNode } from '../../fakes/ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { seconds } from '../../patience.ts';
import { accountId, credentialsOf, good, names, startCluster } from './started-cluster.ts';

const { signal } = new AbortController();
const lab = await labOfFile(accountId);
const credentials = credentialsOf(lab);
const three = names(3);
const nodes = three.map((name) => clusterNode(name));
const start = (options: Parameters<typeof startCluster>[1] = {}) =>
  startCluster(lab, { nodes: three.map((name) => ({ name, kubelet: good })), ...options });

/** What the list of nodes and configz say of a cluster, one after the other. */
async function listAndRead(
  cluster: Cluster,
  { inVpc = 'unknown', concurrency = 1 }: { inVpc?: InVpc; concurrency?: number } = {},
) {
  const connections = eksConnections({ credentials, clock: systemClock, connections: concurrency, inVpc });
  try {
    const listed = await listNodes(kubernetesNodes({ connections, clock: systemClock }), cluster, signal);
    const source = configzSource({ connections, clock: systemClock, concurrency, nodeTimeoutMs: seconds(10) });
    const readings = await readAll(source, cluster, nodes, signal);
    const problems = readings.flatMap(({ result }) =>
      result.ok || !result.error.problem ? [] : [result.error.problem],
    );
    return { listed, readings, problems };
  } finally {
    connections.close();
  }
}

describe('a private endpoint', () => {
  it('is not dialled from outside a VPC: one problem, at once, and SSM has all the time', async () => {
    const { cluster, lab: started } = await start({ publicAccess: false });
    const { listed, problems } = await listAndRead(cluster, { inVpc: false });

    expect(listed).toMatchObject({
      ok: false,
      error: { code: 'endpoint-private', message: expect.stringContaining(cluster.name) },
    });
    expect(problems).toEqual(three.map(() => (listed.ok ? undefined : listed.error)));
    expect(started.api.sockets.handshakes).toBe(0);
  });

  it.each([true, 'unknown'] as const)('is dialled when it may be reached (in a VPC: %s)', async (inVpc) => {
    const { cluster } = await start({ publicAccess: false });
    const { listed, readings } = await listAndRead(cluster, { inVpc });

    expect(listed.ok && listed.value.length).toBe(3);
    expect(readings.every((each) => each.result.ok)).toBe(true);
  });
});

describe('an endpoint that does not answer', () => {
  it('is waited for once, not once a node, and its addresses are named', async () => {
    const { cluster, lab: started } = await start({
      reachable: 'silent',
      publicAccessCidrs: ['198.51.100.0/24', '203.0.113.7/32'],
    });
    const { listed, problems } = await listAndRead(cluster);

    const problem = {
      code: 'api-unreachable',
      message: expect.stringMatching(
        /not answer in time .*takes connections from 198\.51\.100\.0\/24, 203\.0\.113\.7\/32 only/,
      ),
      remedy: expect.stringContaining('public access CIDRs'),
    };
    expect(listed).toEqual({ ok: false, error: problem });
    expect(problems).toEqual(three.map(() => problem));
    expect(started.takenInSilence).toBe(1);
  });

  it('says nothing of its addresses when it is open to all', async () => {
    const { cluster } = await start({ reachable: false });
    const { listed } = await listAndRead(cluster);

    expect(listed).toMatchObject({ error: { message: expect.not.stringContaining('takes connections') } });
  });
});

describe('the connections of a cluster', () => {
  it('are closed when it is released, and opened anew when it is asked again', async () => {
    const { cluster, lab: started } = await start();
    const connections = eksConnections({ credentials, clock: systemClock, connections: 2 });
    const list = () => listNodes(kubernetesNodes({ connections, clock: systemClock }), cluster, signal);

    expect((await list()).ok).toBe(true);
    expect((await list()).ok).toBe(true);
    expect(started.api.sockets.handshakes).toBe(1);
    connections.release(cluster);
    expect((await list()).ok).toBe(true);
    expect(started.api.sockets.handshakes).toBe(2);
    connections.close();
  });

  it('are made with the credentials of its own account, whose fault is reported as it is', async () => {
    const { cluster } = await start();
    const problem = { code: 'member-role-missing', message: 'member role …', remedy: 'deploy it' };
    const asked: unknown[] = [];
    const connections = eksConnections({
      credentials: (place) => {
        asked.push(place);
        return () => Promise.reject(new AssumeRoleError(problem));
      },
      clock: systemClock,
      connections: 1,
    });

    expect(await listNodes(kubernetesNodes({ connections, clock: systemClock }), cluster, signal)).toEqual({
      ok: false,
      error: problem,
    });
    expect(asked).toMatchObject([{ partition: 'aws', accountId }]);
  });
});
