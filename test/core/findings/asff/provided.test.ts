import { describe, expect, it } from 'vitest';
import type { AsffFinding } from '../../../../lambda/core/findings/asff/asff.ts';
import { differingFields, providedFields } from '../../../../lambda/core/findings/asff/provided.ts';
import { findingsOf } from '../../../../lambda/core/findings/finding.ts';
import { auditOf, failed, judged, node, options } from '../compliant-audit.ts';

const sound = findingsOf(auditOf([judged(node(1), failed)]), options).toArray()[0]!;
const changed = (finding: object) => differingFields(providedFields({ ...finding }), providedFields(sound));

describe('the comparison of two findings', () => {
  const identity = ['Id', 'ProductArn', 'AwsAccountId', 'Region', 'UpdatedAt', 'LastObservedAt'];

  it.each(paths(sound).filter(([[field = '']]) => !identity.includes(field)))('sees a change of %j', (path) => {
    expect(changed(changedAt(sound, path) as AsffFinding)).toEqual([path[0]]);
  });

  it.each(['SourceUrl', 'Malware', 'Threats', 'Sample'])('sees %s, which no audit writes', (field) => {
    expect(changed({ ...sound, [field]: ['x'] })).toEqual([field]);
  });

  it('sees nothing of the order of fields, and of what Security Hub and the customer add', () => {
    const ProductFields = Object.fromEntries([
      ...Object.entries(sound.ProductFields).toReversed(),
      ['aws/securityhub/ProductName', 'Default'],
    ]);
    const Resources = sound.Resources.map((each) => ({ ...each, Tags: { a: 'b' }, ApplicationName: 'shop' }));
    const customers = { Workflow: { Status: 'SUPPRESSED' }, Severity: { Label: 'LOW' }, Note: { Text: 'mine' } };
    expect(changed({ ...sound, ...customers, ProductFields, Resources, ProcessedAt: 'now' })).toEqual([]);
  });

  it('sees nothing of how a time is written', () => {
    expect(changed({ ...sound, CreatedAt: sound.CreatedAt.replace('.000Z', '+00:00') })).toEqual([]);
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
