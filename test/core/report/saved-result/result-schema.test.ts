import { describe, expect, it } from 'vitest';
import { manifest, manifestOf } from '../../../../lambda/core/model/manifest.ts';
import { savedEnd, savedNode, savedSummary } from '../../../../lambda/core/report/saved-result/result-schema.ts';
import { coverageOf } from '../../../../lambda/core/run/coverage.ts';
import { evidence, judged, node } from '../../findings/compliant-audit.ts';
import { answers, auditedWith, discovery, problem, totalsOf } from '../../run/complete-run.ts';

const times = { startedAt: '2026-11-25T05:00:00.000Z', finishedAt: '2026-11-25T05:01:00.000Z' };
const coverage = coverageOf({ ...discovery, gaps: [{ accountId: '1', problem }] }, totalsOf(answers).looked);
const summary = { ...coverage, ...times, schemaVersion: 1, runId: 'run-1', benchmark: 'cis-eks-1.8.0' };
const told = manifestOf({ ...auditedWith, ...times });
const end = { ...times, problems: [problem], coverage, manifests: [told] };

describe('what is read back', () => {
  it.each([
    ['a summary', savedSummary, summary],
    ['an end', savedEnd, end],
    ['a manifest', manifest, told],
  ])('is %s as it was written, with what a later version adds', (_what, schema, value) => {
    expect(schema.parse({ ...value, later: 1 })).toEqual({ ...value, later: 1 });
  });

  it.each(Object.keys(summary))('is no summary without %s', (field) => {
    expect(savedSummary.safeParse({ ...summary, [field]: undefined }).success).toBe(false);
  });

  it.each(Object.keys(told))('is no manifest without %s', (field) => {
    expect(manifest.safeParse({ ...told, [field]: undefined }).success).toBe(false);
  });

  it.each<[string, object]>([
    ['of another version', { schemaVersion: 2 }],
    ['with less than no node', { nodes: -1 }],
    ['with half a node', { nodes: 0.5 }],
    ['that ended in a very long time', { finishedAt: '2'.repeat(41) }],
    ['with a gap without a problem', { gaps: [{ accountId: '1' }] }],
    ['with clusters that nobody counted', { clusters: {} }],
  ])('is no summary %s', (_what, change) => {
    expect(savedSummary.safeParse({ ...summary, ...change }).success).toBe(false);
  });

  it('is of each caller that a manifest may have, and of no other', () => {
    const of = (caller: object) => manifest.safeParse({ ...told, caller }).success;
    expect([{ arn: 'a' }, { unknown: 'why' }, { name: 'a' }].map(of)).toEqual([true, true, false]);
    expect(manifest.safeParse({ ...told, program: { ...told.program, commit: 'abc' } }).success).toBe(true);
    expect(manifest.safeParse({ ...told, settings: [{ name: 'a', value: 'b', from: 'nowhere' }] }).success).toBe(false);
  });
});

const withProof = (sha256: string) => {
  const proof = { readAt: times.startedAt, sha256 };
  return savedNode.safeParse(judged(node(1), { status: 'fail', evidence: { ...evidence('x'), proof } })).success;
};

it.each([
  ['a'.repeat(64), true],
  ['0123456789abcdef'.repeat(4), true],
  ['a'.repeat(63), false],
  ['a'.repeat(65), false],
  ['A'.repeat(64), false],
  [`x${'a'.repeat(64)}`, false],
  [`${'a'.repeat(64)}\n`, false],
])('a hash that is read back is 64 digits: %j is one: %s', (sha256, isHash) => {
  expect(withProof(sha256)).toBe(isHash);
});
