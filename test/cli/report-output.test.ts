import { lchown, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openOutput, writeReport } from '../../lambda/cli/report-output.ts';

const folder = await mkdtemp(join(tmpdir(), 'report-output-'));
const nowhere = { stdout: new PassThrough(), stderr: new PassThrough(), env: {} };

describe('the output of a report', () => {
  it('is stdout, piece by piece, which is left open', async () => {
    const stdout = new PassThrough();
    const out = await openOutput(undefined, { stdout });
    await out.write(['a\n', 'b\n']);
    await out.write('c\n');
    await out.close();
    stdout.end('d\n');

    expect(await text(stdout)).toBe('a\nb\nc\nd\n');
  });

  it('waits for a reader who is slower', async () => {
    const stdout = new PassThrough({ highWaterMark: 4 });
    let taken = 0;
    const pieces = (function* () {
      for (; taken < 100; taken += 1) yield 'x'.repeat(10);
    })();

    const out = await openOutput(undefined, { stdout });
    const written = out.write(pieces);
    await setImmediate();
    expect(taken).toBeLessThan(3);

    const read = text(stdout);
    await written;
    await out.close();
    stdout.end();
    expect(await read).toHaveLength(1_000);
  });

  it.skipIf(process.geteuid?.() !== 0)('does not follow a link of another user', async () => {
    const victim = join(folder, 'victim');
    await writeFile(victim, 'mine');
    await symlink(victim, join(folder, 'report.html'));
    await lchown(join(folder, 'report.html'), 65_534, 65_534);

    await expect(writeReport('report', join(folder, 'report.html'), nowhere)).rejects.toMatchObject({
      code: 'output-unwritable',
      message: expect.stringContaining('is a link that somebody else made'),
    });
    expect(await readFile(victim, 'utf8')).toBe('mine');
  });

  it('is a file, from its beginning', async () => {
    const file = join(folder, 'report');
    await writeReport('long before\n', file, nowhere);
    await writeReport(
      Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`),
      file,
      nowhere,
    );

    const lines = (await readFile(file, 'utf8')).split('\n');
    expect(lines).toHaveLength(20_001);
    expect(lines[0]).toBe('line 0');
  });
});
