import { expect, it } from 'vitest';
import type { Waiver } from '../../../../lambda/core/judge/waivers/waiver.ts';
import { matchedWaivers, waiverUse, waiverWords } from '../../../../lambda/core/judge/waivers/waiver-use.ts';
import type { ClusterNode, Verdict } from '../../../../lambda/core/model/model.ts';
import { cluster } from '../../../fakes/ports.ts';
import { nodeWith } from '../controls/facts-with.ts';

const waiver = (change: Partial<Waiver>): Waiver => {
  const where = { cluster: 'prod', nodeGroup: 'workers', nodeGroupKind: 'managed' } as const;
  return { control: 'kubelet-client-ca-file', ...where, reason: 'r', owner: 'sre', expires: '2026-12-31', ...change };
};
const unread: Verdict = { status: 'unknown', because: 'no answer' };
const holds = (...names: readonly string[]): Verdict => {
  const holders = names.map((name) => ({ kind: 'User', name, standing: 'allowed', ways: [] }) as const);
  const seen = { setting: 's', value: 'v', expected: 'e', origin: { from: 'grants' }, via: 'apis', notes: [] } as const;
  return { status: 'pass', evidence: { ...seen, holders } };
};
const audit = (verdict: Verdict, change: Partial<ClusterNode> = {}) => {
  return { cluster, nodes: [{ node: nodeWith(change), verdicts: { 'kubelet-client-ca-file': verdict } }] };
};
const allowed = waiver({ control: 'cluster-proxy-holders', nodeGroup: '*', holder: { kind: 'User', name: 'jane' } });
const { nodeGroupKind: _, ...everyGroup } = waiver({ control: allowed.control, nodeGroup: '*' });
const ofCluster = (verdict: Verdict) => ({ ...audit(unread), clusterVerdicts: { [allowed.control]: verdict } });

it.each<[string, Waiver, Parameters<typeof matchedWaivers>[0], number]>([
  ['of what could not be read', waiver({}), audit(unread), 1],
  ['of a suspicion', waiver({}), audit({ status: 'warn', because: 'refused' }), 1],
  ['of a cluster that fails', everyGroup, ofCluster(unread), 1],
  ['of a script', waiver({ script: 'ab' }), audit({ ...unread, scripts: ['ab'] }), 1],
  ['of another script', waiver({ script: 'ac' }), audit({ ...unread, scripts: ['ab'] }), 0],
  ['of a next node', waiver({}), { cluster, nodes: [], nextNodes: audit(unread) }, 1],
  ['of what passes', waiver({}), audit(holds()), 0],
  ['of another cluster', waiver({ cluster: 'test-*' }), audit(unread), 0],
  ['of another group', waiver({ nodeGroup: 'gone' }), audit(unread), 0],
  ['of a group that only a Node object names', waiver({}), audit(unread, { groupUnconfirmed: 'so it says' }), 0],
  ['of another control', waiver({ control: 'kubelet-anonymous-auth' }), audit(unread), 0],
  ['of a holder that is there', allowed, ofCluster(holds('jane')), 1],
  ['of a holder that is gone', allowed, ofCluster(holds('joe')), 0],
  ['of a holder, where nobody knows who holds it', allowed, ofCluster(unread), 1],
  ['of a holder, where it was not asked', allowed, audit(unread), 0],
])('a waiver %s matches, or not', (_, one, audited, matches) => {
  expect(matchedWaivers(audited, [one])).toHaveLength(matches);
});

it('says how many waivers there are, how many are for everything, and which match nothing', () => {
  const everywhere = waiver({ nodeGroup: '*d*e*v*', control: 'kubelet-anonymous-auth' });
  const waivers = [waiver({}), waiver({ cluster: '*' }), everywhere, waiver({ cluster: 'gone' }), allowed];
  const use = waiverUse(waivers, new Set(matchedWaivers(audit(unread), waivers)));
  const named = [
    'kubelet-anonymous-auth, node group *d*e*v* in cluster prod (sre, until 2026-12-31)',
    'kubelet-client-ca-file, node group workers in cluster gone (sre, until 2026-12-31)',
    'User jane in cluster prod (sre, until 2026-12-31)',
  ];
  expect(use).toEqual({ waivers: 5, everyCluster: 1, everyNodeGroup: 1, unmatched: 3, named });
  const words = '5 waivers, 1 for every cluster, 1 for every node group; 3 match nothing of this run';
  expect(use && waiverWords(use)).toBe(words);
  const narrow = { waivers: 1, everyCluster: 0, everyNodeGroup: 0, named: [] };
  expect(waiverWords({ ...narrow, unmatched: 0 })).toBe('1 waiver');
  expect(waiverWords({ ...narrow, unmatched: 1 })).toBe('1 waiver; 1 matches nothing of this run');
  expect(waiverUse([], new Set())).toBeUndefined();
  expect(matchedWaivers(audit(unread), [])).toEqual([]);
});

it('names twenty of a thousand that match nothing', () => {
  const many = Array.from({ length: 1_000 }, (_, number) => waiver({ cluster: `c${number}` }));
  expect(waiverUse(many, new Set())).toMatchObject({ unmatched: 1_000, named: { length: 20 } });
});
