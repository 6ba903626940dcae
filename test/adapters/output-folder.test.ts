import {
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { keepEvidence, writePlanFiles } from '../../lambda/adapters/output-folder.ts';

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

  it('goes into no folder that is a link, by any owner', async () => {
    const elsewhere = join(folder, 'others');
    mkdirSync(elsewhere, { recursive: true });
    rmSync(join(folder, 'prod'), { recursive: true });
    symlinkSync(elsewhere, join(folder, 'prod'));

    await expect(keepEvidence(folder, [{ path: ['prod', 'a.json'], text: 'evidence' }])).rejects.toMatchObject({
      code: 'evidence-unwritable',
      message: expect.stringContaining("prod' is a link"),
    });
    expect(existsSync(join(elsewhere, 'a.json'))).toBe(false);
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

describe('a way with a link on it', () => {
  const shared = join(folder, 'shared');
  const mine = join(folder, 'mine');
  beforeEach(() => {
    for (const each of [shared, mine]) rmSync(each, { recursive: true, force: true });
    for (const each of [shared, mine]) mkdirSync(each, { mode: 0o777 });
  });

  /** As somebody who may write in the folder above would lay it. Only root can give a link to somebody else. */
  function plant(path: string, target = mine): void {
    symlinkSync(target, path);
    lchownSync(path, 65_534, 65_534);
  }
  const onlyRoot = it.skipIf(process.geteuid?.() !== 0);

  onlyRoot.each<[string, (path: string) => Promise<unknown>]>([
    ['evidence', (path) => keepEvidence(path, [{ path: ['prod', 'a.json'], text: 'evidence' }])],
    ['a plan', (path) => writePlanFiles(path, [{ path: ['prod', 'a.sh'], text: 'plan' }])],
  ])('is not taken by %s when somebody else made it: the folder itself, or one above it', async (_what, write) => {
    plant(join(shared, 'evidence'));
    for (const path of [join(shared, 'evidence'), join(shared, 'evidence', 'deep', 'er')])
      await expect(write(path)).rejects.toThrow(/is a link that somebody else made \(user 65534\)/);
    expect(readdirSync(mine)).toEqual([]);
  });

  onlyRoot('is not taken behind a link of our own either', async () => {
    plant(join(shared, 'planted'));
    symlinkSync(join(shared, 'planted'), join(folder, 'own'));
    await expect(keepEvidence(join(folder, 'own', 'x'), [])).rejects.toThrow(/planted' is a link that somebody else/);
  });

  it('is taken when it is ours', async () => {
    symlinkSync(mine, join(shared, 'ours'));
    await keepEvidence(join(shared, 'ours'), [{ path: ['prod', 'a.json'], text: 'evidence' }]);
    expect(readFileSync(join(mine, 'prod', 'a.json'), 'utf8')).toBe('evidence');
  });

  it('ends, when it leads to itself', async () => {
    symlinkSync(join(shared, 'b'), join(shared, 'a'));
    symlinkSync(join(shared, 'a'), join(shared, 'b'));
    await expect(keepEvidence(join(shared, 'a'), [])).rejects.toThrow(/leads from link to link/);
  });
});
