import { describe, expect, it } from 'vitest';
import { everyFile, startedUntil, until } from './killed-script.ts';
import {
  al2,
  configPath,
  current,
  deployedScript,
  disarmed,
  fire,
  openConfiguration,
  remediate,
  runningConfiguration,
  withCa,
  withNode,
} from './kubelet-node.ts';
import { underSystemd } from './real-systemd.ts';

/** A run that puts everything back at once, and whose rescue takes its time over it. */
const slowRescue = (nap: string, timings = {}) =>
  deployedScript(timings)
    .replace('step restarting', 'roll_back unexpected words')
    .replace('control 60 systemctl daemon-reload || :', `${nap}\n$&`);

describe('a rescue whose run was killed', underSystemd, () => {
  it('keeps the lock: no second run begins, and what that would arm is not disarmed', () =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      const child = await startedUntil(node, 'written', slowRescue('until [ -e /run/go ]; do sleep 0.1 9>&-; done'));
      await until(() => node.read(configPath) === openConfiguration, 'the rescue is at work');
      await node.run(['pkill', '-9', '-f', 'remediate[.]sh']);
      await until(() => child.exitCode !== null || child.signalCode !== null, 'the run is dead');

      expect(await remediate(node)).toMatchObject({ outcome: 'refused', reason: 'busy' });
      await node.run(['touch', '/run/go']);
      await until(() => !node.exists(current), 'the rescue ends');
      expect(everyFile(node)).toEqual(before);
      await disarmed(node);

      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    }));

  it('and that hangs is ended by the timer, whose own rescue does the work', () =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      const script = slowRescue('[ "$1" != now ] || sleep 1000 9>&-', { lockWithin: 1 });
      await startedUntil(node, 'written', script);
      await until(() => node.read(configPath) === openConfiguration, 'the rescue is at work');
      await node.run(['pkill', '-9', '-f', 'remediate[.]sh']);

      await fire(node);
      await until(() => !node.exists(current), 'the other rescue is done');
      await runningConfiguration(node);
      expect(everyFile(node)).toEqual(before);
      await disarmed(node);
    }));
});
