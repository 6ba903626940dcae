import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isFull } from './how-much.ts';
import { everyFile, journalSteps, killedAt, runKilled, until } from './killed-script.ts';
import {
  al2,
  configPath,
  current,
  deployedScript,
  disarmed,
  mainPid,
  remediate,
  runningConfiguration,
  timers,
  withCa,
  withNode,
} from './kubelet-node.ts';
import { underSystemd } from './real-systemd.ts';

const killings = journalSteps.flatMap((step) => (['before', 'after'] as const).map((when) => [when, step] as const));
/** Without `--full` each step is seen once here, and its other side by the next run. */
const half = (part: number) => killings.filter((_, index) => isFull || index % 2 === part);

describe('a script that is killed', underSystemd, () => {
  it.each(half(1))('%s the step "%s" leaves a node that the armed rollback puts right', (when, step) =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      await runKilled(node, killedAt(step, when, deployedScript({ rollbackAfter: 1 })));

      // Before the timer is armed nothing is changed, and what was prepared waits for the next run.
      if (step !== 'arming') {
        await until(() => !node.exists(current), 'the rollback fires');
        await disarmed(node);
      }
      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
      expect(everyFile(node)).toEqual(before);
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
      expect(everyFile(node).filter(([path]) => path.includes('.eks-kubelet-audit.'))).toEqual([]);
    }),
  );

  it.each(half(0))('%s the step "%s" is finished or undone by the next run', (when, step) =>
    withNode(al2(), async (node) => {
      await runKilled(node, killedAt(step, when));

      const reason = step === 'trial' && when === 'after' ? 'on-trial' : 'unfinished';
      expect(await remediate(node, { mode: 'dry-run' })).toMatchObject({ outcome: 'refused', reason });
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
      expect(await runningConfiguration(node)).toMatchObject(withCa);
      expect(node.exists(current)).toBe(false);
      expect(await timers(node)).toBe('');
      expect((await node.run(['sh', '-c', 'ls /run | grep eks'])).stdout).toBe('');
      const pid = await mainPid(node);
      await sleep(500);
      expect(await mainPid(node)).toBe(pid);
    }),
  );

  it.each(['armed', `writing ${configPath}`, 'restarting', 'checking'])(
    'after the step "%s", with the whole machine, is undone at boot before the kubelet starts',
    (step) =>
      withNode({ ...al2(), '/etc/kubelet-mood': 'refuses' }, async (node) => {
        const before = everyFile(node);
        await runKilled(node, killedAt(step, 'after'));

        await node.reboot();

        expect(await runningConfiguration(node)).not.toMatchObject(withCa);
        expect(everyFile(node)).toEqual(before);
        expect(node.exists(current)).toBe(false);
      }),
  );
});
