import { describe, expect, it } from 'vitest';
import { kubeconfigMode } from '../../../lambda/core/judge/controls/file-controls.ts';
import type { ClusterAudit, Problem } from '../../../lambda/core/model/model.ts';
import { OperatorError } from '../../../lambda/core/model/operator-error.ts';
import { err, ok } from '../../../lambda/core/model/result.ts';
import { auditClusters } from '../../../lambda/flow/audit/audit-cluster.ts';
import type { KubeletSource, NodeList } from '../../../lambda/flow/audit/ports.ts';
import { cluster, FakeClock, FakeSource, factsOf, failure, fakePorts, listed, silentLog } from '../../fakes/ports.ts';
import { noCa } from '../run/item-options.ts';
import { auditAll, auditOne, auditOptions as options } from './audit-all.ts';

const ca = 'authentication.x509.clientCAFile';
const slug = 'kubelet-client-ca-file';
const problem: Problem = { code: 'nodes-list-forbidden', message: 'may not list nodes', remedy: 'grant it' };
const instance = {
  id: 'i-0123456789abcdef0',
  state: 'running',
  platform: 'linux',
  group: { kind: 'managed', name: 'workers' },
} as const;

const read = (sources: readonly KubeletSource[], names?: readonly string[]) => auditOne(options, sources, names);
const verdicts = (audit: ClusterAudit | undefined) => audit?.nodes.map((each) => each.verdicts[slug]);
const statuses = (audit: ClusterAudit | undefined) => verdicts(audit)?.map((each) => each?.status);

describe('auditClusters', () => {
  it('asks the next source only about nodes that the one before could not read, or on which it left a control open', async () => {
    const twice = { [ca]: { state: 'unknown', because: 'a key is there twice' } } as const;
    const configz = new FakeSource('configz', {
      a: ok(factsOf('configz')),
      b: failure('kubelet-refused', '401'),
      c: ok(factsOf('configz', twice)),
    });
    const ssm = new FakeSource('ssm', { b: ok(factsOf('ssm', noCa)), c: ok(factsOf('ssm', noCa)) });
    expect(statuses(await read([configz, ssm], ['a', 'b', 'c']))).toEqual(['pass', 'fail', 'fail']);
    expect(ssm.asked).toEqual(['b', 'c']);
  });

  it('asks for a handshake where command line and files do not explain a refusal', async () => {
    const sources = [
      new FakeSource('configz', { a: failure('kubelet-refused', '401') }),
      new FakeSource('ssm', { a: ok(factsOf('ssm')) }),
      new FakeSource('tls', { a: ok(factsOf('tls')) }),
    ];
    expect(verdicts(await read(sources))).toMatchObject([{ status: 'pass', evidence: { via: 'tls' } }]);
    expect(sources.map((each) => each.asked.length)).toEqual([1, 1, 1]);
  });

  it('says which controls it looked at, and which it left out', async () => {
    const audit = await auditOne({ ...options, leftOut: [kubeconfigMode] }, [], []);
    expect(audit?.controls).toEqual({ lookedAt: [slug], leftOut: ['kubelet-kubeconfig-mode'] });
  });

  it('reports a node that nothing can reach, or that a source forgot, as unknown, never as a pass, with everything that was tried', async () => {
    const unmanaged = err({ via: 'ssm', kind: 'unreadable', because: 'not managed' } as const);
    const configz = new FakeSource('configz', { a: failure('unreadable', 'connection refused') });
    const because = 'configz: connection refused; ssm: not managed';
    const sources = [configz, new FakeSource('ssm', { a: unmanaged })];
    expect(verdicts(await read(sources))).toEqual([{ status: 'unknown', because }]);
    const forgotten = { status: 'unknown', because: expect.stringContaining('said nothing') };
    expect(verdicts(await read([new FakeSource('configz', {})]))).toMatchObject([forgotten]);
  });

  it('takes only the first of two readings of one node', async () => {
    const twice = new FakeSource('configz', () => [ok(factsOf('configz', noCa)), ok(factsOf('configz'))]);
    expect(statuses(await read([twice]))).toEqual(['fail']);
  });

  it('drops a node that left after it was listed', async () => {
    const ssm = new FakeSource('ssm', {});
    expect(statuses(await read([new FakeSource('configz', { a: failure('node-gone', '404') }), ssm]))).toEqual([]);
    expect(ssm.asked).toEqual([]);
  });

  it('reports a fault that every node runs into once for the cluster', async () => {
    const forbidden = new FakeSource('configz', () => failure('cluster', problem.message, problem));
    expect((await read([forbidden], ['a', 'b']))?.problems).toEqual([problem]);
  });

  it('audits the instances that AWS knows when the API server lists none, under the same keys', async () => {
    const sources = [new FakeSource('ssm', { [instance.id]: ok(factsOf('ssm')) })];
    const ports = fakePorts({ nodes: err(problem), instances: ok([instance]), sources });
    const [audit] = (await auditAll(ports, options)).clusters;
    expect(audit).toMatchObject({ inventory: { from: 'tags', complete: false }, problems: [problem] });
    expect([audit?.nodes[0]?.node.key, statuses(audit)]).toEqual([instance.id, ['pass']]);
  });

  it('confirms no machine when a part of AWS could not be asked', async () => {
    const ports = {
      ...fakePorts({ nodes: ok([listed('a', { providerId: instance.id })]) }),
      instanceDirectories: [{ instances: async () => ok([instance]) }, { instances: async () => err(problem) }],
    };
    const { clusters } = await auditAll(ports, options);
    expect(clusters[0]?.nodes[0]?.node.machine.status).toBe('unconfirmed');
  });

  it('goes on with the other clusters when one cannot be described, one fails and one is not active', async () => {
    const errors: string[] = [];
    const called = (name: string, change = {}) => ok({ ...cluster, name, ...change });
    const ports = fakePorts({
      clusters: [err(problem), called('broken'), called('new', { status: 'CREATING' }), ok(cluster)],
      sources: [new FakeSource('configz', { a: ok(factsOf('configz')) })],
      log: { ...silentLog, error: (message) => errors.push(message) },
    });
    const nodes = async ({ name }: typeof cluster) =>
      name === 'broken' ? Promise.reject(new TypeError('boom')) : ok([listed('a')]);
    const audit = await auditAll({ ...ports, nodeList: { nodes } }, options);

    expect(audit.problems.map((each) => each.code).toSorted()).toEqual(['nodes-list-forbidden', 'unexpected-error']);
    expect(
      audit.clusters.map((each) => [each.cluster.name, each.nodes.length, each.problems.map((one) => one.code)]),
    ).toEqual([
      ['new', 0, ['cluster-not-active']],
      ['prod', 1, []],
    ]);
    expect(errors).toHaveLength(1);
  });

  it.each([
    ['CREATING', /do nothing if it is being deleted; otherwise audit it again/],
    ['FAILED', /delete it if it cannot be fixed/],
  ])('says what to do about a cluster that is %s', async (status, remedy) => {
    const { clusters } = await auditAll(fakePorts({ clusters: [ok({ ...cluster, status })] }), options);
    const inactive = { code: 'cluster-not-active', remedy: expect.stringMatching(remedy) };
    expect(clusters[0]?.problems).toMatchObject([inactive]);
  });

  it('stops listing nodes at the deadline, and says what it has', async () => {
    const clock = new FakeClock();
    const ports = fakePorts({ clock, instances: ok([instance]) });
    const nodes: NodeList['nodes'] = (_, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(err(problem)));
      });
    const audit = auditAll(
      { ...ports, nodeList: { nodes } },
      { ...options, deadline: new Date(clock.now().getTime() + 10_000) },
    );
    await new Promise(setImmediate);
    clock.pass(10_000);

    expect((await audit).clusters).toMatchObject([{ inventory: { from: 'tags' }, nodes: [{}], problems: [problem] }]);
  });

  it('says of nodes that a person did not wait for that the audit was interrupted, and of no time limit', async () => {
    const late = new FakeSource('configz', () => failure('deadline', 'the time for it had run out'));
    const because = async (signal: AbortSignal) =>
      (await auditOne({ ...options, signal }, [late]))?.nodes[0]?.failures[0];
    expect(await because(AbortSignal.abort())).toMatchObject({
      kind: 'interrupted',
      because: 'the audit was interrupted before this node was read',
    });
    const limit = AbortSignal.abort(new DOMException('', 'TimeoutError'));
    expect(await because(limit)).toMatchObject({ kind: 'deadline', because: expect.stringContaining('run out') });
  });

  it('keeps the verdicts, and names one problem, when publishing breaks', async () => {
    const sources = [new FakeSource('configz', { a: ok(factsOf('configz')) })];
    const ports = fakePorts({ nodes: ok([listed('a')]), sources });
    ports.findings.write = () => Promise.reject(new TypeError('boom'));
    const [audit] = (await auditAll(ports, { ...options, publish: true })).clusters;

    expect(statuses(audit)).toEqual(['pass']);
    expect(audit?.problems.map((each) => each.code)).toEqual(['unexpected-error']);
    expect(audit?.published).toBeUndefined();
  });

  describe('with many clusters', () => {
    const names = Array.from({ length: 30 }, (_, index) => `c${index}`);
    const ports = () => {
      const asked: string[] = [];
      const given = fakePorts({ clusters: names.map((name) => ok({ ...cluster, name })) });
      const nodes = async ({ name }: { readonly name: string }) => {
        asked.push(name);
        // The first ones take longest.
        for (let turn = asked.length; turn < names.length; turn += 1) await new Promise(setImmediate);
        return ok([]);
      };
      return { asked, ports: { ...given, nodeList: { nodes } } };
    };

    it('yields them in the order of the directory, and has no more than 8 in memory until they are taken', async () => {
      const { asked, ports: given } = ports();
      const results = auditClusters(given, options)[Symbol.asyncIterator]();
      await results.next();
      for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
      expect(asked.length).toBeLessThanOrEqual(9);
      await results.return?.();

      const { clusters } = await auditAll(ports().ports, options);
      expect(clusters.map((each) => each.cluster.name)).toEqual(names);
    });

    it('ends with an error when the directory does', async () => {
      const directory = {
        async *clusters() {
          yield ok(cluster);
          throw new OperatorError('eks-forbidden', 'may not list clusters');
        },
      };
      await expect(auditAll({ ...ports().ports, clusters: directory }, options)).rejects.toThrow('may not list');
    });
  });
});
