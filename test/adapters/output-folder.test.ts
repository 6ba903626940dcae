import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { keepEvidence } from '../../lambda/adapters/output-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
const file = join(folder, 'prod', 'a.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(join(folder, 'prod'), { recursive: true, force: true });
  mkdirSync(join(folder, 'prod'));
});

describe('keepEvidence', () => {
  it('replaces a link that lies there, and does not write where it leads', async () => {
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, 'mine');
    symlinkSync(elsewhere, file);
    await keepEvidence(folder, [{ path: ['prod', 'a.json'], text: 'evidence' }]);

    expect([readFileSync(elsewhere, 'utf8'), readFileSync(file, 'utf8')]).toEqual(['mine', 'evidence']);
  });

  it.skipIf(process.platform !== 'linux')(
    'says at once that a folder cannot be made where the kernel makes none',
    async () => {
      await expect(keepEvidence('/proc/x', [{ path: ['prod', 'a.json'], text: '' }])).rejects.toMatchObject({
        code: 'evidence-unwritable',
        message: expect.stringContaining("'/proc/x'"),
      });
    },
  );

  it('shows a file that everybody could read to its owner only from now on', async () => {
    writeFileSync(file, 'old', { mode: 0o644 });
    await keepEvidence(folder, [{ path: ['prod', 'a.json'], text: 'new' }]);

    expect(lstatSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe('new');
  });
});
