import { spawn } from 'node:child_process';
import pMap from 'p-map';
import { expect, it } from 'vitest';
import { kubeletProbeScript } from '../../infra/documents/probe/kubelet-probe.ts';
import { decodeAnswer } from '../../lambda/adapters/ssm/command-answers.ts';
import { settingPaths } from '../../lambda/core/model/settings.ts';
import { effectiveConfiguration } from '../../lambda/core/read/kubelet/effective.ts';
import { parseProbeAnswer } from '../../lambda/core/read/kubelet/node/probe-answer.ts';
import type { NodeFiles } from '../../lambda/core/read/kubelet/node-files.ts';
import { type LabFile, NodeRoot } from '../lab/node/node-root.ts';
import { compare } from './compare.ts';
import {
  casesOf2026_11_26,
  casesOf2026_11_28,
  type RecordedFile,
  type RecordedMachine,
  readMachines,
} from './recorded-machine.ts';
import { savedMachine } from './saved-machine.ts';

const [directed = '', , random = '', random129 = '', wild = ''] = casesOf2026_11_26;
const [new134 = '', new136 = ''] = casesOf2026_11_28;
const hasLinks = ({ files }: RecordedMachine) => Object.values(files).some((file) => 'link' in file);
const every = (nth: number, path: string) => readMachines(path).filter((_, index) => index % nth === 0);

/** Every machine of the questions with a link, and some of all: 200 and more. */
const machines = [
  ...readMachines(directed).filter(hasLinks),
  ...every(25, directed),
  ...every(30, random),
  ...every(50, random129),
  ...every(50, wild),
  ...every(100, new134),
  ...every(100, new136),
];

const labFile = (file: RecordedFile): LabFile => {
  if ('text' in file) return file.text;
  if ('link' in file) return file;
  return 'dir' in file ? { directory: true } : { text: Buffer.from(file.data) };
};

/** What the deployed script sends of such a machine, read back; `undefined` where it says that it cannot tell. */
async function throughShell(machine: RecordedMachine): Promise<NodeFiles | undefined> {
  const root = new NodeRoot({
    processes: [
      {
        pid: 4242,
        argv: ['/usr/bin/kubelet', ...machine.args],
        workingDirectory: machine.cwd,
        environment: { KUBELET_CONFIG_DROPIN_DIR_ALPHA: '1' },
      },
    ],
    files: Object.fromEntries(Object.entries(machine.files).map(([path, file]) => [path, labFile(file)])),
  });
  const output = await outputOf(kubeletProbeScript({ root: root.path })).finally(() => root[Symbol.dispose]());
  const body = decodeAnswer(output);
  if (!body.ok) throw new Error(`${machine.id}: ${body.error.because}`);
  const answer = parseProbeAnswer(body.value);
  if (!answer.ok) throw new Error(`${machine.id}: ${answer.error}`);
  if (answer.value.outcome !== 'kubelet') return undefined;

  // The recordings tell no time: what is compared is what the files say.
  const { times: _, startedAt: __, ...files } = answer.value.files;
  return { ...files, kubeletVersion: machine.version };
}

async function outputOf(script: string): Promise<string> {
  const shell = spawn('sh', ['-c', script], { env: {}, stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  for await (const chunk of shell.stdout.setEncoding('utf8')) output += chunk;
  return output;
}

it(`says of ${machines.length} machines through the probe's shell what it says without it, or less`, async () => {
  expect(machines.length).toBeGreaterThanOrEqual(200);

  const compared = await pMap(
    machines,
    async (machine) => {
      const files = await throughShell(machine);
      const direct = effectiveConfiguration(savedMachine(machine), 'ssm');
      const shell = files && effectiveConfiguration(files, 'ssm');
      const more = settingPaths.filter((path) => {
        const [fact, known] = [shell?.ok && shell.value.settings[path], direct.ok && direct.value.settings[path]];
        if (!fact || fact.state === 'unknown') return false;
        return !known || known.state === 'unknown' || known.value !== fact.value;
      });
      const { wrong, wrongVerdict } = files ? compare(machine, files) : { wrong: [], wrongVerdict: false };
      return { id: machine.id, more, wrong, wrongVerdict, told: shell?.ok === true };
    },
    { concurrency: 4 },
  );

  expect(
    compared.filter(({ more, wrong, wrongVerdict }) => more.length > 0 || wrong.length > 0 || wrongVerdict),
  ).toEqual([]);
  // A program that keeps silent about everything must not pass.
  expect(compared.filter(({ told }) => told).length).toBeGreaterThan(machines.length / 2);
});
