import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scopes } from '../../../../lambda/contract/settings.ts';
import { violations } from '../../../../lambda/core/findings/asff/asff.ts';
import { findingsOf } from '../../../../lambda/core/findings/finding.ts';
import { parseClusterArn } from '../../../../lambda/core/model/cluster-arn.ts';
import type {
  ClusterNode,
  Evidence,
  NodeAudit,
  NodeGroup,
  NodeKind,
  Origin,
  Verdict,
} from '../../../../lambda/core/model/model.ts';
import { refusals } from '../../../lab/aws/security-hub/security-hub-rules.ts';
import { arn, auditOf, clientCa, compliant, evidence, judged, node, options } from '../compliant-audit.ts';
import { broken, sound } from './broken-findings.ts';

it('finds nothing wrong with a sound finding', () => {
  expect(violations(sound)).toEqual([]);
  expect(refusals({ ...sound })).toEqual([]);
});

it.each(broken)('agrees with the lab, which was written apart, that a broken %s is refused', (name, finding) => {
  expect(refusals({ ...finding }).join()).toContain(name);
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', ' ', '\u0000', '\ud83d', '\u202e', 'aws/'),
  fc.constantFrom('"', '\uffff', '測', '😀').map((each) => each.repeat(3000)),
);
const origins: fc.Arbitrary<Origin> = fc.oneof(
  fc.constant<Origin>({ from: 'running' }),
  fc.record({ from: fc.constant('drop-in' as const), file: hostile }),
  fc.record({ from: fc.constant('flag' as const), flag: hostile }),
);
const evidences: fc.Arbitrary<Evidence> = fc.record({
  setting: fc.constant(evidence('').setting),
  value: hostile,
  expected: hostile,
  origin: origins,
  via: fc.constantFrom('configz' as const, 'ssm' as const),
  notes: fc.array(hostile),
});
const marks = fc.record({ until: fc.constant('2026-12-31'), by: hostile, reason: hostile });
const verdicts: fc.Arbitrary<Verdict> = fc.oneof(
  fc.record({ status: fc.constantFrom('pass' as const, 'fail' as const), evidence: evidences }),
  fc.record({ status: fc.constant('fail' as const), evidence: evidences, waived: marks }),
  fc.record({ status: fc.constant('fail' as const), evidence: evidences, waiverExpired: marks }),
  fc.record({ status: fc.constant('warn' as const), because: hostile, evidence: evidences }),
  fc.record({ status: fc.constantFrom('unknown' as const, 'not-applicable' as const), because: hostile }),
);
const machine = fc.oneof(
  fc.record({ status: fc.constant('confirmed' as const), instanceId: hostile }),
  fc.record({ status: fc.constant('none' as const), because: hostile }),
);
const named: fc.Arbitrary<Partial<ClusterNode>> = fc.record({
  ...Object.fromEntries(['key', 'name', 'kubeletVersion', 'osImage', 'imageId'].map((field) => [field, hostile])),
  machine,
  kind: fc.constantFrom<NodeKind>('al2023', 'bottlerocket', 'windows', 'fargate'),
  group: fc.record({ kind: fc.constantFrom<NodeGroup['kind']>('managed', 'auto-scaling-group'), name: hostile }),
  launchTemplate: fc.record({ id: hostile, version: hostile }),
});
const nodes = fc.tuple(named, verdicts).map(([each, verdict]): NodeAudit => judged(node(1, each), verdict));

describe('findings of hostile nodes', () => {
  it('break no limit of ASFF, and have distinct Ids that another run finds again', () => {
    fc.assert(
      fc.property(fc.array(nodes, { maxLength: 12 }), fc.constantFrom(...scopes), hostile, (audits, scope, words) => {
        const controls = [{ ...clientCa, title: words, rationale: words, expected: words }];
        const audit = auditOf(audits, { cluster: { ...compliant.cluster, version: words, status: words } });
        const findings = findingsOf(audit, { ...options, controls, scope }).toArray();
        const again = findingsOf(auditOf(audits.toReversed()), {
          ...options,
          controls,
          scope,
          stored: 'unknown',
        }).toArray();
        const ids = findings.map(({ Id }) => Id);

        for (const finding of findings) {
          expect(violations(finding)).toEqual([]);
          expect(refusals({ ...finding })).toEqual([]);
        }
        expect(new Set(ids).size).toBe(ids.length);
        expect(again.map(({ Id }) => Id)).toEqual(ids);
      }),
      { numRuns: 60 },
    );
  });

  it('stay under 240 KB with 31 nodes of the widest characters in every field', () => {
    const wide = '測'.repeat(5000);
    const origin = { from: 'drop-in', file: wide } as const;
    const worst: Evidence = { ...evidence(wide), expected: wide, origin, notes: [wide] };
    const words = { kubeletVersion: wide, osImage: wide, imageId: wide, launchTemplate: { id: wide, version: wide } };
    const machine = { status: 'none', because: wide } as const;
    const group = { kind: 'auto-scaling-group', name: wide } as const;
    const many = Array.from({ length: 40 }, (_, index) => {
      const own = `${index}${wide}`;
      const covered = { until: '2026-12-31', by: wide, reason: own };
      const verdict: Verdict = { status: 'warn', because: own, evidence: worst, covered };
      return judged(node(index, { ...words, key: own, name: own, machine, group }), verdict);
    });
    const longest = parseClusterArn(arn.arn.replace('blue', 'b'.repeat(100)))!;
    const controls = [{ ...clientCa, title: wide, rationale: wide, expected: wide }];
    const audit = auditOf(many, { cluster: { ...compliant.cluster, arn: longest } });
    const [finding] = findingsOf(audit, { ...options, controls }).toArray();

    expect(violations(finding!)).toEqual([]);
    expect(Buffer.byteLength(JSON.stringify(finding))).toBeGreaterThan(100_000);
  });
});
