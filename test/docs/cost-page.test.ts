import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { costPage } from './cost-page.ts';
import { measuredItems, measuredOrganization } from './measured-items.ts';

describe('docs/cost.md', () => {
  it('says what the program computes', () => {
    const stored = readFileSync(join(import.meta.dirname, '../../docs/cost.md'), 'utf8');
    expect(
      stored === costPage(measuredItems, measuredOrganization),
      'prices or measurements have changed: run npm run docs',
    ).toBe(true);
  });

  it('follows what was measured', () => {
    const page = costPage(measuredItems, measuredOrganization);
    for (const which of ['default', 'complete'] as const) {
      const slow = { ...measuredItems, [which]: { ...measuredItems[which], secondsPerCluster: 100 } };
      expect(costPage(slow, measuredOrganization)).not.toBe(page);
    }
    expect(costPage(measuredItems, { ...measuredOrganization, pagesOfClusters: 1 })).not.toBe(page);
  });
});
