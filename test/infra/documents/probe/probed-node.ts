import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { kubeletProbeScript } from '../../../../infra/documents/probe/kubelet-probe.ts';
import { decodeAnswer } from '../../../../lambda/adapters/ssm/command-answers.ts';
import { type ProbeAnswer, parseProbeAnswer } from '../../../../lambda/core/read/kubelet/node/probe-answer.ts';
import { type LabFile, type LabProcess, type NodeDescription, NodeRoot } from '../../../lab/node/node-root.ts';
import { seconds } from '../../../patience.ts';

export const shells = [
  { shell: 'dash', command: ['dash'] },
  { shell: 'bash', command: ['bash', '--posix'] },
  { shell: 'busybox', command: ['busybox', 'sh'] },
] as const;

export interface Probed {
  /** What SSM would keep. */
  readonly stdout: string;
  /** The same, unpacked: all that left the node. */
  readonly sent: string;
  readonly answer: ProbeAnswer;
}

/** Runs the deployed script on a node of the lab. It takes half a second of CPU, so a table shares one node where it can. */
export function probe(description: NodeDescription, [command, ...options]: readonly string[] = ['sh']): Probed {
  const { stdout, stderr, status } = ran(description, [command ?? 'sh', ...options]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const body = decodeAnswer(stdout);
  if (!body.ok) throw new Error(`${body.error.because}: ${stdout}`);
  const sent = new TextDecoder().decode(body.value);
  const answer = parseProbeAnswer(body.value);
  if (!answer.ok) throw new Error(`${answer.error}: ${sent}`);
  return { stdout, sent, answer: answer.value };
}

function ran(description: NodeDescription, [command = '', ...options]: readonly string[]) {
  const root = new NodeRoot(description);
  try {
    return spawnSync(command, [...options, '-c', kubeletProbeScript({ root: root.path })], {
      encoding: 'utf8',
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds(15),
    });
  } finally {
    root[Symbol.dispose]();
  }
}

export const answerOf = (description: NodeDescription): ProbeAnswer => probe(description).answer;

export function kubeletOf(answer: ProbeAnswer): Extract<ProbeAnswer, { outcome: 'kubelet' }> {
  if (answer.outcome !== 'kubelet') throw new Error(`not a kubelet: ${JSON.stringify(answer)}`);
  return answer;
}
/** The files, and what lies around them, of a node with one kubelet. */
export const filesOf = (description: NodeDescription) => kubeletOf(answerOf(description)).files;
export const aroundOf = (description: NodeDescription) => kubeletOf(answerOf(description)).around;

export const configuration = (settings: object = {}): string =>
  JSON.stringify({ kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', ...settings });

export const configPath = '/etc/kubernetes/kubelet/config.json';
export const kubelet = (options: Partial<LabProcess> = {}): LabProcess => ({
  pid: 4242,
  argv: ['/usr/bin/kubelet', `--config=${configPath}`],
  ...options,
});
/** A node whose kubelet has these flags, and works in /var. */
export const withFlags = (flags: readonly string[], files: Readonly<Record<string, LabFile>>): NodeDescription => ({
  processes: [kubelet({ argv: ['kubelet', ...flags], workingDirectory: '/var' })],
  files,
});
export const withConfig = (file: LabFile, more: Readonly<Record<string, LabFile>> = {}): NodeDescription => ({
  processes: [kubelet()],
  files: { [configPath]: file, ...more },
});

/** Letters that can't be compressed much. */
export function noise(length: number): string {
  let seed = 1;
  return Array.from({ length }, () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return String.fromCharCode(97 + (seed % 26));
  }).join('');
}

export const derOf = (pem: string): string => pem.replaceAll(/-----[A-Z ]+-----|\s/g, '');
export const refused = (because: string) => ({ status: 'refused', because: expect.stringContaining(because) });
