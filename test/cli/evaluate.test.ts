import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { main } from '../../lambda/cli/main.ts';
import { recordedAnswer } from '../lab/http-answer.ts';

const recordings = join(import.meta.dirname, '../fixtures/kubelets');
const folder = mkdtempSync(join(tmpdir(), 'evaluate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** The command line in this process: it takes its streams as parameters. */
async function run(args: readonly string[], stdin = ''): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await main(args, { stdin: Readable.from([stdin]), stdout, stderr, env: {} });
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

const cmdlineOf = (recording: string): string =>
  write(
    `${recording}.cmdline`,
    Buffer.from(readFileSync(join(recordings, recording, 'proc-cmdline.b64'), 'utf8'), 'base64'),
  );
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
    const { code } = await run([
      'evaluate',
      'node',
      '--cmdline',
      cmdlineOf(recording),
      '--root',
      join(recordings, recording, 'root'),
      '--kubelet-version',
      'v1.34.9',
    ]);
    expect(code).toBe(passing.includes(recording) ? 0 : 1);
  });

  it.each(readdirSync(recordings))('judges %s by the output of ps, which it says is weaker', async (recording) => {
    const { code, stdout } = await run([
      'evaluate',
      'node',
      '--cmdline',
      join(recordings, recording, 'ps-ef.txt'),
      '--root',
      join(recordings, recording, 'root'),
    ]);
    expect(code).toBe(passing.includes(recording) ? 0 : 1);
    expect(stdout).toContain('comes from ps');
  });

  it('does not take a file that nobody saved for one that is not there', async () => {
    const { code, stdout } = await run(['evaluate', 'node', '--cmdline', cmdlineOf('file-sets-ca')]);
    expect(stdout).toMatch(/unknown.*not saved/);
    expect(code).toBe(2);
  });

  it('takes a folder that is not there for an empty one, with a warning', async () => {
    const { code, stderr } = await run([
      'evaluate',
      'node',
      '--cmdline',
      cmdlineOf('file-sets-ca'),
      '--root',
      join(folder, 'nowhere'),
    ]);
    expect(stderr).toContain(`no folder '${join(folder, 'nowhere')}'`);
    expect(code).toBe(2);
  });

  it('reads a flag without any file', async () => {
    const { code } = await run(['evaluate', 'node', '--cmdline', cmdlineOf('flag-sets-ca')]);
    expect(code).toBe(0);
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
    const { code, stdout } = await run([
      'evaluate',
      'node',
      '--cmdline',
      cmdlineOf('file-sets-ca'),
      '--root',
      join(folder, 'linked'),
    ]);

    expect(stdout).toContain('leads out of the saved files');
    expect(code).toBe(2);
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['holds no kubelet', 'root 1 0 0 22:00 ? 00:00:00 /sbin/init\n', /no kubelet/],
    ['is empty', '', /no kubelet/],
    ['is random bytes', Buffer.from([0, 255, 254, 1, 0, 200]), /unknown/],
  ])('says so when the command line %s', async (_what, content, message) => {
    const { code, stdout } = await run(['evaluate', 'node', '--cmdline', write('odd', content)]);
    expect(stdout).toMatch(message);
    expect(code).toBe(2);
  });

  it('says so when the config file is no KubeletConfiguration', async () => {
    mkdirSync(join(folder, 'other/etc/kubernetes/kubelet'), { recursive: true });
    writeFileSync(join(folder, 'other/etc/kubernetes/kubelet/config.json'), '{"kind":"Pod","apiVersion":"v1"}');
    const { code, stdout } = await run([
      'evaluate',
      'node',
      '--cmdline',
      cmdlineOf('file-sets-ca'),
      '--root',
      join(folder, 'other'),
    ]);

    expect(stdout).toMatch(/unknown.*config\.json.*kind/);
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
      const { code, stdout } = await run(['evaluate', 'configz', '-', '--format', 'json'], body);
      expect(code).toBe(passing.includes(recording) ? 0 : 1);
      expect(JSON.parse(stdout).clusters[0].nodes[0].facts.via).toBe('configz');
    },
  );

  it('says what is wrong with a file that cannot be read', async () => {
    const { code, stderr } = await run(['evaluate', 'configz', join(folder, 'nowhere')]);
    expect(stderr).toMatch(/nowhere' cannot be read.*standard input/);
    expect(code).toBe(3);
  });

  it('takes no other format than it can give', async () => {
    expect((await run(['evaluate', 'configz', '-', '--format', 'asff'], '{}')).code).toBe(64);
  });
});
