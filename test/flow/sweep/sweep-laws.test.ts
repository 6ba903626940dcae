import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ec2Client } from '../../../lambda/adapters/ec2/client.ts';
import { ec2Machines } from '../../../lambda/adapters/ec2/machines.ts';
import { openedBySweep } from '../../../lambda/core/findings/lifecycle/opened-by-sweep.ts';
import { rollUp } from '../../../lambda/core/findings/roll-up.ts';
import type { Verdict } from '../../../lambda/core/model/model.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import { CensusCount } from '../../../lambda/core/report/history/census-history.ts';
import type { CensusLine } from '../../../lambda/core/run/census.ts';
import { sinceWhen } from '../../../lambda/core/run/sweeps/decide-sweep.ts';
import { sweptNodes } from '../../../lambda/flow/sweep/swept-nodes.ts';
import { arn, clientCa, failed, judged, node, passed, warned } from '../../core/findings/compliant-audit.ts';
import { cluster, fakePorts, instanceWith } from '../../fakes/ports.ts';
import { type Lab, startLab } from '../../lab/lab.ts';

const place = { partition: 'aws', accountId: '111122223333', region: 'eu-central-1' };
const { signal } = new AbortController();
const now = Date.parse('2026-11-28T14:00:00.000Z');
let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ clock: () => now });
  process.env['AWS_ENDPOINT_URL'] = lab.endpoint;
});
afterAll(async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  await lab.close();
});

it('a sweep asks EC2 for exactly the machines of clusters that are ending or have ended', async () => {
  const states = ['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated'] as const;
  const tags = [{ 'eks:cluster-name': 'blue' }, { 'kubernetes.io/cluster/green': 'owned' }, { Name: 'of no cluster' }];
  const all = states.flatMap((state, row) =>
    tags.map((of, column) => ({ id: `i-0000000${row}${column}`, state, tags: of, isOfCluster: column < 2 })),
  );
  for (const { isOfCluster: _, ...each } of all)
    lab.ec2.putInstance(place.accountId, place.region, { ...each, launchedAt: now - 60_000 });
  const credentials = lab.addAccount(place.accountId);
  const machines = ec2Machines({
    client: () => ec2Client({ region: place.region, credentials: async () => credentials }),
  });

  const found = await machines.ended(place, signal);
  const ended = all.filter(({ state, isOfCluster }) => isOfCluster && ['shutting-down', 'terminated'].includes(state));
  expect(found.ok && found.value.map(({ id }) => id).toSorted()).toEqual(ended.map(({ id }) => id).toSorted());
  expect(found.ok && found.value.every((each) => each.ended)).toBe(true);
});

it('a sweep reads a machine only as one of the cluster in its tags, or of the cluster’s own VPC without any', async () => {
  const vpcId = 'vpc-1';
  const name = fc.constantFrom(cluster.name, 'another');
  const machine = fc.record({ clusters: fc.uniqueArray(name), vpcId: fc.constantFrom(vpcId, 'vpc-2', undefined) });
  const property = fc.asyncProperty(
    machine,
    fc.constantFrom(vpcId, undefined),
    async ({ clusters, vpcId: of }, own) => {
      const instance = instanceWith({ id: 'i-00000001', state: 'running', clusters, ...(of && { vpcId: of }) });
      const ports = { ...fakePorts({ nodes: ok([]) }), instanceLookup: { find: async () => ok([instance]) } };
      const swept = { instanceId: instance.id, launchedAt: '', state: 'running', nodeNames: [], attempt: 0 };
      const group = { kind: 'managed', name: 'workers' } as const;
      const { instanceDirectories } = sweptNodes(ports, [{ ...swept, group }]).ports;
      const { network: _, ...bare } = cluster;
      const here = { ...bare, ...(own && { network: { vpcId: own } }) };
      const found = await instanceDirectories[0]?.instances(here as typeof cluster, signal);
      const isOurs = clusters.includes(cluster.name) || (clusters.length === 0 && of !== undefined && of === own);
      expect(found?.ok && found.value.length).toBe(isOurs ? 1 : 0);
    },
  );
  await fc.assert(property);
});

it('a sweep opens nothing, and remembers no machine, for a failure that a waiver covers', () => {
  const waived = { ...(failed as object), waived: { until: '', by: '', reason: '' } } as Verdict;
  const verdicts = fc.array(fc.constantFrom(failed, waived, passed, warned), { minLength: 1, maxLength: 6 });
  const property = fc.property(verdicts, (all) => {
    const nodes = all.map((verdict, index) => judged(node(1 + index), verdict));
    const rolled = rollUp({ nodes }, [clientCa], 'node-group').toArray();
    const at = '2026-11-28T14:15:00.000Z';
    const { opened, remember } = openedBySweep({}, { rolled, cluster: arn, listed: at, at });
    const known = Object.values(remember?.opened ?? {}).flatMap(({ machines }) => Object.keys(machines));
    const isWaived = (id: string) => all[Number.parseInt(id.slice(2), 16) - 1] === waived;
    expect(known.filter(isWaived)).toEqual([]);
    if (!all.includes(failed) && !all.includes(warned)) expect([opened, remember]).toEqual([[], undefined]);
    if (all.includes(failed)) expect(opened).toHaveLength(1);
  });
  fc.assert(property);
});

it('a sweep looks back over two intervals, and never further than one before the last run', () => {
  const at = fc.integer({ min: 0, max: 10_000 }).map((minutes) => new Date(now + minutes * 60_000).toISOString());
  const property = fc.property(at, at, at, (startedAt, sweptAt, launchedAt) => {
    const run = { runId: 'r', startedAt, places: [place], clusters: new Map() };
    const before = { version: 1, sweptAt, everyMinutes: 15, begunAt: sweptAt, runId: 'r' } as const;
    const lists = { behind: [], newClusters: [], machines: [], started: [], records: [] };
    const since = sinceWhen({ before: { ...before, ...lists }, run, everyMinutes: 15 }, place).toISOString();
    const minutesBefore = (other: string) => (Date.parse(other) - Date.parse(launchedAt)) / 60_000;
    if (minutesBefore(sweptAt) <= 15 && minutesBefore(startedAt) <= 15) expect(since <= launchedAt).toBe(true);
    if (minutesBefore(startedAt) > 15) expect(since > launchedAt).toBe(true);
  });
  fc.assert(property);
});

it('a life is counted once and by the best that was known of it, whatever lines come later', () => {
  const at = '2026-11-28T14:15:00.000Z';
  const common = {
    version: 1,
    sweepAt: at,
    accountId: place.accountId,
    region: place.region,
    cluster: 'blue',
  } as const;
  const line: CensusLine = {
    ...common,
    instanceId: 'i-00000001',
    group: { kind: 'managed', name: 'a' },
    launchedAt: at,
  };
  const ended = { seenAt: '2026-11-29T14:15:00.000Z', because: 'over' };
  const kind = fc.constantFrom('waiting', 'unreadable', 'too-young', 'contested');
  const what = fc.oneof(
    fc.constant({ judged: { at, by: 'sweep', via: 'configz', worst: 'fail' } } as const),
    kind.map((each) => ({ notJudged: { kind: each, because: 'so it is' } }) as const),
    fc.constant({ ended } as const),
  );
  const property = fc.property(fc.array(what, { minLength: 1, maxLength: 6 }), (all) => {
    const count = new CensusCount();
    const head = { version: 1, sweepAt: at, everyMinutes: 15, begunAt: at };
    for (const each of [head, ...all.map((more) => ({ ...line, ...more }))]) count.add(JSON.stringify(each));
    const isJudged = all.some((each) => 'judged' in each);
    const reason = all.flatMap((each) => ('notJudged' in each ? each.notJudged.kind : [])).at(-1);
    const { history } = count;
    expect([history?.judged, history?.failed]).toEqual(isJudged ? [1, 1] : [0, 0]);
    expect(history?.launched).toBe(isJudged || reason ? 1 : 0);
    const counted = Object.entries(history?.notJudged ?? {}).filter(([, number]) => number > 0);
    expect(counted).toEqual(isJudged || !reason ? [] : [[reason, 1]]);
  });
  fc.assert(property);
});
