import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { controlsPage } from '../../../docs/controls-page.ts';

const page = controlsPage(controls);

describe('docs/controls.md', () => {
  it('says what the catalogue says', () => {
    const stored = readFileSync(join(import.meta.dirname, '../../../../docs/controls.md'), 'utf8');
    expect(stored === page, 'the catalogue has changed: run npm run docs').toBe(true);
  });

  it('explains every control once, and links to it', () => {
    for (const { slug } of controls) {
      expect(page.split(`\n## ${slug}\n`)).toHaveLength(2);
      expect(page).toContain(`[${slug}](#${slug})`);
    }
    expect(page).not.toMatch(/undefined|\[object/);
  });
});
