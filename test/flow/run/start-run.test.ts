import { describe, expect, it } from 'vitest';
import { startRun } from '../../../lambda/flow/run/start-run.ts';
import { FakeLock, FakeRuns } from '../../fakes/hub.ts';
import { silentLog } from '../../fakes/ports.ts';

const scheduledAt = new Date('2026-11-25T05:00:00Z');
const runId = '20261125T050000Z';

const noon = new Date('2026-11-25T12:00:00Z');

/** A hub whose clock stays where the test puts it. */
function hub(now = noon) {
  const clock = { now: () => now, sleep: async () => {} };
  return { executions: new FakeRuns(), lock: new FakeLock(), clock, log: silentLog };
}

const start = async (executions: FakeRuns, at = scheduledAt) => {
  const locks = locksOf.get(executions) ?? new FakeLock();
  locksOf.set(executions, locks);
  return await startRun({ ...hub(), executions, lock: locks }, { scheduledAt: at });
};
const locksOf = new WeakMap<FakeRuns, FakeLock>();

describe('startRun', () => {
  it('starts the run of the scheduled time, under its name', async () => {
    const executions = new FakeRuns();
    expect(await start(executions)).toEqual({ status: 'started', runId });
    expect([...executions.started]).toEqual([[runId, {}]]);
  });

  it.each([
    ['still goes', false],
    ['is over', true],
  ])('starts no run twice that %s, however often the scheduler calls', async (_, over) => {
    const executions = new FakeRuns();
    await start(executions);
    if (over) executions.going.clear();

    expect(await start(executions)).toEqual({ status: 'already', runId });
    expect(executions.started.size).toBe(1);
  });

  it('starts none beside one that is still going, and says which', async () => {
    const executions = new FakeRuns();
    await start(executions);
    expect(await start(executions, new Date('2026-11-25T06:00:00Z'))).toEqual({
      status: 'busy',
      runId: '20261125T060000Z',
      running: runId,
    });
    expect(executions.started.size).toBe(1);
  });

  it('starts what is left of a former run as an execution of its own', async () => {
    const executions = new FakeRuns();
    const at = new Date('2026-11-25T09:30:00Z');

    expect(await startRun({ ...hub(), executions }, { scheduledAt: at, formerRun: runId })).toEqual({
      status: 'started',
      runId,
    });
    expect([...executions.started]).toEqual([['20261125T093000Z', { runId }]]);
  });

  it('starts nothing of a former run beside one that is still going', async () => {
    const executions = new FakeRuns();
    await start(executions);
    const again = { scheduledAt: new Date('2026-11-25T09:30:00Z'), formerRun: runId };

    expect(await startRun({ ...hub(), executions }, again)).toEqual({ status: 'busy', runId, running: runId });
    expect(executions.started.size).toBe(1);
  });
});

it('logs whether a run was started, and why not', async () => {
  const logged: unknown[] = [];
  const log = {
    ...silentLog,
    info: (...line: unknown[]) => logged.push(line),
    warn: (...line: unknown[]) => logged.push(line),
  };
  const ports = { ...hub(), log };
  await startRun(ports, { scheduledAt });
  await startRun(ports, { scheduledAt: noon });
  ports.executions.going.clear();
  await startRun(ports, { scheduledAt });
  expect(logged).toEqual([
    ['run started', { runId }],
    ['the run is not started: another one is still going', { runId: '20261125T120000Z', running: runId }],
    ['this run was started before', { runId }],
  ]);
});

describe('the lock of runs', () => {
  const at = (hour: number) => new Date(`2026-11-25T${String(hour).padStart(2, '0')}:00:00Z`);
  /** The list of executions is only consistent after a while: here it never knows of one. */
  class BlindRuns extends FakeRuns {
    override running = async () => undefined;
  }

  it('is held by the run that goes, and says which', async () => {
    const ports = { ...hub(), executions: new BlindRuns() };
    await startRun(ports, { scheduledAt: at(5) });
    expect(ports.lock.held).toMatchObject({
      executionArn: ports.executions.arnOf('20261125T050000Z'),
      deadline: new Date(noon.getTime() + 24 * 60 * 60_000),
    });
    expect(await startRun(ports, { scheduledAt: at(6) })).toEqual({
      status: 'busy',
      runId: '20261125T060000Z',
      running: '20261125T050000Z',
    });
    expect(ports.executions.started.size).toBe(1);
  });

  it('lets one of two through that start at once', async () => {
    const ports = { ...hub(), executions: new BlindRuns() };
    const both = await Promise.all([5, 6].map((hour) => startRun(ports, { scheduledAt: at(hour) })));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['busy', 'started']);
    expect(ports.executions.started.size).toBe(1);
  });

  it('is taken over when the run has ended', async () => {
    const ports = { ...hub(), executions: new BlindRuns() };
    await startRun(ports, { scheduledAt: at(5) });
    ports.executions.going.clear();
    expect(await startRun(ports, { scheduledAt: at(6) })).toMatchObject({ status: 'started' });
  });

  it('is taken over after the deadline, whatever is said of the run; by one of two', async () => {
    const before = hub(at(0));
    const executions = new BlindRuns();
    await startRun({ ...before, executions }, { scheduledAt: at(0) });
    const late = { ...hub(new Date('2026-11-26T00:00:00Z')), executions, lock: before.lock };
    const both = await Promise.all([5, 6].map((hour) => startRun(late, { scheduledAt: at(hour) })));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['busy', 'started']);
    expect(executions.started.size).toBe(2);
  });

  it.each([
    [4, 'busy'],
    [5, 'busy'],
    [6, 'started'],
  ])('of a run that never started is respected for five minutes: after %i it is %s', async (minutes, status) => {
    const ports = { ...hub(), executions: new BlindRuns() };
    const takenAt = new Date(noon.getTime() - minutes * 60_000);
    const executionArn = ports.executions.arnOf('20261125T050000Z');
    await ports.lock.take({ executionArn, takenAt, deadline: new Date(noon.getTime() + 60_000) });
    expect(await startRun(ports, { scheduledAt: at(6) })).toMatchObject({ status });
  });

  it('is taken again by the run that holds it: a former try broke off before it started', async () => {
    const ports = { ...hub(), executions: new BlindRuns() };
    const executionArn = ports.executions.arnOf('20261125T050000Z');
    await ports.lock.take({ executionArn, takenAt: noon, deadline: new Date(noon.getTime() + 60_000) });
    expect(await startRun(ports, { scheduledAt: at(5) })).toMatchObject({ status: 'started' });
  });

  it('is given up with an error when it never stays what was read', async () => {
    const ports = { ...hub(), executions: new BlindRuns() };
    const lock = { read: async () => undefined, take: async () => false };
    const slept: number[] = [];
    const clock = { ...ports.clock, sleep: async (milliseconds: number) => void slept.push(milliseconds) };
    await expect(startRun({ ...ports, clock, lock }, { scheduledAt: at(5) })).rejects.toMatchObject({
      code: 'run-lock-unusable',
      message:
        'the lock of the run changed hands 10 times while run 20261125T050000Z was to be started; start it again',
    });
    expect(ports.executions.started.size).toBe(0);
    expect(slept).toEqual([0, 50, 100, 150, 200, 250, 300, 350, 400, 450]);
  });
});
