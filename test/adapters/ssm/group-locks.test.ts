import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ssmGroupLocks } from '../../../lambda/adapters/ssm/group-locks.ts';
import { singleAttemptClient } from '../../../lambda/adapters/ssm/remediation-command.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { cluster } from '../../fakes/ports.ts';
import { type Lab, startLab } from '../../lab/lab.ts';

const place = { accountId: '111122223333', region: 'eu-west-1' };
const clock = new ManualClock();
let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ ssm: { clock: () => clock.milliseconds } });
  lab.addAccount(place.accountId);
});
afterAll(() => lab?.close());
afterEach(() => vi.unstubAllEnvs());

const locksOf = (holder: string, isAlive = (_pid: number) => true) =>
  ssmGroupLocks({
    client: () => {
      vi.stubEnv('AWS_ENDPOINT_URL', lab.endpoint);
      const keys = lab.credentials(place.accountId);
      return singleAttemptClient({ region: place.region, credentials: async () => keys });
    },
    clock,
    holder,
    isAlive,
  });
const [one, other] = [locksOf('ann@here'), locksOf('bob@there')];
const taken = async (locks: typeof one, groups: readonly string[], run: string) => {
  const held = await locks.take(cluster, groups, run);
  return held.ok ? held.value : expect.unreachable(held.error.message);
};
const heldBy = (run: string, holder: string) => ({
  ok: false,
  error: {
    code: 'group-locked',
    message: expect.stringContaining(`is being changed by run ${run} of ${holder}, until 20`),
  },
});

describe('a node group', () => {
  it('is changed by one run at a time, and is free for the next one after its release', async () => {
    const held = await taken(one, ['managed/a', 'managed/b'], 'run-1');
    expect(await other.take(cluster, ['managed/b'], 'run-2')).toMatchObject(heldBy('run-1', 'ann@here'));
    const third = await taken(other, ['managed/c'], 'run-2');
    await held.release();
    await third.release();
    await (await taken(other, ['managed/a', 'managed/b'], 'run-3')).release();
  });

  it('is not taken where another one of the run is held', async () => {
    const held = await taken(one, ['managed/z'], 'run-4');
    expect(await other.take(cluster, ['managed/y', 'managed/z'], 'run-5')).toMatchObject(heldBy('run-4', 'ann@here'));
    await (await taken(one, ['managed/y'], 'run-6')).release();
    await held.release();
  });

  it('is taken by one of many that come at once', async () => {
    const all = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((each) => other.take(cluster, ['managed/at-once'], `run-${each}`)),
    );
    expect(all.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('is free once its time is over; a run that is at work renews it before', async () => {
    const held = await taken(one, ['managed/long'], 'run-7');
    for (let hour = 0; hour < 24; hour += 1) {
      clock.milliseconds += 3_600_000;
      expect(await held.renew()).toBeUndefined();
      expect(await other.take(cluster, ['managed/long'], 'run-8')).toMatchObject(heldBy('run-7', 'ann@here'));
    }
    clock.milliseconds += 2 * 3_600_000 + 1;
    const next = await taken(other, ['managed/long'], 'run-8');
    // The run that overslept must begin no further node.
    expect(await held.renew()).toMatchObject({ code: 'group-locked' });
    await next.release();
  });

  it('is free where the terminal that held it was killed on this machine, and on no other', async () => {
    const dead = (pid: number) => pid !== process.pid;
    await taken(one, ['managed/killed'], 'run-9');
    expect(await locksOf('bob@there', dead).take(cluster, ['managed/killed'], 'run-9')).toMatchObject(
      heldBy('run-9', 'ann@here'),
    );
    await taken(locksOf('ann@here', dead), ['managed/killed'], 'run-9');
  });

  it.each([
    ['to list them', 'ssm:GetParametersByPath'],
    ['to write them', 'ssm:PutParameter'],
  ] as const)('is not taken without the right %s, and the refusal names it', async (_, action) => {
    lab.faults.inject(action, { kind: 'access-denied' }, { times: 1 });
    expect(await one.take(cluster, ['managed/denied'], 'run-10')).toMatchObject({
      ok: false,
      error: { code: 'ssm-forbidden', remedy: expect.stringContaining(`allow ${action} on parameter`) },
    });
  });

  it('is held by a value that nobody can read, and by names of groups that AWS does not take as they are', async () => {
    const held = await taken(one, ['managed/Größe 1!'], 'run-11');
    expect(await other.take(cluster, ['managed/Größe 1!'], 'run-12')).toMatchObject({ ok: false });
    await held.release();
    lab.ssm.operations.PutParameter({
      service: 'ssm',
      operation: 'PutParameter',
      ...place,
      principalArn: '',
      input: { Name: '/eks-kubelet-audit/remediation/prod/managed/odd/7', Value: '{', Type: 'String' },
    });
    expect(await one.take(cluster, ['managed/odd'], 'run-13')).toMatchObject({ ok: false });
  });
});
