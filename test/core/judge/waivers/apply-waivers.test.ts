import { describe, expect, it } from 'vitest';
import { applyWaivers } from '../../../../lambda/core/judge/waivers/apply-waivers.ts';
import type { Waiver } from '../../../../lambda/core/judge/waivers/waiver.ts';
import type { ClusterAudit, Verdict } from '../../../../lambda/core/model/model.ts';
import {
  anonymous,
  auditOf,
  clientCa,
  failed,
  judged,
  node,
  passed,
  unread,
  warned,
} from '../../findings/compliant-audit.ts';

const words = { reason: 'replaced in January', owner: 'team-payments', expires: '2026-12-31' };
const waiver: Waiver = { control: clientCa.slug, cluster: 'blue', nodeGroup: '*', ...words };
const mark = { until: words.expires, by: words.owner, reason: words.reason };
const before = new Date('2026-11-24T05:00:00Z');
const verdictOf = ({ nodes }: ClusterAudit): Verdict | undefined => nodes[0]?.verdicts[clientCa.slug];
const applied = (verdict: Verdict, waivers: readonly Waiver[], now = before) =>
  verdictOf(applyWaivers(auditOf([judged(node(1), verdict)]), waivers, now));

describe('waivers', () => {
  it('mark a failure, which stays one, cover a suspicion, and leave alone what has not failed', () => {
    expect(applied(failed, [waiver])).toEqual({ ...failed, waived: mark });
    expect(applied(warned, [waiver])).toEqual({ ...warned, covered: mark });
    for (const verdict of [passed, unread]) expect(applied(verdict, [waiver])).toBe(verdict);
  });

  it('hold through the whole of their last day, in UTC', () => {
    expect(applied(failed, [waiver], new Date('2026-12-31T23:59:59.999Z'))).toHaveProperty('waived');
    expect(applied(failed, [waiver], new Date('2027-01-01T00:00:00Z'))).toEqual({ ...failed, waiverExpired: mark });
    expect(applied(warned, [waiver], new Date('2027-01-01T00:00:00Z'))).toEqual(warned);
  });

  it('of scripts accept what these leave unknown, only where one that holds names each of them', () => {
    const [one, two] = ['a'.repeat(64), 'b'.repeat(64)];
    const open = { status: 'unknown', because: 'part 2, line 1', scripts: [one, two] } as const;
    const of = (script: string, change: Partial<Waiver> = {}) => ({ ...waiver, control: '*', script, ...change });
    const because = 'accepted until 2026-12-31 by team-payments: part 2, line 1';
    const both = [of(two, { expires: '2027-03-01' }), of(one)];
    expect(applied(open, both)).toEqual({ ...open, because, accepted: mark });
    for (const each of [[of(one)], [of(one), of(two, { expires: '2026-01-01' })], [of(one), of(two, { cluster: 'x' })]])
      expect(applied(open, [...each, waiver])).toBe(open);
    expect(applied({ ...open, scripts: [] }, both)).toEqual({ ...open, scripts: [] });
    expect(applied(failed, both)).toBe(failed);
  });

  it('that name a node group are not about a node whose managed group is only a claim', () => {
    const claimed = { ...node(1), groupUnconfirmed: 'its tag says so' };
    const marked = (of: Waiver) => verdictOf(applyWaivers(auditOf([judged(claimed, failed)]), [of], before));
    expect(marked({ ...waiver, nodeGroup: node(1).group.name })).toBe(failed);
    expect(marked({ ...waiver, nodeGroupKind: 'managed' })).toBe(failed);
    expect(marked(waiver)).toEqual({ ...failed, waived: mark });
  });

  it.each<[string, Partial<Waiver>]>([
    ['another control', { control: anonymous.slug }],
    ['another cluster', { cluster: 'green*' }],
    ['another node group', { nodeGroup: 'work' }],
    ['a node group of another kind that bears its name', { nodeGroup: 'workers', nodeGroupKind: 'karpenter' }],
    ['another account', { account: '999988887777' }],
    ['another Region', { region: 'eu-west-2' }],
  ])('of %s are not about it', (_, change) => {
    expect(applied(failed, [{ ...waiver, ...change }])).toBe(failed);
  });

  it('of an account are not about a cluster that has none', () => {
    const audit = auditOf([judged(node(1), failed)]);
    const { arn: _, ...cluster } = audit.cluster;
    const of = (each: Waiver) => verdictOf(applyWaivers({ ...audit, cluster }, [each], before));

    expect(of({ ...waiver, account: '111122223333' })).toBe(failed);
    expect(of({ ...waiver, region: 'eu-west-1' })).toBe(failed);
    expect(of(waiver)).toHaveProperty('waived');
  });

  it('are shown by the one that holds longest', () => {
    const longest = { ...waiver, expires: '2027-01-01', owner: 'longest' };
    const waivers = [{ ...waiver, expires: '2026-01-01' }, longest, waiver];
    expect(applied(failed, waivers)).toMatchObject({ waived: { by: 'longest' } });
  });

  it('mark what the cluster itself fails, where they name no node group', () => {
    const clusterVerdicts = { [clientCa.slug]: failed, [anonymous.slug]: failed };
    const audit = auditOf([judged(node(1), passed)], { clusterVerdicts });
    const others = [waiver, { ...waiver, control: anonymous.slug, nodeGroup: 'workers' }];
    const marked = { ...clusterVerdicts, [clientCa.slug]: { ...failed, waived: mark } };
    expect(applyWaivers(audit, others, before)).toStrictEqual({ ...audit, clusterVerdicts: marked });
    const bare = auditOf([judged(node(1), failed)]);
    expect(applyWaivers(bare, [waiver], before)).not.toHaveProperty('clusterVerdicts');
  });

  it('mark each control of each node apart', () => {
    const both = { ...judged(node(1), failed), verdicts: { [clientCa.slug]: failed, [anonymous.slug]: failed } };
    const next = { ...judged(node(3), failed), source: 'lt-1' };
    const audit = auditOf([both, judged(node(2), passed)], { nextNodes: { nodes: [next], complete: true } });
    const verdicts = { [clientCa.slug]: { ...failed, waived: mark }, [anonymous.slug]: failed };
    const nodes = [{ ...both, verdicts }, audit.nodes[1]];
    const marked = { ...next, verdicts: { [clientCa.slug]: { ...failed, waived: mark } } };
    const nextNodes = { nodes: [marked], complete: true };
    expect(applyWaivers(audit, [waiver], before)).toStrictEqual({ ...audit, nodes, nextNodes });
  });

  it('make no other audit when there are none', () => {
    const audit = auditOf([judged(node(1), failed)]);
    expect(applyWaivers(audit, [], before)).toBe(audit);
  });
});
