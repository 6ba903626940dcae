import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { architecturePicture } from './architecture-picture.ts';
import { columns, firstScreen, hashes, hashOf, withPicturedRun } from './pictured-run.ts';
import { terminalPicture } from './terminal-picture.ts';

const root = join(import.meta.dirname, '../../..');
const picture = (name: string) => readFileSync(join(root, 'docs/pictures', name));
const themes = ['light', 'dark'] as const;

describe('the pictures of the README are what npm run pictures would make today', () => {
  it.each(themes)('architecture, %s', (theme) => {
    expect(picture(`architecture-${theme}.svg`).toString()).toBe(architecturePicture(theme));
  });

  it('the terminal and the first screen of the report, as the program prints them', async () => {
    const [text, page] = await withPicturedRun(async (run) => [
      await run.terminal(columns),
      readFileSync(run.page, 'utf8'),
    ]);
    for (const theme of themes)
      expect(picture(`terminal-${theme}.svg`).toString()).toBe(terminalPicture(text, { theme, columns }));

    const { firstScreenOfReport, ...pictures } = JSON.parse(readFileSync(join(root, hashes), 'utf8'));
    expect(Object.keys(pictures)).toEqual(themes.map((theme) => `report-${theme}.png`));
    for (const [name, hash] of Object.entries(pictures)) expect(hashOf(picture(name)), name).toBe(hash);
    expect(hashOf(firstScreen(page)), 'the report has changed: npm run pictures').toBe(firstScreenOfReport);
  });
});
