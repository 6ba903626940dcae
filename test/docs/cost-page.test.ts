import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { costPage } from './cost-page.ts';

describe('docs/cost.md', () => {
  it('has the numbers that the program computes', () => {
    const stored = readFileSync(join(import.meta.dirname, '../../docs/cost.md'), 'utf8');
    expect(stored === costPage(), 'prices or measurements have changed: run npm run docs').toBe(true);
  });
});
