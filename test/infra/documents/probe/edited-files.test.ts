import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import pMap from 'p-map';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeletProbeScript } from '../../../../infra/documents/probe/kubelet-probe.ts';
import { remediationPart } from '../../../../infra/documents/remediation/remediate-kubelet.ts';
import { decodeAnswer } from '../../../../lambda/adapters/ssm/command-answers.ts';
import { kubeletFacts } from '../../../../lambda/adapters/ssm/kubelet-facts.ts';
import { clientCaFile } from '../../../../lambda/core/judge/controls/client-ca-file.ts';
import { evaluate } from '../../../../lambda/core/judge/evaluate.ts';
import type { ClusterNode, Verdict } from '../../../../lambda/core/model/model.ts';
import { NodeRoot } from '../../../lab/node/node-root.ts';
import { seconds } from '../../../patience.ts';
import { config, dropIns, ways } from './ways.ts';

// A kubelet starts, then its files are edited without a restart: the edited files are no pass. The test runs in real time, since the time of a change
// (ctime) can't be set. The files are written, a second later their kubelets start, and the edits come in their first seconds.

const verdicts = new Map<string, Verdict>();
/** What the node's remedy would say before it restarts such a kubelet. */
const refusals = new Map<string, string>();
const roots: NodeRoot[] = [];

beforeAll(async () => {
  for (const { files, process, config: named = config, configDir = dropIns } of Object.values(ways))
    roots.push(
      new NodeRoot({
        processes: [
          {
            pid: 4242,
            argv: ['/usr/bin/kubelet', '--kubeconfig=/k', `--config=${named}`, `--config-dir=${configDir}`],
            environment: { KUBELET_CONFIG_DROPIN_DIR_ALPHA: '1' },
            // A second after the files; the edits come a moment later.
            secondsOld: -1,
            ...process,
          },
        ],
        files: { [`${configDir}/note`]: 'no drop-in', ...files },
      }),
    );
  await delay(1_200);
  await pMap(
    Object.entries(ways),
    async ([name, { edit, config: named = config, configDir = dropIns }], index) => {
      const root = roots[index]?.path ?? '';
      // A machine's uptime goes on; this one is fixed, so the script counts from the time of the boot.
      rmSync(`${root}/proc/uptime`, { force: true });
      edit?.((path) => `${root}${path}`);
      verdicts.set(name, await verdictOf(root));
      refusals.set(name, await refusalOf(root, { named, configDir }));
    },
    { concurrency: 4 },
  );
}, seconds(240));
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
  const shell = spawn('sh', ['-c', kubeletProbeScript({ root })], { env: {}, stdio: ['ignore', 'pipe', 'ignore'] });
  const body = decodeAnswer(await text(shell.stdout));
  if (!body.ok) throw new Error(body.error.because);
  const facts = kubeletFacts(node, body.value, new Date());
  return facts.ok
    ? evaluate(clientCaFile, { node, facts: facts.value, failures: [] })
    : evaluate(clientCaFile, { node, failures: [facts.error] });
}

/** What the remedy's own shell makes of the same machine; which links and owners it takes is another test's. */
async function refusalOf(
  root: string,
  { named, configDir }: { readonly named: string; readonly configDir: string },
): Promise<string> {
  const script = `${remediationPart('common.sh')}
cd "$(mktemp -d)"
trap 'rm -rf "$PWD"' EXIT
root='${root}' pid=4242 settings=some SSM_Touched=refuse config_directory='${configDir}'
refuse() { echo "$1"; exit; }
{ find "$root$config_directory/" -name '*.conf' | sed "s|^$root||"; echo '${named}'; } >sources
: >units
: >programs
${remediationPart('since-start.sh')}
${remediationPart('changed-since.sh')}
unchanged
echo unchanged`;
  // It complains of the uptime, which is missing here.
  const shell = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  return (await text(shell.stdout)).trimEnd();
}

const ofKind = (wanted: (kind: string) => boolean) =>
  Object.entries(ways).flatMap(([name, { kind }]) => (wanted(kind) ? [name] : []));

describe('a day of ordinary life', () => {
  it.each(ofKind((kind) => kind === 'harmless'))(
    'with %s leaves the client CA a pass, and lets the remedy restart the kubelet',
    (name) => {
      expect(verdicts.get(name)).toMatchObject({ status: 'pass', evidence: { value: '/etc/pki/ca.crt' } });
      expect(refusals.get(name)).toBe('unchanged');
    },
  );
});

describe('what no time of a file shows', () => {
  it.each(ofKind((kind) => kind === 'log'))('with %s, what the files say is that of the next start', (name) => {
    expect(verdicts.get(name)).toMatchObject({
      status: 'unknown',
      because: expect.stringMatching(/what runs is not known: its start log names .*; after a restart .*which passes/),
    });
  });

  it.each(ofKind((kind) => kind === 'elsewhere'))('%s is not read, and its files prove nothing', (name) => {
    expect(verdicts.get(name)).toMatchObject({
      status: 'unknown',
      because: expect.stringMatching(/no kubelet runs on this machine; processes of that name were ignored: 1 /),
    });
  });
});

describe('a file that is not the one that the kubelet read', () => {
  it.each(ofKind((kind) => !['harmless', 'log', 'elsewhere'].includes(kind)))(
    'by %s is no pass, and no remedy restarts the kubelet with it',
    (name) => {
      expect(verdicts.get(name)).toMatchObject({
        status: 'unknown',
        because: expect.stringMatching(/what runs is not known: .*; after a restart .*which passes/),
      });
      expect(refusals.get(name)).toMatch(/^(edited|touched)-since$/);
    },
  );

  it('is tried in many ways', () => {
    const count = (kind: string) => ofKind((each) => each === kind).length;
    expect(['mount', 'rename', 'clock', 'link', 'harmless'].map((kind) => [kind, count(kind)])).toEqual([
      ['mount', expect.toSatisfy((many: number) => many >= 8)],
      ['rename', expect.toSatisfy((many: number) => many >= 8)],
      ['clock', expect.toSatisfy((many: number) => many >= 6)],
      ['link', expect.toSatisfy((many: number) => many >= 8)],
      ['harmless', expect.toSatisfy((many: number) => many >= 10)],
    ]);
  });
});
