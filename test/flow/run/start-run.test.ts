import { describe, expect, it } from 'vitest';
import { startRun } from '../../../lambda/flow/run/start-run.ts';
import { FakeRuns } from '../../fakes/hub.ts';
import { silentLog } from '../../fakes/ports.ts';

const scheduledAt = new Date('2026-11-25T05:00:00Z');
const runId = '20261125T050000Z';

const start = async (executions: FakeRuns, at = scheduledAt) =>
  await startRun({ executions, log: silentLog }, { scheduledAt: at });

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

    expect(await startRun({ executions, log: silentLog }, { scheduledAt: at, formerRun: runId })).toEqual({
      status: 'started',
      runId,
    });
    expect([...executions.started]).toEqual([['20261125T093000Z', { runId }]]);
  });

  it('starts nothing of a former run beside one that is still going', async () => {
    const executions = new FakeRuns();
    await start(executions);
    const again = { scheduledAt: new Date('2026-11-25T09:30:00Z'), formerRun: runId };

    expect(await startRun({ executions, log: silentLog }, again)).toEqual({ status: 'busy', runId, running: runId });
    expect(executions.started.size).toBe(1);
  });
});
