import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { seconds } from '../patience.ts';
import { isFull } from './how-much.ts';
import { everyFile, until } from './killed-script.ts';
import {
  al2,
  caPath,
  configPath,
  current,
  deployedScript,
  disarmed,
  dropIn,
  dropIns,
  openConfiguration,
  remediate,
  restartKubelet,
  runningConfiguration,
  theClientCa,
  variablesOf,
  withArguments,
  withNode,
  withoutConfigFile,
  writeScript,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

const threeFiles = al2({
  ...withArguments(`--config-dir=${dropIns} --protect-kernel-defaults=false`),
  [`${dropIns}/50.conf`]: `${dropIn({ readOnlyPort: 10_255 })}\n`,
});
const three = { controls: ['kubelet-client-ca-file', 'kubelet-read-only-port', 'kubelet-protect-kernel-defaults'] };
const scenarios = [
  ['one file', al2(), {}],
  ['three files', threeFiles, three],
  ['a created drop-in', withoutConfigFile(), {}],
] as const;
const points = (isFull ? 201 : 15) / scenarios.length;

/** From 0 to 1, of a fixed seed, so that the same moments come again. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe('killed at any moment', underSystemd, () => {
  it.each(scenarios)(
    '%s leaves every file old or new, and a kubelet that runs with it',
    (name, files, options) =>
      withNode(files, async (node) => {
        const problems: string[] = [];
        const random = randoms(1_000 + name.length);
        const old = new Map(everyFile(node));
        const began = Date.now();
        expect(await remediate(node, options)).toMatchObject({ outcome: 'changed' });
        const took = Date.now() - began;
        const fixed = new Map(everyFile(node));
        const changing = [...new Set([...old.keys(), ...fixed.keys()])].filter(
          (path) => old.get(path) !== fixed.get(path),
        );

        for (let point = 0; point < points; point += 1) {
          await reset(node, old, changing);
          writeScript(node, deployedScript({ rollbackAfter: 4, keepWithin: 4 }));
          const delay = (0.15 + 0.9 * random()) * took;
          const child = node.spawn(['sh', '/root/remediate.sh'], variablesOf({ ...theClientCa, ...options }));
          await sleep(delay);
          await node.run(['pkill', '-9', '-f', 'remediate[.]sh|rescue[.]sh']);
          await until(() => child.exitCode !== null || child.signalCode !== null, 'it is dead');

          if (node.exists(`${current}/journal`) && node.read(`${current}/journal`).includes('armed'))
            await until(() => !node.exists(current), `the rollback of point ${point}`);
          const isGone = !node.exists(current);
          const now = new Map(everyFile(node));
          const isAll = (of: ReadonlyMap<string, string>) => changing.every((path) => now.get(path) === of.get(path));
          const state = isAll(old) ? 'old' : isAll(fixed) ? 'new' : 'mixed';
          const running = JSON.stringify(await runningConfiguration(node)).includes(caPath) ? 'new' : 'old';
          if (state !== running)
            problems.push(
              `point ${point} at ${delay} ms: files are ${state}, and the kubelet runs with ${running} ones`,
            );
          if (!isGone) continue;
          await disarmed(node);
          const left = await node.run(['find', '/etc', '-name', '.eks-kubelet-audit.*']);
          if (left.stdout !== '') problems.push(`point ${point}: ${left.stdout} is left`);
        }
        expect(problems).toEqual([]);
      }),
    seconds(isFull ? 3_000 : 400),
  );
});

async function reset(node: SystemdNode, old: ReadonlyMap<string, string>, changing: readonly string[]): Promise<void> {
  for (const path of changing) {
    const before = old.get(path)?.replace(/^.*\n/, '');
    if (before === undefined) await node.run(['rm', '-f', path]);
    else await node.run(['sh', '-c', `printf '%s' "$TEXT" >${path}`], { TEXT: before });
  }
  await node.run(['rm', '-rf', current]);
  await node.run(['find', '/etc', '-name', '.eks-kubelet-audit.*', '-delete']);
  const timers = ['eks-kubelet-audit-rollback.timer', 'eks-kubelet-audit-rollback-trial.timer'];
  await node.run(['systemctl', 'stop', ...timers]);
  await node.run(['systemctl', 'daemon-reload']);
  await node.run(['systemctl', 'reset-failed', 'kubelet.service']);
  await restartKubelet(node);
  await runningConfiguration(node);
  if (changing.includes(configPath) && node.read(configPath) !== openConfiguration)
    throw new Error('the node is not as it was');
}
