import { spawn, spawnSync } from 'node:child_process';
import { rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeletProbeScript } from '../../../../infra/documents/probe/kubelet-probe.ts';
import { decodeAnswer } from '../../../../lambda/adapters/ssm/decode-answer.ts';
import { kubeletFacts } from '../../../../lambda/adapters/ssm/kubelet-facts.ts';
import { clientCaFile } from '../../../../lambda/core/judge/controls/client-ca-file.ts';
import { evaluate } from '../../../../lambda/core/judge/evaluate.ts';
import type { ClusterNode, Verdict } from '../../../../lambda/core/model/model.ts';
import { type LabFile, NodeRoot } from '../../../lab/node/node-root.ts';

// A kubelet starts, then its files are edited without a restart: the edited files are no pass. The test runs in real time, since the time of a change
// (ctime) can't be set. The files are written, a second later their kubelets start, and the edits come in their first seconds.

const withCa = JSON.stringify({
  kind: 'KubeletConfiguration',
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  authentication: { x509: { clientCAFile: '/etc/pki/ca.crt' } },
});
const withoutCa = withCa.replace('/etc/pki/ca.crt', '');
const config = '/etc/k/config.json';
const sub = '/etc/k/config.d/team';

interface Edited {
  readonly files: Readonly<Record<string, LabFile>>;
  /** Done to the files of the running kubelet; `at` is where a path of the node lies here. */
  readonly edit?: (at: (path: string) => string) => void;
}

const run = (command: string, ...args: readonly string[]) => {
  if (spawnSync(command, args).status !== 0) throw new Error(`${command} failed`);
};
const longAgo = new Date('2020-01-01T00:00:00Z');

const nodes: Readonly<Record<string, Edited>> = {
  'nothing at all': { files: { [config]: withCa, [`${sub}/1.conf`]: withCa } },
  'another CA file at the same path': {
    files: { [config]: withCa, '/etc/pki/ca.crt': 'old' },
    edit: (at) => writeFileSync(at('/etc/pki/ca.crt'), 'new'),
  },
  'an edit in its place': { files: { [config]: withoutCa }, edit: (at) => writeFileSync(at(config), withCa) },
  'cp -p of an older file': {
    files: { [config]: withoutCa, '/etc/k/older': withCa },
    edit: (at) => run('cp', '-p', at('/etc/k/older'), at(config)),
  },
  'mv of an older file': {
    files: { [config]: withoutCa, '/etc/k/older': withCa },
    edit: (at) => run('mv', at('/etc/k/older'), at(config)),
  },
  'touch, which sets the time back': {
    files: { [config]: withoutCa },
    edit(at) {
      writeFileSync(at(config), withCa);
      utimesSync(at(config), longAgo, longAgo);
    },
  },
  'a drop-in that is deleted in a sub-folder': {
    files: { [config]: withCa, [`${sub}/1.conf`]: withoutCa },
    edit: (at) => rmSync(at(`${sub}/1.conf`)),
  },
  'an older drop-in that is moved into a sub-folder': {
    files: { [config]: withoutCa, '/etc/k/older': withCa, [`${sub}/note`]: 'no drop-in' },
    edit: (at) => run('mv', at('/etc/k/older'), at(`${sub}/1.conf`)),
  },
  'a sub-folder that is moved away': {
    files: { [config]: withCa, [`${sub}/1.conf`]: withoutCa },
    edit: (at) => run('mv', at(sub), at('/etc/k/elsewhere')),
  },
  'a link that leads elsewhere': {
    files: { [config]: { link: 'old.json' }, '/etc/k/old.json': withoutCa, '/etc/k/new.json': withCa },
    edit(at) {
      rmSync(at(config));
      symlinkSync('new.json', at(config));
    },
  },
};

const untouched = ['nothing at all', 'another CA file at the same path'];
const verdicts = new Map<string, Verdict>();
const roots: NodeRoot[] = [];

beforeAll(async () => {
  for (const { files } of Object.values(nodes))
    roots.push(
      new NodeRoot({
        processes: [
          {
            pid: 4242,
            argv: ['/usr/bin/kubelet', `--config=${config}`, '--config-dir=/etc/k/config.d'],
            environment: { KUBELET_CONFIG_DROPIN_DIR_ALPHA: '1' },
            // A second after the files; the edits come a moment later.
            secondsOld: -1,
          },
        ],
        files: { '/etc/k/config.d/note': 'no drop-in', ...files },
      }),
    );
  await delay(1_200);
  await Promise.all(
    Object.entries(nodes).map(async ([name, { edit }], index) => {
      const root = roots[index]?.path ?? '';
      edit?.((path) => `${root}${path}`);
      verdicts.set(name, await verdictOf(root));
    }),
  );
});
afterAll(() => {
  for (const root of roots) root[Symbol.dispose]();
});

const node: ClusterNode = {
  key: 'i-0123456789abcdef0',
  machine: { status: 'confirmed', instanceId: 'i-0123456789abcdef0' },
  kind: 'al2023',
  group: { kind: 'managed', name: 'workers' },
  kubeletVersion: 'v1.34.9',
};

/** What the deployed script sends, judged as an audit judges it. */
async function verdictOf(root: string): Promise<Verdict> {
  // A machine's uptime goes on; this one is fixed, so the script counts from the time of the boot.
  rmSync(`${root}/proc/uptime`);
  const shell = spawn('sh', ['-c', kubeletProbeScript({ root })], { env: {}, stdio: ['ignore', 'pipe', 'ignore'] });
  const body = decodeAnswer(await text(shell.stdout));
  if (!body.ok) throw new Error(body.error.because);
  const facts = kubeletFacts(node, body.value, new Date());
  if (!facts.ok) throw new Error(facts.error.because);
  return evaluate(clientCaFile, { node, facts: facts.value, failures: [] });
}

describe('by files that a running kubelet has read', () => {
  it.each(untouched)('the client CA is a pass after %s', (name) => {
    expect(verdicts.get(name)).toMatchObject({ status: 'pass', evidence: { value: '/etc/pki/ca.crt' } });
  });
});

describe('by files that were changed under a running kubelet', () => {
  it.each(Object.keys(nodes).filter((name) => !untouched.includes(name)))(
    'the client CA is not known after %s, and it is said what a restart brings',
    (name) => {
      expect(verdicts.get(name)).toMatchObject({
        status: 'unknown',
        because: expect.stringMatching(
          /what runs is not known: .* changed after the kubelet started; after a restart .*which passes/,
        ),
      });
    },
  );
});
