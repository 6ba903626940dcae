import { describe, expect, it } from 'vitest';
import type { AsffFinding } from '../../../../lambda/core/findings/asff/asff.ts';
import { fingerprint } from '../../../../lambda/core/findings/asff/fingerprint.ts';
import { findingsOf } from '../../../../lambda/core/findings/finding.ts';
import { auditOf, failed, judged, node, options } from '../compliant-audit.ts';

const sound = findingsOf(auditOf([judged(node(1), failed)]), options).toArray()[0]!;

describe('the fingerprint of a finding', () => {
  it('is in the finding, and does not count itself', () => {
    expect(sound.ProductFields['eks-kubelet-audit/fingerprint']).toBe(fingerprint(sound));
    expect(fingerprint(sound)).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each(['CreatedAt', 'UpdatedAt', 'FirstObservedAt', 'LastObservedAt'])('does not change with %s', (field) => {
    expect(fingerprint({ ...sound, [field]: '2030-01-01T00:00:00.000Z' })).toBe(fingerprint(sound));
  });

  it('does not change with the order in which Security Hub gives the fields back', () => {
    const ProductFields = Object.fromEntries(Object.entries(sound.ProductFields).toReversed());
    expect(fingerprint({ ...sound, ProductFields })).toBe(fingerprint(sound));
  });

  const times = ['CreatedAt', 'UpdatedAt', 'FirstObservedAt', 'LastObservedAt', 'eks-kubelet-audit/fingerprint'];
  const others = paths(sound).filter(([path]) => !path.some((each) => times.includes(each)));
  it.each(others)('changes with %j', (path) => {
    expect(fingerprint(changedAt(sound, path) as AsffFinding)).not.toBe(fingerprint(sound));
  });
});

/** Paths of all texts inside. */
function paths(value: unknown, path: readonly string[] = []): (readonly [readonly string[]])[] {
  if (typeof value !== 'object' || value === null) return [[path]];

  return Object.entries(value).flatMap(([key, each]) => paths(each, [...path, key]));
}

function changedAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return `${value}x`;
  if (Array.isArray(value)) return value.map((each, index) => (`${index}` === key ? changedAt(each, rest) : each));

  const record = value as Record<string, unknown>;
  return { ...record, [key]: changedAt(record[key], rest) };
}
