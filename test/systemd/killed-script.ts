import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../patience.ts';
import {
  configPath,
  current,
  deployedScript,
  type RemediateOptions,
  theClientCa,
  variablesOf,
  writeScript,
} from './kubelet-node.ts';
import type { SystemdNode } from './real-systemd.ts';

/** The steps that the journal of a run shows, in order. */
export const journalSteps = [
  'arming',
  'armed',
  `writing ${configPath}`,
  'written',
  'restarting',
  'checking',
  'trial',
] as const;

/** The script, killed right before or right after a step is written into its journal. Nothing else of it is another. */
export const killedAt = (step: string, when: 'before' | 'after', script: string = deployedScript()): string =>
  script.replace(
    'step() {',
    () =>
      `step() {\n[ "$1-${when}" != '${step}-before' ] || kill -9 $$\njournalled "$1"\n[ "$1-${when}" != '${step}-after' ] || kill -9 $$\n}\njournalled() {`,
  );

export async function runKilled(
  node: SystemdNode,
  script: string,
  options: Partial<RemediateOptions> = {},
): Promise<void> {
  writeScript(node, script);
  const { stdout } = await node.run(['sh', '/root/remediate.sh'], variablesOf({ ...theClientCa, ...options }));
  if (stdout !== '') throw new Error(`it was not killed: ${stdout}`);
}

/** Starts the script and lets it run until its journal shows a step. */
export async function startedUntil(node: SystemdNode, step: string, script: string) {
  writeScript(node, script);
  const child = node.spawn(['sh', '/root/remediate.sh'], variablesOf(theClientCa));
  await until(() => node.exists(`${current}/journal`) && node.read(`${current}/journal`).includes(step), step);
  return child;
}

/** Waits until something holds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + seconds(60); Date.now() < end; await sleep(100)) if (holds()) return;
  throw new Error(`never: ${what}`);
}

/** All of /etc, for comparison; an empty folder for the boot may stay behind. */
export const everyFile = (node: SystemdNode) =>
  [...node.tree('/etc')].filter(([path]) => !path.endsWith('/multi-user.target.wants'));
