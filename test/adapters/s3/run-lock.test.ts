import { beforeEach, describe, expect, it } from 'vitest';
import { s3Bucket, s3Client } from '../../../lambda/adapters/s3/bucket.ts';
import { s3RunLock } from '../../../lambda/adapters/s3/run-lock.ts';
import { sfnClient, stateMachineRuns } from '../../../lambda/adapters/step-functions.ts';
import { runLockKey } from '../../../lambda/contract/names.ts';
import { startRun } from '../../../lambda/flow/run/start-run.ts';
import { silentLog } from '../../fakes/ports.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { accountId, type NewBucket, newBucket, region } from './new-bucket.ts';

const lockOf = (name: string, takenAt = new Date()) => ({
  executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`,
  takenAt,
  deadline: new Date(takenAt.getTime() + 60_000),
});

const lab = await labOfFile();
let hub: NewBucket;
let stateMachineArn: string;
let callsBefore: number;
beforeEach(() => {
  lab.faults.clear();
  lab.s3.writesTake(0);
  hub = newBucket(lab);
  stateMachineArn = `arn:aws:states:${region}:${accountId}:stateMachine:${hub.bucket}`;
  lab.states.putStateMachine({ arn: stateMachineArn });
  callsBefore = lab.calls.length;
});

const access = () => ({ region, credentials: async () => lab.credentials(accountId) });
/** One that starts runs, with clients of its own. */
const starter = (now = () => new Date()) => ({
  lock: s3RunLock(s3Bucket({ client: s3Client(access()), bucket: hub.bucket })),
  executions: stateMachineRuns({ client: sfnClient(access()), stateMachineArn }),
  clock: { now, sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) },
  log: silentLog,
});
const refusals = () =>
  lab.calls
    .slice(callsBefore)
    .flatMap(({ operation, status }) => (operation === 'PutObject' && status >= 400 ? [status] : []));

describe('s3RunLock', () => {
  it('is taken once, read by every starter, and taken over from what was read', async () => {
    const { lock } = starter();
    expect(await lock.read()).toBeUndefined();
    expect(await lock.take(lockOf('first'))).toBe(true);
    expect(await lock.take(lockOf('second'))).toBe(false);

    const held = await lock.read();
    expect(held).toMatchObject({ executionArn: lockOf('first').executionArn });
    expect(await lock.take(lockOf('second'), held)).toBe(true);
    expect(await lock.take(lockOf('third'), held)).toBe(false);
    expect(refusals()).toEqual([412, 412]);
  });

  it('is not had while another write goes on: S3 answers 409', async () => {
    lab.s3.writesTake(100);
    const both = await Promise.all(['one', 'other'].map((name) => starter().lock.take(lockOf(name))));
    expect(both.toSorted()).toEqual([false, true]);
    expect(refusals()).toEqual([409]);
  });

  it('takes what the program did not write for no lock', async () => {
    hub.put(runLockKey, '{"executionArn":"arn:aws:states:nowhere"}');
    await expect(starter().lock.read()).rejects.toMatchObject({ code: 'run-lock-broken' });
  });

  it.each(['GetObject', 'PutObject'] as const)('names the right that is missing: %s', async (operation) => {
    hub.put(runLockKey, '{}');
    lab.faults.inject(`s3:${operation}`, { kind: 'access-denied' });
    const { lock } = starter();
    await expect(operation === 'GetObject' ? lock.read() : lock.take(lockOf('one'))).rejects.toMatchObject({
      code: 'run-store-unusable',
      message: expect.stringContaining(`s3:${operation}`),
    });
  });
});

describe('two that start a run at once', () => {
  const at = (hour: number) => ({ scheduledAt: new Date(`2026-11-25T0${hour}:00:00Z`) });
  const executions = () => lab.states.executions(stateMachineArn);

  it.each([0, 50])('start one, and the other says which (a write takes %i ms)', async (milliseconds) => {
    lab.s3.writesTake(milliseconds);
    const both = await Promise.all([5, 6].map((hour) => startRun(starter(), at(hour))));
    const started = both.find(({ status }) => status === 'started');
    expect(both.map(({ status }) => status).toSorted()).toEqual(['busy', 'started']);
    expect(both.find(({ status }) => status === 'busy')?.running).toBe(started?.runId);
    expect(executions()).toHaveLength(1);
  });

  it.each([0, 50])('take over an expired lock once (a write takes %i ms)', async (milliseconds) => {
    const { lock } = starter();
    await lock.take(lockOf('hung', new Date(Date.now() - 25 * 60 * 60_000)));
    lab.s3.writesTake(milliseconds);
    const both = await Promise.all([5, 6].map((hour) => startRun(starter(), at(hour))));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['busy', 'started']);
    expect(executions()).toHaveLength(1);
  });

  it('starts nothing while the run that holds the lock goes on, and the next when it has ended', async () => {
    await startRun(starter(), at(5));
    expect(await startRun(starter(), at(6))).toMatchObject({ status: 'busy', running: '20261125T050000Z' });
    lab.states.finish(executions()[0]?.arn ?? '', 'FAILED');
    expect(await startRun(starter(), at(7))).toMatchObject({ status: 'started' });
  });
});
