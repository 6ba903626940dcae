import { expect, it } from 'vitest';
import { remediateKubeletDocument } from '../../infra/documents/remediation/remediate-kubelet.ts';
import { ssmGroupLocks } from '../../lambda/adapters/ssm/group-locks.ts';
import { ssmRemedies } from '../../lambda/adapters/ssm/remediation-command.ts';
import { remediateDocumentName, remedyMarker } from '../../lambda/contract/remediation-names.ts';
import { newProgress, type PaceOptions, resumed } from '../../lambda/core/fix/remediation/run/progress.ts';
import type { NodeReadiness } from '../../lambda/core/fix/remediation/run/readiness.ts';
import { runIdOf } from '../../lambda/core/fix/remediation/run/run-record.ts';
import { clientCaFile } from '../../lambda/core/judge/controls/client-ca-file.ts';
import { err, ok } from '../../lambda/core/model/result.ts';
import type { Readiness } from '../../lambda/flow/remediate/ports.ts';
import { applyPlan, planAfterRun, planCluster } from '../../lambda/flow/remediate/remediate.ts';
import { slowCluster, slowSsm } from '../bench/slow-ssm.ts';
import { compliant } from '../core/findings/compliant-audit.ts';
import { FakeSource, factsOf, fakePorts, instanceWith, listed } from '../fakes/ports.ts';

// The program's own adapter and the lab's Systems Manager on a virtual clock: 2,000 machines in four groups, a change takes about 75 s.

const count = Number(process.env['FLEET_MACHINES'] ?? 2_000);
const groups = ['aa', 'bb', 'cc', 'dd'];
const ca = 'authentication.x509.clientCAFile';
const file = '/etc/kubernetes/kubelet/config.json';
const answer = `${remedyMarker}\noutcome=changed\nreason=confirmed\nwords=it is well\nend=4\n`;

async function largeFleet() {
  const ssm = slowSsm({
    nodes: count,
    timing: { seed: 1, callMs: 60, commandMs: 75_000 },
    rates: { sendCommand: { perSecond: 5, burst: 10 }, others: { perSecond: 25, burst: 50 } },
    document: { name: remediateDocumentName, content: remediateKubeletDocument(), answer },
  });
  const { clock } = ssm;
  const ids = ssm.nodes.map(({ key }) => key);
  const groupOf = (index: number) => groups[Math.floor((index * groups.length) / count)] ?? '';
  const { endpoint } = compliant.cluster;
  const cluster = { ...slowCluster, ...(endpoint && { endpoint: { ...endpoint, caFingerprints: ['ab'.repeat(32)] } }) };

  const isFixed = new Set<string>();
  const source = new FakeSource('ssm', ({ key }) => {
    const value = isFixed.has(key) ? '/etc/kubernetes/pki/ca.crt' : '';
    return ok(factsOf('ssm', { [ca]: { state: 'known', value, origin: { from: 'file', file } } }));
  });
  const readinessOf = (index: number): NodeReadiness => ({
    name: `n${index}`,
    ready: !down.has(index),
    heartbeatAt: clock.now().toISOString(),
  });
  /** Numbers of nodes that are not Ready. */
  const down = new Set<number>();
  const network = { isLost: false };
  const lost = err({ code: 'api-unreachable', message: 'the network is gone', remedy: 'wait' });
  const readiness: Readiness = {
    all: async () => (network.isLost ? lost : ok(ids.map((_, index) => readinessOf(index)))),
    one: async (_cluster, name) => ok(readinessOf(Number(name.slice(1)))),
  };
  const remedies = ssmRemedies({ client: () => ssm.client(), clock, stableSeconds: 60 });
  const ports = {
    ...fakePorts({
      clusters: [ok(cluster)],
      nodes: ok(ids.map((id, index) => listed(`n${index}`, { providerId: `aws:///eu-central-1a/${id}` }))),
      instances: ok(ids.map((id, index) => instanceWith({ id, group: { kind: 'managed', name: groupOf(index) } }))),
      sources: [source],
      clock,
    }),
    readiness,
    locks: ssmGroupLocks({ client: () => ssm.client(), clock, holder: 'me@here', isAlive: () => true }),
    remedies: {
      ...remedies,
      async run(...[of, node, request]: Parameters<typeof remedies.run>) {
        const end = await remedies.run(of, node, request);
        if (end.kind === 'answered') isFixed.add(node.instanceId);
        return end;
      },
    },
  };
  return { ...ssm, cluster, ids, ports, down, network, isFixed };
}

const options = { controls: [clientCaFile], benchmark: 'cis-eks-1.8.0', scope: 'node-group', wanted: 'blue' } as const;
const pace: PaceOptions = {
  maxUnavailable: { percent: 4 },
  maxFailures: 1,
  canary: 1,
  maxUnready: 10,
  withoutReady: false,
};

it('2,000 machines are fixed in the order of their groups and within the budget, over a network loss and a resume', async () => {
  const fleet = await largeFleet();
  const { ports, clock, down, network } = fleet;
  const { signal } = new AbortController();
  const run = runIdOf(clock.now(), '0a1b2c', {
    cluster: 'blue',
    controls: [],
    groups: [],
    nodes: [],
    skipped: [],
  });
  const size = count / groups.length;
  const budget = Math.max(1, Math.floor(size * 0.04));
  // Not Ready since before the run: these count in the budget of their group.
  for (const index of [1, 2, 3]) down.add(index);

  const running = new Set<string>();
  const order: string[] = [];
  const most = { running: 0, inFirstGroup: 0 };
  const progress = {
    nodeStarted({ key, group }: { readonly key: string; readonly group: string }) {
      running.add(key);
      order.push(group);
      most.running = Math.max(most.running, running.size);
      if (group === 'managed/aa') most.inFirstGroup = Math.max(most.inFirstGroup, running.size);
      // The connection is lost in the second group, for all that ask.
      if (order.length === Math.floor(count * 0.4)) network.isLost = true;
    },
    nodeEnded: ({ key }: { readonly key: string }) => void running.delete(key),
    waits: () => undefined,
  };
  const applying = { ...options, ...pace, mode: 'apply', run, progress, interrupt: signal } as const;
  const began = clock.now().getTime();
  const minutes = () => Math.round((clock.now().getTime() - began) / 60_000);
  const log: string[] = [];

  await clock.run(
    (async () => {
      const { audit, plan } = await planCluster(ports, { ...options, signal });
      const first = await applyPlan(ports, { ...applying, audit, work: newProgress(plan) });
      const done = first.progress.groups.flatMap(({ nodes }) => nodes).filter(({ state }) => state === 'done').length;
      log.push(`${done} of ${count} fixed after ${minutes()} min, then the network was lost`);
      expect(first).toMatchObject({ ended: 'stopped', problem: { code: 'readiness-unknown' } });
      // Those under way were waited for, and nothing else was begun.
      expect(done).toBe(fleet.isFixed.size);

      network.isLost = false;
      const again = await planAfterRun(ports, { ...options, run, signal });
      expect(again.earlier).toHaveLength(done);
      expect(again.earlier.every(({ outcome }) => outcome === 'changed')).toBe(true);
      const work = resumed(newProgress(again.plan), again.audit, again.earlier);
      const last = await applyPlan(ports, { ...applying, audit: again.audit, work });
      const states = Map.groupBy(
        last.progress.groups.flatMap(({ nodes }) => nodes),
        ({ state }) => state,
      );
      expect([states.get('done')?.length, states.get('untouched')?.length]).toEqual([count - 3, 3]);
      expect(last.ended).toBe('finished');
      // Each machine once, whatever was lost.
      const sent = await ports.remedies.sent(fleet.cluster, run);
      const machines = sent.ok ? sent.value.map(({ instanceId }) => instanceId) : [];
      expect([machines.length, new Set(machines).size]).toEqual([count - 3, count - 3]);
      log.push(
        `${states.get('done')?.length} of ${count} fixed after ${minutes()} min and one resume; at most ${most.running} at a time`,
      );
    })(),
  );
  console.log(log.join('\n'));
  await fleet.close();
  expect(most).toEqual({ running: budget, inFirstGroup: budget - 3 });
  // The canaries first, then group after group.
  expect(order.slice(0, 4)).toEqual(groups.map((name) => `managed/${name}`));
  expect(order.slice(4, Math.floor(count * 0.4)).map((name) => groups.indexOf(name.slice(8)))).toEqual(
    order
      .slice(4, Math.floor(count * 0.4))
      .map((name) => groups.indexOf(name.slice(8)))
      .toSorted(),
  );
});
