import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../lambda/core/model/model.ts';
import type { ReportedNode } from '../../../lambda/core/model/reported-audit.ts';
import { postureOf } from '../../../lambda/core/report/posture.ts';
import {
  auditOf,
  clientCa,
  expired,
  failed,
  inGroups,
  judged,
  mark,
  node,
  passed,
  unread,
  waived,
  warned,
} from '../findings/compliant-audit.ts';

const controls = [clientCa];
const folded = (nodes: readonly ReportedNode[]) =>
  postureOf({ ...auditOf([]), nodes }, { controls, benchmark: 'cis-eks-1.8.0' });
const many = (count: number) => Array.from({ length: count }, (_, at) => judged(node(at, { owner: `o${at}` }), failed));

describe('the posture of a cluster', () => {
  it.each([
    [200, 0],
    [201, 1],
  ])('names two hundred nodes and owners: of %i it leaves out %i', (count, more) => {
    const [result] = folded(many(count)).open;
    expect([result?.nodes.length, result?.moreNodes, result?.owners.length]).toEqual([200, more, 200]);
  });

  it('names owners once, and who has none', () => {
    const owned = [...many(1), ...many(1), judged(node(9), warned), judged(node(10, { owner: 'x' }), passed)];
    expect(folded(owned).open[0]?.owners).toEqual(['o0', '']);
  });

  const facts = { via: 'configz', notes: [] } as const;
  it.each<[string, Verdict, Partial<ReportedNode>, number]>([
    ['unknown, and nothing was read', unread, {}, 1],
    ['in doubt, and nothing was read', warned, {}, 1],
    ['right, by a connection alone', passed, {}, 0],
    ['unknown, and something was read', unread, { facts }, 0],
  ])('counts as unread no node but one that is %s', (_, verdict, change, count) => {
    expect(folded([{ ...judged(node(1), verdict), ...change }]).unread).toBe(count);
  });

  it('counts nodes by their waiver: its owner, its last day, its reason, and whether it is in effect', () => {
    const [by, until, reason] = [{ by: 'x' }, { until: '2027-01-01' }, { reason: 'y' }];
    const others = [by, until, reason].map((each): Verdict => ({ ...failed, waived: { ...mark, ...each } }) as Verdict);
    const all = [waived, expired, waived, ...others].map((each, at) => judged(node(at), each));
    const counts = folded(all).open[0]?.waivers.map(({ state, nodes }) => `${state} ${nodes}`);
    expect(counts?.toSorted()).toEqual(['active 1', 'active 1', 'active 1', 'active 2', 'expired 1']);
  });

  it.each([
    [[passed, failed, warned], 'fail'],
    [[failed, passed], 'fail'],
    [[passed, waived], 'waived'],
  ])('has the worst of its node groups for each control: %#', (verdicts, standing) => {
    expect(folded(inGroups(...verdicts)).controls.get(clientCa.slug)?.standing).toBe(standing);
  });
});
