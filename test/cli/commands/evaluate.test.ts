import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordedAnswer } from '../../lab/wire/http-answer.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { runCli } from '../run-cli.ts';

const recordings = join(import.meta.dirname, '../../fixtures/kubelets');
const folder = temporaryFolder();

const write = (name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** Most of these tests are about how files are read: one control shows it. */
const oneControl = ['--controls', 'kubelet-client-ca-file'];

const run = (args: readonly string[], stdin = '', env: Readonly<Record<string, string>> = {}) =>
  runCli(args, { stdin, env });

const cmdlineOf = (recording: string): string =>
  write(
    `${recording}.cmdline`,
    Buffer.from(readFileSync(join(recordings, recording, 'proc-cmdline.b64'), 'utf8'), 'base64'),
  );
/** Of a command line, by the one control, and by the files below `root` where it is given. */
const evaluateNode = (cmdline: string, root?: string, ...flags: readonly string[]) =>
  run(['evaluate', 'node', '--cmdline', cmdline, ...oneControl, ...(root ? ['--root', root] : []), ...flags]);
const passing = [
  'file-sets-ca',
  'flag-sets-ca',
  'drop-in-sets-ca',
  'al2023-shape',
  'ca-set-but-anonymous-always-allow-read-only-port',
  'debugging-handlers-off',
];

describe('evaluate node', () => {
  it.each(readdirSync(recordings))('judges %s by its command line and files as by the truth', async (recording) => {
    const root = join(recordings, recording, 'root');
    const { code, stdout } = await evaluateNode(
      cmdlineOf(recording),
      root,
      '--kubelet-version',
      'v1.34.9',
      '-f',
      'json',
    );
    expect(code).toBe(passing.includes(recording) ? 0 : 1);
    const { evidence } = JSON.parse(stdout).clusters[0].nodes[0].verdicts['kubelet-client-ca-file'];
    expect(evidence).toMatchObject({ kubeletVersion: 'v1.34.9', via: 'files' });
  });

  it('does not take a file that was not saved for one that does not exist', async () => {
    const { code, stdout } = await evaluateNode(cmdlineOf('file-sets-ca'));
    expect(stdout).toMatch(/unknown.*was not read/);
    expect(code).toBe(2);
    // A flag needs no file.
    expect((await evaluateNode(cmdlineOf('flag-sets-ca'))).code).toBe(0);
  });

  it('takes a folder that is not there for an empty one, with a warning', async () => {
    const { code, stderr } = await evaluateNode(cmdlineOf('file-sets-ca'), join(folder, 'nowhere'));
    expect(stderr).toContain(`no folder '${join(folder, 'nowhere')}'`);
    expect(code).toBe(2);
  });

  it('does not follow a link out of the saved files to this machine’s own', async () => {
    const outside = write(
      'outside.json',
      JSON.stringify({
        kind: 'KubeletConfiguration',
        apiVersion: 'kubelet.config.k8s.io/v1beta1',
        authentication: { x509: { clientCAFile: '/x' } },
      }),
    );
    mkdirSync(join(folder, 'linked/etc/kubernetes/kubelet'), { recursive: true });
    symlinkSync(outside, join(folder, 'linked/etc/kubernetes/kubelet/config.json'));
    const { code, stdout } = await evaluateNode(cmdlineOf('file-sets-ca'), join(folder, 'linked'));

    expect(stdout).toContain('leads out of the saved files');
    expect(code).toBe(2);
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['holds no kubelet', 'root 1 0 0 22:00 ? 00:00:00 /sbin/init\n', /no kubelet/],
    ['is empty', '', /no kubelet/],
    ['is random bytes', Buffer.from([0, 255, 254, 1, 0, 200]), /unknown/],
  ])('says so when the command line %s', async (_what, content, message) => {
    const { code, stdout } = await evaluateNode(write('odd', content));
    expect(stdout).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('evaluate configz', () => {
  const answers = readdirSync(recordings).map(
    (recording) => [recording, recordedAnswer(`kubelets/${recording}/configz-through-api-server.http`)] as const,
  );

  it.each(answers.filter(([, answer]) => answer.status === 200))(
    'judges the answer of %s',
    async (recording, { body }) => {
      const { code, stdout } = await run(['evaluate', 'configz', '-', '--format', 'json', ...oneControl], body);
      expect(code).toBe(passing.includes(recording) ? 0 : 1);
      const { facts, verdicts } = JSON.parse(stdout).clusters[0].nodes[0];
      expect(facts.via).toBe('configz');
      expect(verdicts['kubelet-client-ca-file'].evidence.proof.sha256).toBe(
        createHash('sha256').update(body).digest('hex'),
      );
    },
  );

  it('counts nodes, and no cluster, because the files do not name theirs', async () => {
    const files = answers.flatMap(([recording, { status, body }]) => (status === 200 ? [write(recording, body)] : []));
    const { stdout } = await run(['evaluate', 'configz', ...files, ...oneControl]);
    expect(stdout).toContain(`\n\n${files.length} nodes: 2 of ${files.length} nodes let strangers in; 4 are closed\n`);
    expect(stdout).not.toContain('1 cluster');
  });
});

describe('every control that a saved answer shows', () => {
  it('are chosen by the environment where no flag says otherwise', async () => {
    const args = ['evaluate', 'node', '--cmdline', cmdlineOf('flag-sets-ca'), '--format', 'json'];
    const env = { EKS_KUBELET_AUDIT_BENCHMARK: 'cis-eks-1.2.0', EKS_KUBELET_AUDIT_CONTROLS: '3.2.8' };
    const slugsOf = async (...flags: string[]) =>
      Object.keys(JSON.parse((await run([...args, ...flags], '', env)).stdout).clusters[0].nodes[0].verdicts);

    expect(await slugsOf()).toEqual(['kubelet-hostname-override']);
    expect(await slugsOf('--benchmark', 'cis-eks-1.8.0')).toEqual(['kubelet-rotate-certificates']);
  });
});
