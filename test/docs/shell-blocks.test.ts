import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { textOf } from './pages.ts';
import { shellBlocks } from './shell-blocks.ts';

const root = join(import.meta.dirname, '../..');
const pages = ['README.md', 'README.ja.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: root }).toSorted()];

/** The text of each block of a page's shell. */
const bodies = (markdown: string): readonly string[] => {
  const lines = markdown.split('\n');
  return shellBlocks(markdown).map(({ line }) => {
    const body = lines.slice(line);
    const end = body.findIndex((each) => each.trim() === '```');
    return body.slice(0, end).join('\n');
  });
};
/** Lines that have a comment, which an interactive zsh passes on as words. */
const commentedLines = (markdown: string): readonly string[] =>
  bodies(markdown).flatMap((body) => body.split('\n').filter((each) => /(^|\s)#/.test(each)));

/** Each has its words recorded, in place of a program of that name. */
const programs = [
  'apiclient',
  'aws',
  'awk',
  'base64',
  'cat',
  'cosign',
  'cp',
  'cut',
  'eks-kubelet-audit',
  'eksctl',
  'gh',
  'git',
  'jq',
  'kubectl',
  'mkdir',
  'node',
  'npm',
  'npx',
  'openssl',
  'output',
  'sha256sum',
  'snap',
  'sudo',
  'terraform',
  'wc',
];
const folder = temporaryFolder();
const tools = join(folder, 'tools');
mkdirSync(tools);
// One write for each call: the parts of a pipe run side by side.
const recorded = 'for each; do line="$line [$each]"; done; printf \'%s\\n\' "$line" >>"$CALLS"';
for (const name of programs)
  writeFileSync(join(tools, name), `#!/bin/sh\nline=${name}\n${recorded}\n`, { mode: 0o755 });

/** The commands that a shell runs for these blocks, each with its words. */
function commandsIn(shell: string, blocks: readonly string[]): readonly string[] {
  const calls = join(folder, 'calls');
  writeFileSync(calls, '');
  const script = blocks.join('\n');
  const { stderr } = spawnSync(shell, ['-c', script], {
    cwd: folder,
    env: { PATH: tools, HOME: folder, CALLS: calls },
    encoding: 'utf8',
  });
  // Only EKS's AMIs have that script.
  expect(stderr.replaceAll(/.*\/etc\/eks\/.*/g, ''), shell).not.toMatch(/not found|syntax|parse error|no matches/i);
  return readFileSync(calls, 'utf8').split('\n').filter(Boolean).toSorted();
}

describe('blocks of shell', () => {
  it.each(pages)('have no comment in %s, so that they can be pasted into zsh', (page) => {
    expect(commentedLines(textOf(page))).toEqual([]);
  });

  it('are searched for comments behind a command and on a line of their own', () => {
    const markdown = '# Page\n\n```sh\n# first\nls  # second\nls a#b\n```\n\n```yaml\na: 1 # third\n```\n';
    expect(commentedLines(markdown)).toEqual(['# first', 'ls  # second']);
  });

  it.each(['/usr/bin/zsh', '/usr/bin/dash'].filter((shell) => existsSync(shell)))(
    'run the same commands with the same words in bash and in %s, on every page',
    (shell) => {
      const blocks = pages.flatMap((page) => bodies(textOf(page)));
      const inBash = commandsIn('/bin/bash', blocks);
      expect(inBash.length).toBeGreaterThan(100);
      expect(commandsIn(shell, blocks)).toEqual(inBash);
    },
  );

  it('call commands of this program by options that their help has, also in blocks that need an account', async () => {
    const calls = commandsIn(
      '/bin/bash',
      pages.flatMap((page) => bodies(textOf(page))),
    ).flatMap((line) => {
      const [, words] = /^(?:eks-kubelet-audit|npm \[run\].* \[cli\] \[--\]) \[(.*)\]$/.exec(line) ?? [];
      return words === undefined ? [] : [words.split('] [')];
    });
    expect(calls.length).toBeGreaterThan(50);
    for (const [first = '', second = '', ...others] of calls) {
      const path = first === 'evaluate' ? [first, second] : [first];
      const { stdout } = await runCli([...path, '--help']);
      const unknown = [second, ...others].filter((each) => /^--?[a-z]/.test(each) && !stdout.includes(each));
      expect({ unknown, stdout }, [first, second, ...others].join(' ')).toMatchObject({
        unknown: [],
        stdout: expect.stringContaining(`Usage: eks-kubelet-audit ${path.join(' ')} `),
      });
    }
  });

  it.runIf(existsSync('/usr/bin/zsh'))('differ where zsh splits or expands words in another way', () => {
    const [bash, zsh] = ['/bin/bash', '/usr/bin/zsh'].map((shell) => commandsIn(shell, ['a="1 2"; npm $a']));
    expect([bash, zsh]).toEqual([['npm [1] [2]'], ['npm [1 2]']]);
  });
});
