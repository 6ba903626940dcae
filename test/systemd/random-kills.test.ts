import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
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
  type Files,
  givesUpSoon,
  ontoSmallDisk,
  openConfiguration,
  type RemediateOptions,
  remediate,
  restartKubelet,
  runningConfiguration,
  shell,
  theClientCa,
  variablesOf,
  withArguments,
  withNode,
  withoutConfigFile,
  writeScript,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

interface Scenario {
  readonly name: string;
  readonly files: Files;
  readonly asked: Partial<RemediateOptions>;
  /** Before each run. */
  readonly prepare?: (node: SystemdNode) => Promise<unknown>;
  readonly script?: (script: string) => string;
  readonly second?: true;
}

const smallDisks = async (node: SystemdNode) => {
  for (const at of ['/etc', '/var/lib'])
    await shell(
      node,
      `if grep -q " ${at} tmpfs" /proc/mounts; then rm -f ${at}/full; else ${ontoSmallDisk(at, 3_000)}; fi`,
    );
};

const scenarios: readonly Scenario[] = [
  { name: 'one file', files: al2(), asked: {} },
  {
    name: 'three files',
    files: al2({
      ...withArguments(`--config-dir=${dropIns} --protect-kernel-defaults=false`),
      [`${dropIns}/50.conf`]: `${dropIn({ readOnlyPort: 10_255 })}\n`,
    }),
    asked: { controls: ['kubelet-client-ca-file', 'kubelet-read-only-port', 'kubelet-protect-kernel-defaults'] },
  },
  { name: 'a created drop-in', files: withoutConfigFile(), asked: {} },
  { name: 'two runs at once', files: al2(), asked: {}, second: true },
  {
    name: 'a full disk during the rollback',
    files: al2({ '/etc/kubelet-mood': 'sick' }),
    asked: {},
    prepare: smallDisks,
    script: (script) =>
      givesUpSoon(script).replace(
        'step checking',
        'for each in /etc /var/lib; do cat /dev/zero >$each/full 2>/dev/null || :; done\n$&',
      ),
  },
];

const points = (isFull ? 200 : 15) / scenarios.length;
const table: Record<string, { points: number; old: number; new: number; violations: number }> = {};
afterAll(() => console.table(table));

const same = (script: string): string => script;

/** From 0 to 1, of a fixed seed, so that the same moments come again. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe('killed at any moment', underSystemd, () => {
  it.each(scenarios.map((each, index) => [each.name, each, index] as const))(
    '%s leaves every file old or new, and a kubelet that runs with it',
    (_, scenario, index) =>
      withNode(scenario.files, async (node) => {
        const row = { points: 0, old: 0, new: 0, violations: 0 };
        table[scenario.name] = row;
        const problems: string[] = [];
        const random = randoms(1_000 + index);
        const asked = { ...theClientCa, ...scenario.asked };
        const script = (scenario.script ?? same)(deployedScript({ rollbackAfter: 4 }));
        const old = new Map(everyFile(node));
        const took = await complete(node, scenario);
        const fixed = new Map(await filesNow(node, scenario));
        const changing = scenario.prepare
          ? [configPath]
          : [...new Set([...old.keys(), ...fixed.keys()])].filter((path) => old.get(path) !== fixed.get(path));

        for (let point = 0; point < points; point += 1) {
          await scenario.prepare?.(node);
          await reset(node, old, changing);
          writeScript(node, script);
          const delay = (0.15 + 0.9 * random()) * took;
          const first = node.spawn(['sh', '/root/remediate.sh'], variablesOf(asked));
          const second =
            scenario.second && sleep(delay / 2).then(() => node.run(['sh', '/root/remediate.sh'], variablesOf(asked)));
          await sleep(delay);
          await node.run(['pkill', '-9', '-f', 'remediate[.]sh|rescue[.]sh']);
          await until(() => first.exitCode !== null || first.signalCode !== null, 'it is dead');
          await second;

          const journal = await node.run(['cat', `${current}/journal`]);
          if (journal.stdout.includes('armed') && !(await isOver(node)))
            problems.push(`the rollback of point ${point} never ends`);

          const isGone = (await node.run(['test', '-e', current])).status !== 0;
          const now = await filesNow(node, scenario);
          const isAll = (of: ReadonlyMap<string, string>) => changing.every((path) => now.get(path) === of.get(path));
          const state = isAll(old) ? 'old' : isAll(fixed) ? 'new' : 'mixed';
          const running = JSON.stringify(await runningConfiguration(node));
          const says = running.includes(caPath) ? 'new' : 'old';
          if (state !== says)
            problems.push(`point ${point} at ${delay} ms: files are ${state}, and the kubelet runs with ${says} ones`);
          if (isGone) await disarmed(node).catch((error: unknown) => problems.push(`point ${point}: ${String(error)}`));
          const left = await node.run(['find', '/etc', '-name', '.eks-kubelet-audit.*']);
          if (isGone && left.stdout !== '') problems.push(`point ${point}: ${left.stdout} is left`);
          row.points += 1;
          if (state !== 'mixed') row[state] += 1;
          row.violations = problems.length;
        }
        expect(problems).toEqual([]);
      }),
    seconds(isFull ? 3_000 : 400),
  );
});

/** How long a run takes that nobody disturbs, in milliseconds. */
async function complete(node: SystemdNode, { prepare, asked, script = same }: Scenario): Promise<number> {
  await prepare?.(node);
  // It is not to have read files that are no longer there.
  if (prepare) await restart(node);
  const whole = script(deployedScript());
  const began = Date.now();
  const { outcome } = await remediate(node, asked, whole);
  if (outcome !== (prepare ? 'restored' : 'changed')) throw new Error(`it is ${outcome}`);
  return Date.now() - began;
}

async function filesNow(node: SystemdNode, { prepare }: Scenario): Promise<ReadonlyMap<string, string>> {
  const files = new Map(everyFile(node));
  // What is mounted there is seen inside only.
  if (prepare) files.set(configPath, `644 0:0\n${(await node.run(['cat', configPath])).stdout}`);
  return files;
}

async function reset(node: SystemdNode, old: ReadonlyMap<string, string>, changing: readonly string[]): Promise<void> {
  for (const path of changing) {
    const before = old.get(path)?.replace(/^.*\n/, '');
    if (before === undefined) await node.run(['rm', '-f', path]);
    else await node.run(['sh', '-c', `printf '%s' "$TEXT" >${path}`], { TEXT: before });
  }
  await node.run(['rm', '-rf', current]);
  await node.run(['find', '/etc', '-name', '.eks-kubelet-audit.*', '-delete']);
  await node.run(['systemctl', 'stop', 'eks-kubelet-audit-rollback.timer']);
  await restart(node);
  if (changing.includes(configPath) && (await node.run(['cat', configPath])).stdout !== openConfiguration)
    throw new Error('the node is not as it was');
}

async function restart(node: SystemdNode): Promise<void> {
  await node.run(['systemctl', 'daemon-reload']);
  await node.run(['systemctl', 'reset-failed', 'kubelet.service']);
  await restartKubelet(node);
  await runningConfiguration(node);
}

/** As the node sees it: what is mounted there is not seen from outside. */
async function isOver(node: SystemdNode): Promise<boolean> {
  for (const end = Date.now() + seconds(60); Date.now() < end; await sleep(200))
    if ((await node.run(['test', '-e', current])).status !== 0) return true;
  return false;
}
