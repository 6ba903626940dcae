import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { controls } from '../../../lambda/core/controls/index.ts';
import { findingsOf } from '../../../lambda/core/findings/findings-of.ts';
import type { Verdict } from '../../../lambda/core/model.ts';
import { auditOf, failed, judged, node, options, passed } from './compliant-audit.ts';
import { costTable, estate } from './scope-cost.ts';

const page = readFileSync(new URL('../../../docs/findings.md', import.meta.url), 'utf8');
const waived: Verdict = { ...failed, waived: { until: '2026-12-31', by: 'me', reason: 'why' } } as Verdict;
const sent = [passed, failed, waived].flatMap((verdict) =>
  [options.stored, 'unknown' as const].flatMap((stored) =>
    (['node', 'cluster'] as const).flatMap((scope) =>
      findingsOf(auditOf(Array.from({ length: 40 }, (_, index) => judged(node(index), verdict))), {
        ...options,
        scope,
        stored,
      }),
    ),
  ),
);

describe('the page about findings', () => {
  it('computes the cost of each scope by the table', () => {
    expect(page).toContain(costTable());
    expect(page).toContain(
      `${estate.clusters} clusters, ${estate.nodeGroups} node groups and ${estate.nodes} nodes and for all ${controls.length} controls`,
    );
  });

  it.each([...new Set(sent.flatMap((each) => Object.keys(each)))])('names the field %s', (field) => {
    expect(page).toMatch(new RegExp(`\`${field}[\`.[]`));
  });

  it.each([...new Set(sent.flatMap((each) => Object.keys(each.ProductFields)))])('names the field %s', (field) => {
    expect(page).toContain(`\`${field.replace('eks-kubelet-audit/', '')}\``);
  });
});
