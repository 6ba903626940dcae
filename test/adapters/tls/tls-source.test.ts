import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ClusterNode, Problem } from '../../../lambda/core/model/model.ts';
import { err, ok } from '../../../lambda/core/model/result.ts';
import { address, ask, clusterOf, nodeAt, probe, readAll, servingCertificate } from './probe.ts';
import { nodeServer, rawServer } from './servers.ts';

const kubeletWithoutCa = async () => {
  const { keyPem, certificatePem } = servingCertificate();
  return await nodeServer({ key: keyPem, cert: certificatePem });
};
const alert = (description: number) => Buffer.from([21, 3, 3, 0, 2, 2, description]);
const nodesAt = (...addresses: readonly string[]): readonly ClusterNode[] => addresses.map((each) => nodeAt(each));
const manyNodes = (count: number) => nodesAt(...Array.from({ length: count }, (_, index) => `10.99.1.${index + 1}`));
const failures = (readings: Awaited<ReturnType<typeof readAll>>) =>
  readings.map(({ result }) => (result.ok ? 'read' : result.error));
const notTried = (because: RegExp) => ({ via: 'tls', kind: 'not-tried', because: expect.stringMatching(because) });
const unreadable = (because: RegExp) => ({ kind: 'unreadable', because: expect.stringMatching(because) });

describe('which addresses are dialled', () => {
  it("those of the cluster's nodes, on the kubelet's port or the one that the Node names", async () => {
    const { port } = await kubeletWithoutCa();
    const { source, dialled } = probe({ port });

    const nodes = [nodeAt('10.99.0.1'), nodeAt('10.99.0.2', { kubeletPort: 10251 })];
    expect(failures(await readAll(source, nodes))).toEqual(['read', 'read']);
    expect(dialled).toEqual(['10.99.0.1:10250', '10.99.0.2:10251']);
  });

  it.each([
    ['loopback', nodeAt('127.0.0.1'), /its InternalIP is loopback/],
    ['the metadata service', nodeAt('169.254.169.254'), /never dialled/],
    ['its own, spelled as IPv6', nodeAt('::ffff:10.99.0.1'), /never dialled/],
    ["outside the cluster's networks", nodeAt('10.98.0.1'), /outside the cluster's VPC/],
    ['a host name', nodeAt('localhost'), /no IP address/],
    ['none', nodeAt(undefined), /InternalIP is not known/],
    ["another node's too", nodeAt('10.99.0.1', { internalIpShared: true }), /more than one node/],
    ['that of a node that is not trusted', nodeAt('10.99.0.1', { distrust: 'it lies' }), /it lies/],
  ])('never %s', async (_what, node, because) => {
    const { source, dialled } = probe();
    expect(failures(await readAll(source, [node]))).toEqual([notTried(because)]);
    expect(dialled).toEqual([]);
  });

  it('none twice, not for another cluster either', async () => {
    const { port } = await kubeletWithoutCa();
    const { source, dialled } = probe({ port });
    await readAll(source, nodesAt(address));

    const again = await readAll(source, nodesAt(address), { cluster: clusterOf(undefined, 'stage') });
    expect(failures(again)).toEqual([notTried(/dialled before in this run, for cluster prod/)]);
    expect(dialled).toHaveLength(1);
  });

  it('none when the networks are not known, which is one problem of the cluster', async () => {
    const problem: Problem = { code: 'ec2-forbidden', message: 'not allowed', remedy: 'allow it' };
    const { source, dialled } = probe({ networks: async () => err(problem) });

    expect(failures(await readAll(source, manyNodes(2)))).toEqual(
      Array(2).fill({ via: 'tls', kind: 'cluster', because: 'not allowed', problem }),
    );
    expect(dialled).toEqual([]);
  });

  it('and EC2 is not asked when there is nothing to dial', async () => {
    let asked = 0;
    const { source } = probe({
      networks: async () => {
        asked += 1;
        return ok([]);
      },
    });
    await readAll(source, [nodeAt(undefined)]);
    expect(asked).toBe(0);
  });
});

describe('a server that is no kubelet', () => {
  it.each([
    ['refuses its connections', undefined, /^port 10250: nothing listens there \(connection refused\)$/],
    ['closes at once', () => Buffer.alloc(0), /the connection was reset/],
    ['speaks HTTP', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /not TLS/],
    ['has no serving certificate yet', () => alert(80), /its signing request waits for approval/],
    ['refuses both versions', () => alert(70), /neither TLS 1\.2 nor 1\.3/],
    ['has nothing in common', () => alert(40), /an alert .*HANDSHAKE_FAILURE\)/],
    ['says another alert', () => alert(48), /an alert .*UNKNOWN_CA\)/],
  ])('and %s is unreadable', async (_what, answer, because) => {
    const server = answer && (await rawServer((socket) => socket.end(answer())));
    expect(await ask(server?.port ?? 1)).toMatchObject(unreadable(because));
  });

  it.each([
    ['sends records without end', (socket: Socket) => socket.write(Buffer.from([22, 3, 3, 0, 4, 2, 255, 255, 255]))],
    ['drips', (socket: Socket) => socket.write(Buffer.from([22]))],
  ])('and %s is cut off, by its bytes or by the time', async (_what, more) => {
    const endless = await rawServer((socket) => {
      const drip = setInterval(() => more(socket), 20);
      socket.on('close', () => clearInterval(drip));
    });
    const { source } = probe({ port: endless.port, nodeTimeoutMs: 200 });

    expect(failures(await readAll(source, nodesAt(address)))).toMatchObject([
      { kind: 'unreadable', because: expect.stringMatching(/no whole answer within 0\.2 s|not TLS/) },
    ]);
  });
});

describe('a whole cluster', () => {
  it('gives one reading a node when the time runs out, for each node that was asked and each that was not', async () => {
    const dark = await rawServer(() => undefined);
    const { source } = probe({ port: dark.port, concurrency: 3 });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);

    const readings = await readAll(source, manyNodes(10), { signal: stop.signal });
    expect(new Set(readings.map((each) => each.node.key)).size).toBe(10);
    expect(failures(readings)).toEqual(Array(10).fill(expect.objectContaining({ kind: 'deadline' })));
  });

  it('is not dialled at all when the time was over before', async () => {
    const { source, dialled } = probe();
    const readings = await readAll(source, manyNodes(3), { signal: AbortSignal.abort() });
    expect(failures(readings)).toEqual(Array(3).fill(expect.objectContaining({ kind: 'deadline' })));
    expect(dialled).toEqual([]);
  });

  it('leaves no connection open', async () => {
    let open = 0;
    const dark = await rawServer((socket) => {
      open += 1;
      socket.on('close', () => (open -= 1));
    });
    const { source } = probe({ port: dark.port, nodeTimeoutMs: 100 });
    await readAll(source, manyNodes(5));
    await delay(50);
    expect(open).toBe(0);
  });
});
