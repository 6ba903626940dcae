import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arrows, rooms, withCorePicture } from './core-picture.ts';
import { nodePath, withNodePath } from './node-path.ts';

const page = readFileSync(join(import.meta.dirname, '../../ARCHITECTURE.md'), 'utf8');

describe('ARCHITECTURE.md', () => {
  it('shows the imports between the rooms of core as they are today', () => {
    expect(page).toBe(withCorePicture(page));
  });

  it('has no arrow that runs up', () => {
    expect(arrows().filter(({ from, to }) => rooms.indexOf(to) > rooms.indexOf(from))).toEqual([]);
    expect(arrows().length).toBeGreaterThan(10);
  });

  it('lists the files that run for one node, which stay few', async () => {
    const { files, functions } = await nodePath('configz');
    expect(page).toBe(await withNodePath(page));
    expect(files.length).toBeLessThanOrEqual(170);
    expect(functions).toBeLessThanOrEqual(850);
  });
});
