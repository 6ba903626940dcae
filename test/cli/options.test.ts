import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deploymentFields } from '../../infra/config/deployment-fields.ts';
import { defaultRegion } from '../../lambda/cli/options.ts';
import { configFrom } from '../../lambda/wiring/config-file.ts';
import { textOf } from '../docs/pages.ts';
import { packedProgram } from '../made-once.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { runCli } from './run-cli.ts';

const folder = temporaryFolder();

describe('the file of --config', () => {
  it('knows every field of deployment.yaml', () => {
    for (const name of Object.keys(deploymentFields.shape))
      expect(() => configFrom(`${name}: 1`, 'x')).not.toThrow('unknown field');
  });

  it('gives the settings that no flag sets', () => {
    const text = 'regions: [eu-west-1]\nsources: [ssm]\nnodeTimeout: 3s\npublish: true\ncontrols: [3.2.3]\n';
    expect(configFrom(text, 'x')).toEqual({
      region: ['eu-west-1'],
      sources: ['ssm'],
      nodeTimeout: '3s',
      controls: ['3.2.3'],
    });
    expect(configFrom('organization: {id: o-ab12cd34ef, exclude: ["111122223333"]}', 'x')).toEqual({
      organization: true,
      units: [],
      excludedAccounts: ['111122223333'],
    });
  });
});

describe('the Region', () => {
  it('comes from the profile if the environment does not set it', async () => {
    const config = join(folder, 'config');
    writeFileSync(config, '[profile prod]\nregion = ap-south-1\n');
    const before = { ...process.env };
    try {
      process.env['AWS_CONFIG_FILE'] = config;
      expect(await defaultRegion({}, 'prod')).toEqual({ defaultRegion: 'ap-south-1' });
      expect(await defaultRegion({}, 'other')).toEqual({});
      expect(await defaultRegion({ AWS_REGION: 'eu-west-1' }, 'prod')).toEqual({ defaultRegion: 'eu-west-1' });
    } finally {
      process.env = before;
    }
  });
});

describe('a profile', () => {
  const config = join(folder, 'profiles');
  writeFileSync(config, '[profile prod]\nregion = ap-south-1\n');
  const audit = (name: string, file = config) =>
    runCli(['audit', '--profile', name, '--region', 'mars'], {
      env: { AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none') },
    });

  it('that is there is no error', async () => {
    expect((await audit('prod')).stderr).not.toContain('profile');
  });
});

describe('completion', () => {
  const complete = async (...words: readonly string[]) => (await runCli(['complete', '--', ...words])).stdout;

  it.each([
    ['bash', /complete .*eks-kubelet-audit/],
    ['zsh', /compdef .*eks-kubelet-audit/],
    ['fish', /complete -c eks-kubelet-audit/],
  ])('prints a script for %s', async (shell, script) => {
    const { code, stdout } = await runCli(['completion', shell]);
    expect(stdout).toMatch(script);
    expect(code).toBe(0);
  });

  it.each(['/bin/bash', '/usr/bin/dash', '/usr/bin/zsh'].filter((shell) => existsSync(shell)))(
    'is set up by the words of docs/command-line.md in an empty home folder, by %s',
    async (shell) => {
      const home = temporaryFolder();
      const program = join(home, 'eks-kubelet-audit');
      writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${await packedProgram()}' "$@"\n`, {
        mode: 0o755,
      });
      const [, body = ''] = /## Completion[\s\S]*?```sh\n([\s\S]*?)```/.exec(textOf('docs/command-line.md')) ?? [];
      const env = { HOME: home, PATH: `${home}:/usr/bin:/bin` };
      const { status, stderr } = spawnSync(shell, ['-ec', body], { env, cwd: home, encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
      const written = [...body.matchAll(/> ~(\S+)/g)].map(([, path = '']) => readFileSync(join(home, path), 'utf8'));
      expect(written.map((text) => /compdef|complete /.test(text))).toEqual([true, true, true]);

      const loaded = 'fpath+=~/.zfunc; autoload -Uz compinit; compinit -u; print $_comps[eks-kubelet-audit]';
      const shown = shell.endsWith('zsh') && spawnSync(shell, ['-fc', loaded], { env, encoding: 'utf8' }).stdout;
      expect(shown).toBe(shell.endsWith('zsh') && '_eks-kubelet-audit\n');
    },
  );

  it('knows commands, options and their values', async () => {
    expect(await complete('aud')).toMatch(/^audit\taudit clusters: /);
    expect(await complete('audit', '--fail')).toMatch(/^--fail-on\t/);
    expect(await complete('audit', '--fail-on', '')).toMatch(/^fail\t\nwarn\t\nunknown\t/);
    expect(await complete('audit', '--scope', '')).toBe('node-group\t\nnode\t\ncluster\t\n:4\n');
    expect(await complete('explain', 'client-ca-e')).toMatch(
      /^client-ca-expiry\tClient CA of the kubelet must stay valid .*\n:4\n$/,
    );
  });

  it.each([
    ['audit', '--kubeconfig', ''],
    ['evaluate', 'configz', ''],
    ['report', ''],
  ])('leaves names of files to the shell: %s %s', async (...words) => {
    expect(await complete(...words)).toBe(':0\n');
  });

  it.each([
    ['audit --fail-on = w', 'warn', false],
    ['audit --kubeconfig ', '', true],
  ])('works in bash, without any package of it: %s', async (typed, offered, files) => {
    const { stdout: script } = await runCli(['completion', 'bash']);
    const words = ['eks-kubelet-audit', ...typed.split(' ')];
    const asked = `${script}
eks-kubelet-audit() { "$node" "$program" "$@"; }
compopt() { echo no files; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length - 1}
_eks_kubelet_audit
echo "\${COMPREPLY[*]}"`;
    const { stdout } = spawnSync('bash', ['-c', asked], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], node: process.execPath, program: await packedProgram() },
    });
    expect(stdout).toBe(`${files ? '' : 'no files\n'}${offered}\n`);
  });
});

describe('help', () => {
  const helpOf = async (...command: readonly string[]): Promise<string> => {
    const { code, stdout } = await runCli([...command, '--help'], { env: { COLUMNS: undefined } });
    expect(code).toBe(0);
    return stdout;
  };
  const commandsIn = (help: string): readonly string[] =>
    [...(help.split('\nCommands:\n')[1]?.split('\n\n')[0] ?? '').matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name);

  it('of each command ends with its exit codes and examples, and fits 80 columns', async () => {
    const all = commandsIn(await helpOf()).filter((name) => name !== 'help' && name !== 'complete');
    const nested = commandsIn(await helpOf('evaluate')).filter((name) => name !== 'help');
    expect(all).toContain('doctor');
    expect(nested).toContain('configz');

    for (const command of [[], ...all.map((name) => [name]), ...nested.map((name) => ['evaluate', name])]) {
      const help = await helpOf(...command);
      expect(help, command.join(' ')).toMatch(/\nExit codes: 0 [\s\S]*\n\nExamples:\n {2}eks-kubelet-audit /);
      expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });
});
