import { beforeEach, describe, expect, it } from 'vitest';
import { startRun } from '../../../lambda/flow/run/start-run.ts';
import { FakeLock, FakeRuns } from '../../fakes/hub.ts';
import { silentLog } from '../../fakes/ports.ts';

const runId = '20261125T050000Z';
const noon = new Date('2026-11-25T12:00:00Z');
const at = (hour: number) => new Date(`2026-11-25T${String(hour).padStart(2, '0')}:00:00Z`);

/** A hub whose clock stays where the test puts it. */
const hub = () => ({
  executions: new FakeRuns(),
  lock: new FakeLock(),
  clock: { now: () => noon, sleep: async () => {} },
  log: silentLog,
});
let ports: ReturnType<typeof hub>;
beforeEach(() => {
  ports = hub();
});
const start = (hour = 5, formerRun?: string) =>
  startRun(ports, { scheduledAt: at(hour), ...(formerRun && { formerRun }) });

describe('startRun', () => {
  it('starts the run of the scheduled time once, under its name, however often the scheduler calls', async () => {
    expect(await start()).toEqual({ status: 'started', runId });
    expect(await start()).toEqual({ status: 'already', runId });
    ports.executions.going.clear();
    expect(await start()).toEqual({ status: 'already', runId });
    expect([...ports.executions.started]).toEqual([[runId, {}]]);
  });

  it('starts none beside one that is still going, also of a former run, and says which', async () => {
    await start();
    expect(await start(6)).toEqual({ status: 'busy', runId: '20261125T060000Z', running: runId });
    expect(await start(9, runId)).toEqual({ status: 'busy', runId, running: runId });
    expect(ports.executions.started.size).toBe(1);
  });

  it('starts what is left of a former run as an execution of its own', async () => {
    expect(await start(9, runId)).toEqual({ status: 'started', runId });
    expect([...ports.executions.started]).toEqual([['20261125T090000Z', { runId }]]);
  });

  it('logs whether a run was started, and why not', async () => {
    const logged: unknown[] = [];
    const keep = (...line: unknown[]) => void logged.push(line);
    Object.assign(ports, { log: { ...silentLog, info: keep, warn: keep } });
    await start();
    await start(12);
    ports.executions.going.clear();
    await start();
    expect(logged).toEqual([
      ['run started', { runId }],
      ['the run is not started: another one is still going', { runId: '20261125T120000Z', running: runId }],
      ['this run was started before', { runId }],
    ]);
  });
});

describe('the lock of runs, where the list of executions does not know of one yet', () => {
  const executionArn = () => ports.executions.arnOf(runId);
  beforeEach(() => {
    ports.executions.running = async () => undefined;
  });

  it('is held by the run that goes for a day, and says which', async () => {
    await start();
    const deadline = new Date(noon.getTime() + 24 * 60 * 60_000);
    expect(ports.lock.held).toMatchObject({ executionArn: executionArn(), deadline });
    expect(await start(6)).toEqual({ status: 'busy', runId: '20261125T060000Z', running: runId });
    expect(ports.executions.started.size).toBe(1);
  });

  it.each([
    [4, 'busy'],
    [5, 'busy'],
    [6, 'started'],
  ])('of a run that never started is respected for five minutes: after %i it is %s', async (minutes, status) => {
    const takenAt = new Date(noon.getTime() - minutes * 60_000);
    await ports.lock.take({ executionArn: executionArn(), takenAt, deadline: new Date(noon.getTime() + 60_000) });
    expect(await start(6)).toMatchObject({ status });
  });

  it('is taken again by the run that holds it: a former try broke off before it started', async () => {
    const deadline = new Date(noon.getTime() + 60_000);
    await ports.lock.take({ executionArn: executionArn(), takenAt: noon, deadline });
    expect(await start()).toMatchObject({ status: 'started' });
  });

  it('is given up with an error when it never stays what was read', async () => {
    const slept: number[] = [];
    ports.lock.take = async () => false;
    Object.assign(ports.clock, { sleep: async (milliseconds: number) => void slept.push(milliseconds) });
    await expect(start()).rejects.toMatchObject({
      code: 'run-lock-unusable',
      message:
        'the lock of the run changed hands 10 times while run 20261125T050000Z was to be started; start it again',
    });
    expect(ports.executions.started.size).toBe(0);
    expect(slept).toEqual([0, 50, 100, 150, 200, 250, 300, 350, 400, 450]);
  });
});
