import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packedProgram } from '../made-once.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { shellBlocks } from './shell-blocks.ts';

const root = join(import.meta.dirname, '../..');
const folder = temporaryFolder();
const read = (page: string) => readFileSync(join(root, page), 'utf8');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** What `npm test` itself is part of, or what is run by others: `npm ci`, `npm start`, `npm test`. */
const isOfTheCheck = (command: string): boolean => /^npm (ci|start|test)\b/.test(command);

/** Each command once, with the first place that has it. */
const commands = new Map(
  pages
    .flatMap((page) =>
      shellBlocks(read(page)).flatMap(({ commands: own, marked, line }) =>
        marked ? [] : own.map((command) => [command.split(/ {2,}#/)[0]?.trim() ?? '', `${page}:${line}`] as const),
      ),
    )
    .filter(([command]) => !isOfTheCheck(command))
    .toReversed(),
);

describe('every command of the README and of the pages', () => {
  let lab: ChildProcess;
  beforeAll(async () => {
    const [started, program] = await Promise.all([startedLab(), packedProgram()]);
    lab = started;
    // The commands are tried as they are written, with the packed program as an installed command.
    const installed = `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`;
    writeFileSync(join(folder, 'eks-kubelet-audit'), installed, { mode: 0o755 });
  });
  afterAll(async () => {
    lab?.kill('SIGTERM');
    if (lab?.exitCode === null) await once(lab, 'exit');
    // What the README's own example writes.
    rmSync(join(root, 'legacy.json'), { force: true });
  });

  it.concurrent.each([...commands])('%s works in the lab (%s)', async (command) => {
    const { code, stderr } = await inShell(`. ${join(folder, 'lab.sh')} && ${command}`);
    // What is found is the estate's; that nothing was wrong with the command is ours.
    expect([0, 1, 2], stderr).toContain(code);
    expect(stderr).not.toMatch(/^error: /m);
  });

  it('is more than a few', () => expect(commands.size).toBeGreaterThan(10));
});

/** `npm run lab`, when its exports are there. */
async function startedLab(): Promise<ChildProcess> {
  const lab = spawn(process.execPath, [join(root, 'test/lab/stay.ts'), '--folder', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  for await (const text of lab.stdout ?? []) {
    told += text;
    if (told.includes('Ctrl-C ends it')) break;
  }
  return lab;
}

/** In the clone, with the packed program as a command. A node that hangs is waited for as long as a test can. */
async function inShell(script: string): Promise<{ readonly code: number; readonly stderr: string }> {
  const env = {
    PATH: `${folder}:${dirname(process.execPath)}:${process.env['PATH']}`,
    HOME: folder,
    CI: 'true',
    EKS_KUBELET_AUDIT_NODE_TIMEOUT: '1s',
  };
  try {
    const { stderr } = await promisify(execFile)('bash', ['-c', script], {
      cwd: root,
      env,
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: 0, stderr };
  } catch (error) {
    const { code, stderr } = error as { readonly code: number; readonly stderr: string };
    return { code, stderr };
  }
}
