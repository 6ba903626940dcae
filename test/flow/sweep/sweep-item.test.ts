import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Memory, RememberedFinding } from '../../../lambda/core/findings/lifecycle/memory.ts';
import type { Instance, KubeletFacts, ReadFailure } from '../../../lambda/core/model/model.ts';
import { err, ok, type Result } from '../../../lambda/core/model/result.ts';
import type { SweepItem } from '../../../lambda/core/run/sweep.ts';
import type { SweepPorts } from '../../../lambda/flow/sweep/ports.ts';
import { sweepItem } from '../../../lambda/flow/sweep/sweep-item.ts';
import { fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { cluster, FakeClock, FakeSource, factsOf, instanceWith, listed } from '../../fakes/ports.ts';
import { FakeSweepMemory, FakeSweepStore } from '../../fakes/sweeps.ts';
import { calling } from '../../model/broken-ports.ts';
import { itemOptions, noCa } from '../run/item-options.ts';

const now = Date.parse('2026-11-28T14:15:07.000Z');
const id = 'i-0123456789abcdef0';
const name = 'ip-10-0-0-1.eu-west-1.compute.internal';
const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
const group = { kind: 'managed', name: 'workers' } as const;

interface Given {
  readonly launched?: number;
  readonly attempt?: number;
  readonly instance?: Partial<Instance>;
  readonly node?: 'none' | 'not to be got';
  readonly answer?: Result<KubeletFacts, ReadFailure>;
}

const failing = ok(factsOf('configz', noCa));
const failure = (kind: ReadFailure['kind'], more: Partial<ReadFailure> = {}) =>
  err({ via: 'configz', kind, because: 'no answer', ...more } as const);

function given({ launched = 20, attempt = 0, instance, node, answer = failing }: Given) {
  const clock = new FakeClock(now);
  const source = new FakeSource('configz', () => answer);
  const hub = fakeHub(new FakeOrganization(), { clock, sources: [source] });
  const seen = { clusters: ['prod'], launchedAt: minutesAgo(launched), group, privateDnsName: name };
  const machine = instanceWith({ id, ...seen, ...instance });
  const object = listed(name, { providerId: `aws:///eu-west-1a/${id}` });
  const asked: string[] = [];
  const ports = {
    ...hub,
    regionalClusters: { ...hub.regionalClusters, describe: async () => [ok(cluster)] },
    nodeList: {
      nodes: async () => {
        asked.push('list');
        return ok([object, listed('another')]);
      },
      node: async (_: unknown, of: string) => {
        asked.push(of);
        const problem = { code: 'api-unreachable', message: 'no answer', remedy: 'wait' };
        return node === 'not to be got' ? err(problem) : ok(node === 'none' || of !== name ? undefined : object);
      },
    },
    instanceLookup: { find: async () => ok([machine]) },
    sweeps: new FakeSweepStore(),
    sweepMemory: new FakeSweepMemory(),
    runMemory: hub.memory,
  } satisfies SweepPorts;
  const swept = { instanceId: id, launchedAt: minutesAgo(launched), state: 'running', group, attempt } as const;
  const item: SweepItem = {
    partition: 'aws',
    accountId: '111122223333',
    region: 'eu-west-1',
    cluster: 'prod',
    sweepAt: '2026-11-28T14:15:00.000Z',
    part: 1,
    machines: [{ ...swept, nodeNames: ['i-0.internal', name] }],
  };
  return { ports, item, asked, hub, source, swept: () => sweepItem(ports, item, itemOptions) };
}

it('judges a machine by its Node object, which it asks for by the names that EC2 gives', async () => {
  const { swept, asked, hub, ports, item } = given({});
  expect(await swept()).toMatchObject({
    status: 'done',
    retry: [],
    opened: [expect.stringContaining('/node-group/managed/workers')],
    lines: [{ instanceId: id, judged: { by: 'sweep', via: 'configz', worst: 'fail', partOfList: true } }],
  });
  expect(asked).not.toContain('list');
  expect(hub.events.events).toMatchObject([
    { type: 'Finding Opened', detail: { runId: 'sweep-2026-11-28T14-15', page: ports.sweeps.pageAddress(item) } },
  ]);
  // Done again, it is done already.
  await swept();
  expect(hub.events.events).toHaveLength(1);
});

it('reads the whole list where a Node object can’t be got by its name, and judges no other node of it', async () => {
  const { swept, asked } = given({ node: 'not to be got' });
  expect((await swept()).lines).toMatchObject([{ instanceId: id, judged: { worst: 'fail' } }]);
  expect(asked).toContain('list');
});

const last = { attempt: 2, node: 'none' } as const;
it.each<[string, Given, string, number | undefined]>([
  ['boots and is not there yet', { launched: 5, node: 'none' }, 'too-young', 0],
  ['boots and does not answer yet', { launched: 5, answer: failure('unreadable') }, 'too-young', 0],
  ['does not answer', { answer: failure('unreadable') }, 'waiting', 1],
  ['does not answer for the third time', { attempt: 2, answer: failure('unreadable') }, 'unreadable', undefined],
  ['had to wait too long', { attempt: 2, answer: failure('deadline') }, 'waiting', 2],
  ['ended meanwhile', { instance: { state: 'terminated' } }, 'ended', undefined],
  ['has no kubelet', { ...last, answer: failure('unreadable', { noKubelet: true }) }, 'never-joined', undefined],
  ['is tagged for two clusters', { ...last, instance: { clusters: ['other', 'prod'] } }, 'contested', undefined],
])('says of a machine that %s why it was not judged, and whether it tries again', async (_, how, kind, attempt) => {
  const { lines, retry } = await given(how).swept();
  expect(lines).toMatchObject([{ instanceId: id, notJudged: { kind } }]);
  expect(retry.map((each) => each.attempt)).toEqual(attempt === undefined ? [] : [attempt]);
});

it('remembers what it could not announce as what is still to be announced, and is done again from what it read', async () => {
  const { swept, hub, ports, source } = given({});
  hub.events.broken = true;
  expect(await swept()).toMatchObject({ status: 'failed', problems: [{ code: 'events-not-sent' }] });
  const noted = async () =>
    Object.values(
      (await ports.sweepMemory.read({ partition: 'aws', accountId: '111122223333', region: 'eu-west-1' }, 'prod')).value
        ?.opened ?? {},
    );
  expect((await noted()).map(({ pending, announced }) => ({ pending, announced }))).toEqual([
    { pending: true, announced: undefined },
  ]);
  hub.events.broken = false;
  expect(await swept()).toMatchObject({ status: 'done', lines: [{ judged: { worst: 'fail' } }] });
  expect(source.asked).toHaveLength(1);
  expect((await noted()).map(({ pending, announced }) => ({ pending, announced }))).toEqual([
    { pending: undefined, announced: 2 },
  ]);
});

it('counts machines apart whose tags name a cluster that EKS does not have', async () => {
  const { ports, swept } = given({});
  const problem = { code: 'cluster-not-found', message: 'no such cluster', remedy: 'none' };
  ports.regionalClusters.describe = async () => [err(problem) as never];
  expect(await swept()).toMatchObject({ status: 'gone', retry: [], lines: [{ notJudged: { kind: 'never-joined' } }] });
});

it('announces a failure that a run ends meanwhile, whenever the run writes', async () => {
  const key = 'kubelet-client-ca-file/node-group/managed/workers';
  const place = { partition: 'aws', accountId: '111122223333', region: 'eu-west-1' };
  const memory = (finding: RememberedFinding): Memory => ({
    version: 2,
    runId: 'run',
    startedAt: minutesAgo(60),
    findings: { [key]: finding },
  });
  const property = fc.asyncProperty(fc.integer({ min: 1, max: 6 }), async (at) => {
    const { ports, item, hub } = given({});
    const { memory: runs } = hub;
    await runs.write(place, 'prod', memory({ status: 'fail', announced: 'opened', listed: minutesAgo(60) }), {});
    let calls = 0;
    const beside = <Port extends object>(port: Port, ...names: readonly string[]) =>
      calling(port, names, (own) => async (...asked) => {
        calls += 1;
        const before = calls === at && (await runs.read(place, 'prod'));
        if (before) await runs.write(place, 'prod', memory({ status: 'pass', listed: minutesAgo(30) }), before);
        return await own(...asked);
      });
    const during = {
      ...ports,
      runMemory: beside(runs, 'read'),
      sweepMemory: beside(ports.sweepMemory, 'read', 'write'),
    };
    await sweepItem(during, item, itemOptions);
    const opened = hub.events.events.filter(({ type }) => type === 'Finding Opened');
    expect(opened).toHaveLength(calls >= at ? 1 : 0);
  });
  await fc.assert(property);
});
