import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { violations } from '../../../../lambda/core/findings/asff/asff.ts';
import { findingsOf } from '../../../../lambda/core/findings/finding.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import {
  benchmarkTextOf,
  frameworks,
  requirementIndex,
  requirementName,
  requirementSources,
  requirementsOf,
} from '../../../../lambda/core/judge/frameworks/requirements.ts';
import { frameworksPage } from '../../../docs/frameworks-page.ts';
import { refusals } from '../../../lab/aws/security-hub/security-hub-rules.ts';
import { auditOf, failed, judged, node, options } from '../../findings/compliant-audit.ts';

const entries = controls.flatMap((control) => requirementsOf(control).map((each) => ({ control, ...each })));

/** How each framework writes its requirements. */
const written = {
  'nist-800-53-r5': /^[A-Z]{2}-\d{1,2}(\(\d{1,2}\))?$/,
  'cis-controls-8': /^([1-9]|1[0-8])\.\d{1,2}$/,
  'iso-27001-2022': /^A\.[5-8]\.\d{1,2}$/,
} as const satisfies Record<keyof typeof frameworks, RegExp>;

describe('the table of frameworks', () => {
  it('writes each requirement as its framework does, once for a control, with a place in its source', () => {
    for (const { framework, id, where } of entries) {
      expect(id).toMatch(written[framework]);
      expect(where).not.toBe('');
    }
    const names = entries.map((each) => `${each.control.slug} ${requirementName(each)}`);
    expect(names).toEqual([...new Set(names)]);
    expect(new Set(entries.map(({ framework }) => framework))).toEqual(new Set(Object.keys(frameworks)));
    expect(new Set(entries.map(({ source }) => source))).toEqual(new Set(Object.keys(requirementSources)));
  });

  it('names the recommendation of the benchmark and the rule of the STIG that are the control', () => {
    for (const { control, source, where } of entries) {
      if (source === 'cis-eks-1.8.0') expect(where).toBe(control.numbers['cis-eks-1.8.0']?.number);
      if (source === 'disa-stig' && control.alsoKnownAs?.stig)
        expect(where.split(',')[0]).toBe(control.alsoKnownAs.stig);
    }
    for (const { slug, alsoKnownAs, numbers } of controls) {
      const sources = requirementsOf({ slug }).map(({ source }) => source);
      expect(sources.includes('cis-eks-1.8.0'), slug).toBe(numbers['cis-eks-1.8.0'] !== undefined);
      if (alsoKnownAs?.stig) expect(sources, slug).toContain('disa-stig');
      expect(benchmarkTextOf({ slug, numbers }) !== undefined, slug).toBe(numbers['cis-eks-1.8.0'] !== undefined);
    }
  });

  it('says of what following a recommendation costs in whole sentences', () => {
    for (const each of controls) expect(benchmarkTextOf(each)?.impact ?? 'None.', each.slug).toMatch(/^[A-Z].+\.$/);
  });

  it('has no entry for what is no control', () => {
    expect(requirementsOf({ slug: 'constructor' })).toEqual([]);
    expect(benchmarkTextOf({ ...controls[0]!, slug: 'toString' })?.impact).toBeUndefined();
  });

  it('lists each requirement once with every control that serves it, by number', () => {
    const index = requirementIndex(controls);
    const served = index.flatMap((each) => each.controls.map(({ slug }) => `${slug} ${requirementName(each)}`));
    const all = entries.map((each) => `${each.control.slug} ${requirementName(each)}`);
    expect(served.toSorted()).toEqual(all.toSorted());
    const iso = index.filter(({ framework }) => framework === 'iso-27001-2022').map(({ id }) => id.replace('A.', ''));
    expect(iso.join(' ')).toBe('5.1 5.2 5.13 5.15 5.16 5.18 8.2 8.5 8.12 8.14 8.20 8.21 8.22');
  });

  it('fits into the findings of every control, by the rules of Security Hub', () => {
    for (const control of controls) {
      const audit = auditOf([judged(node(1), failed, control)], { clusterVerdicts: { [control.slug]: failed } });
      const findings = findingsOf(audit, { ...options, controls: [control] }).toArray();
      expect(findings).toHaveLength(1);
      for (const finding of findings) {
        expect(refusals({ ...finding })).toEqual([]);
        expect(violations(finding)).toEqual([]);
        const required = requirementsOf(control).map(requirementName);
        expect(finding.Compliance.RelatedRequirements ?? []).toEqual(expect.arrayContaining(required));
      }
    }
  });

  it('is the page docs/frameworks.md', () => {
    const stored = readFileSync(join(import.meta.dirname, '../../../../docs/frameworks.md'), 'utf8');
    expect(stored === frameworksPage(controls), 'the table has changed: run npm run docs').toBe(true);
  });
});
