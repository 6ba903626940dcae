import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { remediationPart, tight } from '../../../../infra/documents/remediation/remediate-kubelet.ts';
import { seconds } from '../../../patience.ts';
import { temporaryFolder } from '../../../temporary-folder.ts';
import { isInstalled } from '../is-installed.ts';

const folder = temporaryFolder();
const program = join(folder, 'arguments.awk');
// As it is deployed, without the blanks that it can do without.
writeFileSync(program, remediationPart('arguments.awk').split('\n').map(tight).join('\n'));

const awks = [['awk'], ['mawk'], ['gawk', '--posix'], ['busybox', 'awk']].filter(([command = '']) =>
  isInstalled(command),
);

function run(awk: readonly string[], variables: Readonly<Record<string, string>>, ...texts: readonly string[]): string {
  const files = texts.map((text, index) => {
    const file = join(folder, `file-${index}`);
    writeFileSync(file, text);
    return file;
  });
  const newline = texts[0]?.endsWith('\n') ? '1' : '0';
  const [command = 'awk', ...options] = awk;
  const all = Object.entries({ newline, ...variables }).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const { stdout, stderr, status } = spawnSync(command, [...options, ...all, '-f', program, ...files], {
    encoding: 'utf8',
    // It only ends a program that loops for ever.
    timeout: seconds(120),
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout;
}

describe.each(awks.map((awk) => [awk[0], awk] as const))('with %s', (_, awk) => {
  it.each<[string, string, string]>([
    ["'KUBELET_ARGS=--client-ca-file= --v=2'", 'client-ca-file', '1'],
    ["'KUBELET_ARGS=--v=2'", 'client-ca-file', '0'],
    ["'KUBELET_ARGS=--client_ca_file=/a --client-ca-file=/b'", 'client-ca-file', '2'],
    ["'KUBELET_ARGS=--config-dir=/a --image-credential-provider-config=/b'", 'config', '0'],
    ["'KUBELET_ARGS=--client-ca-file /a'", 'client-ca-file', 'odd'],
    ['\'KUBELET_ARGS=--client-ca-file="/a b"\'', 'client-ca-file', 'odd'],
    ["'KUBELET_ARGS=--client-ca-file=$OTHER'", 'client-ca-file', 'odd'],
    ['KUBELET_ARGS=--client-ca-file=/a', 'client-ca-file', '1'],
  ])('%s has --%s %s times', (line, flag, times) => {
    expect(run(awk, { mode: 'count', flag }, `[Service]\nEnvironment=${line}\n# --${flag}=/x\n`)).toBe(`${times}\n`);
  });

  it('changes that value and nothing else', () => {
    const text = "# --read-only-port=1\n[Service]\nEnvironment='A=--read-only-port=10255 --v=2'\n";

    expect(run(awk, { mode: 'replace', flag: 'read-only-port', value: '0' }, text)).toBe(text.replace('10255', '0'));
  });

  it('changes no longer word that only begins like it', () => {
    const text = 'V=--config-dir=/a --config=/b --config_dir=/c --config=/d';
    expect(run(awk, { mode: 'replace', flag: 'config', value: '/new' }, text)).toBe(
      'V=--config-dir=/a --config=/new --config_dir=/c --config=/new',
    );
  });

  it.each([
    ['--anonymous-auth', '--anonymous-auth=false'],
    ['--anonymous-auth=true', '--anonymous-auth=false'],
    ['--anonymous_auth=1', '--anonymous-auth=false'],
  ])('changes %s', (before, after) => {
    const variables = { mode: 'replace', flag: 'anonymous-auth', value: 'false', bool: '1' };
    expect(run(awk, variables, `A=--v=2 ${before} --x=y`)).toBe(`A=--v=2 ${after} --x=y`);
  });

  it('counts a line that goes on as part of the one before it, and not as a comment', () => {
    const text = 'V=--a=b \\\n# --read-only-port=1\n';
    expect(run(awk, { mode: 'count', flag: 'read-only-port' }, text)).toBe('1\n');
  });
});
