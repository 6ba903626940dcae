import { expect, it } from 'vitest';
import { err, ok } from '../../../lambda/core/model/result.ts';
import type { CensusRecord } from '../../../lambda/core/run/census.ts';
import type { SweepState } from '../../../lambda/core/run/sweep.ts';
import type { RunSweepPorts } from '../../../lambda/flow/sweep/ports.ts';
import { runSweep } from '../../../lambda/flow/sweep/run-sweep.ts';
import { FakeRuns, fakeHub } from '../../fakes/hub.ts';
import { FakeOrganization } from '../../fakes/organization.ts';
import { FakeSweepStore } from '../../fakes/sweeps.ts';
import { VirtualClock } from '../../fakes/virtual-clock.ts';

const minute = 60_000;
const began = Date.UTC(2026, 10, 28, 14, 0);
const at = (minutes: number) => new Date(began + minutes * minute).toISOString();
const accountId = '111122223333';
const near = { partition: 'aws', accountId, region: 'eu-west-1' };
const far = { ...near, region: 'us-east-1' };
const places = [near, far];

/** Two Regions with one cluster each, in each of which a machine was launched ten minutes after the first sweep. */
async function estate(isEmpty: (place: (typeof places)[number]) => boolean = () => false) {
  const clock = new VirtualClock(began);
  const hub = fakeHub(new FakeOrganization());
  const run = { runId: 'run', startedAt: at(-60) };
  const items = places
    .filter((place) => !isEmpty(place))
    .flatMap((place) => [
      { kind: 'region', ...place } as const,
      { kind: 'cluster', ...place, cluster: 'blue' } as const,
    ]);
  const empty = places.filter(isEmpty);
  await hub.runs.putDiscovery({ ...run, items, empty, accounts: 1, regions: 2, gaps: [], skipped: [] });
  await hub.runs.putLastRun({ version: 1, ...run });

  const executions = new FakeRuns();
  const census = new Map<string, readonly CensusRecord[]>();
  const asked: string[] = [];
  let held: { readonly state: SweepState; readonly tag: string } | undefined;
  const ports: RunSweepPorts = {
    ...hub,
    clock,
    executions,
    sweeps: new FakeSweepStore(),
    machines: {
      launched: async ({ region }, { since }) => {
        asked.push(`${region} ${since.toISOString().slice(11, 16)}`);
        const number = places.findIndex((each) => each.region === region) + 1;
        const machine = { id: `i-0000000${number}`, state: 'running', clusters: ['blue'], launchedAt: at(10) } as const;
        return ok(clock.now().getTime() < Date.parse(at(10)) ? [] : [{ ...machine, platform: 'linux' }]);
      },
      ended: async () => ok([]),
      byId: async () => ok([]),
    },
    census: {
      // Written once.
      put: async (sweepAt, records) => void (census.has(sweepAt) || census.set(sweepAt, records)),
    },
    states: {
      read: async () => held,
      write: async (state, tag) => {
        if (held?.tag !== tag) return false;
        held = { state, tag: `${state.sweptAt} ${clock.now().getTime()}` };
        return true;
      },
    },
  };
  const sweep = async (minutes: number, given = ports, excludeClusters: readonly string[] = []) => {
    await clock.run(clock.sleep(Math.max(0, Date.parse(at(minutes)) - clock.now().getTime())));
    return await clock.run(
      runSweep(given, {
        sweepAt: at(minutes),
        everyMinutes: 15,
        excludes: () => false,
        regions: [],
        excludeClusters,
        deadline: new Date(clock.now().getTime() + 4 * minute),
        signal: new AbortController().signal,
      }),
    );
  };
  const records = () => [...census.values()].flat();
  const left = () => ({
    executions: executions.started.size,
    census: new Set(records().flatMap((each) => ('instanceId' in each ? [each.instanceId] : []))).size,
    completed: hub.metrics.published.length,
  });
  /** Machines of so many clusters that the run knew, of which none was read in an hour. */
  const waiting = async (clusters: readonly string[]) => {
    const known = clusters.map((cluster) => ({ kind: 'cluster', ...near, cluster }) as const);
    const discovery = { ...run, accounts: 1, regions: 2, gaps: [], skipped: [] };
    await hub.runs.putDiscovery({ ...discovery, items: [...items, ...known] });
    const { state, tag } = held ?? {};
    const group = { kind: 'managed', name: 'workers' } as const;
    const machines = clusters.map((cluster, index) => ({
      accountId,
      region: near.region,
      cluster,
      group,
      launchedAt: at(-70),
      nodeNames: [],
      attempt: 0,
      instanceId: `i-${(0x1000 + index).toString(16).padStart(8, '0')}`,
      notJudged: { kind: 'waiting', because: 'a sweep reads it next' } as const,
      reading: 'wanted' as const,
    }));
    if (state) await ports.states.write({ ...state, machines }, tag);
  };
  return { ports, sweep, left, asked, waiting, gaps: () => records().filter((each) => 'gap' in each) };
}

const isFar = ({ region }: { readonly region: string }) => region === far.region;

/** A sweep whose Region far away is asked by `launched`. */
const farIs = (
  { ports }: Awaited<ReturnType<typeof estate>>,
  launched: RunSweepPorts['machines']['launched'],
): RunSweepPorts => ({
  ...ports,
  machines: {
    ...ports.machines,
    launched: async (...given) => await (isFar(given[0]) ? launched : ports.machines.launched)(...given),
  },
});

const hangs: RunSweepPorts['machines']['launched'] = (_, __, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
const denied = err({ code: 'ec2-forbidden', message: 'instances cannot be listed', remedy: 'allow it' } as const);

it('logs how many machines have names in their tags that EKS takes for no cluster, and the first ten of these names', async () => {
  const real = await estate();
  const names = Array.from({ length: 12 }, (_, index) => `kops-${index}.example.com`);
  const machine = { state: 'running', platform: 'linux', clusters: [], launchedAt: at(5) } as const;
  const kops = names.map((name, index) => ({ ...machine, id: `i-000000a${index}`, otherNames: [name] }));
  const logged: unknown[] = [];
  const log = { ...real.ports.log, info: (...line: readonly unknown[]) => void logged.push(line) };
  await real.sweep(
    15,
    farIs({ ...real, ports: { ...real.ports, log } }, async () => ok(kops)),
  );
  expect(logged).toEqual([
    ['tags name clusters that EKS does not have', { ...far, machines: 12, names: names.slice(0, 10) }],
  ]);
});

it.each([
  ['has no time left for a Region', hangs],
  ['is denied a Region', async () => denied],
])('a sweep that %s is made up for by the next one', async (_, launched) => {
  const real = await estate();
  await real.sweep(0);
  const half = { status: 'done', asked: 1, notAsked: 1, items: 1 };
  expect(await real.sweep(15, farIs(real, launched))).toMatchObject(half);
  expect(real.left()).toEqual({ executions: 1, census: 1, completed: 2 });

  await real.sweep(30);
  expect(real.left()).toEqual({ executions: 2, census: 2, completed: 3 });
  expect(real.asked.findLast((each) => each.startsWith(far.region))).toBe(`${far.region} 13:45`);
});

it('a sweep reads the machines of a Region that had no cluster when the run began', async () => {
  const real = await estate(isFar);
  await real.sweep(0);
  expect(await real.sweep(15)).toMatchObject({ status: 'done', asked: 2, notAsked: 0, items: 2 });
});

it('a Region that can’t be asked is a gap of the census from the second sweep on, and a sweep that asks none is not completed', async () => {
  const real = await estate();
  await real.sweep(0);
  const half = farIs(real, async () => denied);
  for (const minutes of [15, 30]) await real.sweep(minutes, half);
  expect(real.gaps()).toMatchObject([{ region: far.region, gap: { from: at(0), because: denied.error.message } }]);
  expect(real.left().completed).toBe(3);

  const none = { ...half, machines: { ...half.machines, ended: async () => denied } };
  expect(await real.sweep(45, none)).toMatchObject({ status: 'done', asked: 0, notAsked: 2 });
  expect(real.left().completed).toBe(3);
});

it('a sweep that leaves machines waiting for an hour is not completed, which the alarm hears, until each has its turn', async () => {
  const real = await estate();
  await real.sweep(0);
  const many = Array.from({ length: 130 }, (_, index) => `c${index}`);
  const byId: RunSweepPorts['machines']['byId'] = async (_, ids) =>
    ok(ids.map((id) => ({ id, state: 'running', platform: 'linux' })));
  Object.assign(real.ports.machines, { byId });
  await real.waiting(many);
  expect(await real.sweep(5)).toMatchObject({ status: 'done', items: 100 });
  expect(real.left().completed).toBe(1);
  expect(await real.sweep(6)).toMatchObject({ status: 'done', items: 30 });
  expect(real.left().completed).toBe(2);

  // What settings leave out keeps nobody waiting.
  await real.waiting(many);
  const excluded = many.map((name) => `arn:aws:eks:${near.region}:${accountId}:cluster/${name}`);
  expect(await real.sweep(7, real.ports, excluded)).toMatchObject({ status: 'done', items: 0 });
  expect(real.left().completed).toBe(3);
});
