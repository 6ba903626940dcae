import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { packedProgram } from '../made-once.ts';

let program: string;
beforeAll(async () => {
  program = await packedProgram();
});

const closed = (child: ReturnType<typeof spawn>) =>
  new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));

describe('where the output cannot be written', () => {
  it('ends as ever when the reader of the help has left', async () => {
    const child = spawn(process.execPath, [program, 'audit', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [code, stderr] = await Promise.all([closed(child), text(child.stderr)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('keeps its exit code when the reader of the messages has left', async () => {
    const child = spawn(process.execPath, [program, 'explain', '9.9.9'], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.destroy();
    expect(await closed(child)).toBe(64);
  });

  it.skipIf(process.platform !== 'linux')('could not run when stdout is on a full disk, and says so', async () => {
    const full = await open('/dev/full', 'w');
    const child = spawn(process.execPath, [program, 'controls'], { stdio: ['ignore', full.fd, 'pipe'] });
    const [code, stderr] = await Promise.all([closed(child), child.stderr ? text(child.stderr) : '']);
    await full.close();

    expect(stderr).toMatch(/^error: the report cannot be written to stdout: ENOSPC/);
    expect(code).toBe(3);
  });
});
