import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NextNodeAudit, NodeAudit, Verdict } from '../../../lambda/core/model/model.ts';
import { causesIn, causesTogether, failingNodes, fewCauses, fixFirst } from '../../../lambda/core/run/causes.ts';
import {
  accessLike,
  anonymous,
  auditOf,
  called,
  clientCa,
  evidence,
  failed,
  node,
  passed,
  unread,
  waived,
  warned,
} from '../findings/compliant-audit.ts';

const controls = [clientCa, anonymous];
const verdict = fc.constantFrom(passed, failed, failed, warned, unread, waived);
const group = fc.constantFrom('a', 'b', 'c').map((name) => ({ kind: 'managed', name }) as const);
const verdicts = fc.record({ [clientCa.slug]: verdict, [anonymous.slug]: verdict });
const byLine = (line: number): Verdict => {
  const origin = { from: 'user-data', file: 'lt-1, version 7', line } as const;
  return { status: 'fail', evidence: { ...evidence('(not set)'), origin } };
};
const nextVerdict = fc.constantFrom(passed, failed, unread, byLine(12), byLine(28));
const nextNode = fc.record({
  group,
  source: fc.constantFrom('launch template lt-1, version 7', 'launch template lt-2, version 1'),
  verdicts: fc.record({ [clientCa.slug]: nextVerdict, [anonymous.slug]: nextVerdict }),
});
const restart = {
  setting: 'authentication.anonymous.enabled',
  running: 'true',
  origin: { from: 'running' },
  because: 'edited',
} as const;
const drift = fc.constantFrom(
  [],
  [{ ...restart, kind: 'edited-not-restarted', afterRestart: evidence('').expected } as const],
);
const cluster = fc.record({
  nodes: fc.array(fc.record({ group, verdicts, drift, isOpen: fc.boolean() }), { maxLength: 25 }),
  next: fc.array(nextNode, { maxLength: 3 }),
});
type Cluster = typeof cluster extends fc.Arbitrary<infer T> ? T : never;

const auditsOf = (all: readonly Cluster[]) =>
  all.map(({ nodes, next }, at) => {
    const audited = nodes.map(({ group, verdicts, drift, isOpen }, index): NodeAudit => {
      const access = accessLike(isOpen ? 'fail' : 'pass');
      return { node: node(100 * at + index, { group }), failures: [], verdicts, drift, access };
    });
    const nextNodes = next.map(({ group, verdicts, source }, index): NextNodeAudit => {
      return { node: node(9_000 + index, { group }), verdicts, source };
    });
    return {
      ...auditOf(audited),
      ...called(`c${at}`),
      ...(next.length > 0 && { nextNodes: { nodes: nextNodes, complete: true } }),
    };
  });
const isFailing = (verdicts: NodeAudit['verdicts']) =>
  controls.some(({ slug }) => verdicts[slug]?.status === 'fail' && verdicts[slug] !== waived);
const failingIn = (audits: ReturnType<typeof auditsOf>) =>
  audits.flatMap(({ nodes }) => nodes.filter((each) => isFailing(each.verdicts)));

describe('what to fix first', () => {
  it('never counts more than what fails, and fixing it in the model leaves exactly the rest', () => {
    fc.assert(
      fc.property(fc.array(cluster, { maxLength: 3 }), fc.integer({ min: 1, max: 6 }), (all, most) => {
        const audits = auditsOf(all);
        const causes = causesTogether(audits.map((each) => causesIn(each, controls)));
        const fixes = fixFirst(causes, most);
        const failing = failingIn(audits);
        expect(failingNodes(causes)).toBe(failing.length);

        const keys = new Set(fixes.map(({ cause }) => cause.key));
        const repaired = audits.map((audit) => ({
          ...audit,
          nodes: audit.nodes.map((each) => {
            // Control by control, as someone would who makes this change and no other.
            const causeOf = (slug: string) =>
              causesIn({ ...audit, nodes: [each] }, controls).causes.find((cause) => cause.controls.includes(slug));
            const after = Object.entries(each.verdicts).map(([slug, before]) =>
              before.status === 'fail' && before !== waived && keys.has(causeOf(slug)?.key ?? '')
                ? [slug, passed]
                : [slug, before],
            );
            return { ...each, verdicts: Object.fromEntries(after) };
          }),
        }));
        const fixed = fixes.reduce((sum, each) => sum + each.nodes, 0);
        expect(failingIn(repaired)).toHaveLength(failing.length - fixed);
        expect(fixes.reduce((sum, each) => sum + each.open, 0)).toBeLessThanOrEqual(
          failing.filter(({ access }) => access?.status === 'fail').length,
        );
        // No other first change fixes more than the first one.
        const [first] = fixes;
        for (const each of fixFirst(causes, 100))
          expect(first?.nodes).toBeGreaterThanOrEqual(each === first ? 0 : Math.min(each.nodes, first?.nodes ?? 0));
      }),
      { numRuns: 300 },
    );
  });

  it('is named by the shared template with its lines, by the node group, or by a restart', () => {
    const ofGroup = (name: string) => ({ kind: 'managed', name }) as const;
    const both = { [clientCa.slug]: failed, [anonymous.slug]: failed };
    const audited = ['a', 'a', 'b', 'c', 'd'].map((name, index): NodeAudit => {
      return { node: node(index, { group: ofGroup(name) }), failures: [], verdicts: both };
    });
    const edited = { ...restart, kind: 'edited-not-restarted', afterRestart: evidence('').expected } as const;
    const onlyStale: NodeAudit = { ...audited[4]!, verdicts: { [anonymous.slug]: failed }, drift: [edited] };
    const nextOf = (name: string, own: NodeAudit['verdicts']): NextNodeAudit => {
      return { node: node(90, { group: ofGroup(name) }), verdicts: own, source: 'launch template lt-1, version 7' };
    };
    const byTemplate = { [clientCa.slug]: byLine(28), [anonymous.slug]: byLine(12) };
    const nodes = [
      nextOf('a', byTemplate),
      nextOf('b', { ...byTemplate, [anonymous.slug]: passed }),
      nextOf('c', { [clientCa.slug]: passed, [anonymous.slug]: passed }),
    ];
    const audit = auditOf([...audited.slice(0, 4), onlyStale], { nextNodes: { nodes, complete: true } });

    expect(fixFirst(causesIn(audit, controls), 5).map(({ cause, nodes }) => `${cause.change}: ${nodes}`)).toEqual([
      'launch template lt-1, version 7, lines 12, 28: 3',
      'node group c (managed) of blue: replace its nodes, new ones pass: 1',
      'node group d (managed) of blue: restart the kubelet, its files are right: 1',
    ]);
  });

  it('keeps the causes that matter most, and counts every failing node all the same', () => {
    const nodes = Array.from({ length: 60 }, (_, index): NodeAudit => {
      const verdicts = { [clientCa.slug]: failed };
      return { node: node(index, { group: { kind: 'managed', name: `g${index % 40}` } }), failures: [], verdicts };
    });
    const all = causesIn(auditOf(nodes), controls);
    const few = fewCauses(all, 10);
    expect([few.causes.length, failingNodes(few), fixFirst(few, 50).length]).toEqual([10, 60, 10]);
    expect(fixFirst(few, 10)).toEqual(fixFirst(all, 10));
    expect(fewCauses(all, 40)).toBe(all);
  });
});
