import { describe, expect, it } from 'vitest';
import { applyWaivers } from '../../../../lambda/core/judge/waivers/apply-waivers.ts';
import type { ClusterAudit, NextNodeAudit, NodeAudit, Verdict } from '../../../../lambda/core/model/model.ts';
import { auditOf, clientCa, evidence, failed, judged, node, passed, unread } from '../compliant-audit.ts';
import { StoredWorld } from '../stored-world.ts';

const source = 'launch template lt-0123456789abcdef0, version 7 (default)';
const origin = { from: 'user-data', file: source, part: 2, line: 9, key: 'spec.kubelet.config.readOnlyPort' } as const;
const failing: Verdict = { status: 'fail', evidence: { ...evidence('(not set)'), origin, via: 'files' } };
const id = (scope: 'node-group' | 'next-node') =>
  `eks-kubelet-audit/${clientCa.slug}/arn:aws:eks:eu-west-1:111122223333:cluster/blue/${scope}/managed/workers`;

const nextOf = (verdict: Verdict): NextNodeAudit => {
  const machine = { status: 'none', because: 'it does not exist yet' } as const;
  const group = { kind: 'managed', name: 'workers' } as const;
  const next = { key: `next node of workers, ${source}`, machine, kind: 'al2023', group } as const;
  return { node: next, source, verdicts: { [clientCa.slug]: verdict } };
};

const audit = (running: readonly NodeAudit[], next?: readonly NextNodeAudit[], complete = true): ClusterAudit =>
  auditOf(running, next && { nextNodes: { nodes: next, complete } });

describe('the finding of a next node', () => {
  it('is about the next node of its group, names template, part and line, and is shown beside that of the running nodes', () => {
    const world = new StoredWorld();
    const { transitions } = world.run(audit([judged(node(1), passed)], [nextOf(failing)]), { scope: 'node' });
    const found = world.findings.get(id('next-node'));
    expect(found?.Compliance.Status).toBe('FAILED');
    expect(found?.Description).toContain('the next node of node group workers (managed) of cluster blue');
    const fields = { 'eks-kubelet-audit/scope': 'next-node', 'eks-kubelet-audit/node-group': 'workers' };
    expect(found?.ProductFields).toMatchObject(fields);
    expect(found?.Resources.map(({ Type }) => Type)).toEqual(['AwsEksCluster', 'Other']);
    const [reason, beside] = found?.Compliance.StatusReasons ?? [];
    expect(reason?.Description).toContain(`from ${source}, part 2, line 9, spec.kubelet.config.readOnlyPort`);
    expect(beside).toMatchObject({ ReasonCode: 'NEXT_NODE_WILL_FAIL' });
    const subject = "next node of node group 'workers' (managed)";
    expect(transitions).toMatchObject([{ kind: 'opened', subject, status: 'FAILED', nodes: 1 }]);
    const because = 'fixed here, but the next node will fail: authentication.x509.clientCAFile';
    expect(transitions[0]?.because).toContain(because);
  });

  it.each([
    ['ROOT_IN_TEMPLATE', failing, `the root is ${source}, part 2, line 9`],
    ['NEXT_NODE_IS_RIGHT', passed, `fails here, but the next node is right: replace it (${source})`],
  ])('gives the failure of its group the reason %s, in the finding and in what is announced', (code, next, words) => {
    const world = new StoredWorld();
    const { transitions } = world.run(audit([judged(node(1), failed)], [nextOf(next)]));
    const reasons = world.findings.get(id('node-group'))?.Compliance.StatusReasons ?? [];
    expect(reasons.find(({ ReasonCode }) => ReasonCode === code)?.Description).toContain(words);
    expect(transitions.find(({ findingId }) => findingId === id('node-group'))?.because).toContain(words);
  });

  it('is none where the next node is unknown, and no change where the same is found again', () => {
    const world = new StoredWorld();
    world.run(audit([judged(node(1), passed)], [nextOf(unread)]));
    expect([...world.findings.keys()]).toEqual([id('node-group')]);

    world.run(audit([judged(node(1), passed)], [nextOf(failing)]));
    expect(world.run(audit([judged(node(1), passed)], [nextOf(failing)])).kinds).toEqual([]);
  });

  it('ends where its template is right, although AWS does not say which machine is which', () => {
    const world = new StoredWorld();
    world.run(audit([], [nextOf(failing)]));
    const inventory = { from: 'kubernetes', complete: true, machinesUnknown: true } as const;
    const { transitions } = world.run({ ...audit([], [nextOf(passed)]), inventory });
    expect(transitions.map(({ kind, status }) => `${kind} ${status}`)).toEqual(['resolved PASSED']);
  });

  it.each<[string, ClusterAudit, string?, string?]>([
    ['is withdrawn when the setting is turned off', audit([]), 'withdrawn', 'NEXT_NODES_NOT_AUDITED'],
    ['is over when its node group is gone', audit([], []), 'resolved', 'SUBJECT_GONE'],
    ['stays as it is while not every node group could be listed', audit([], [], false)],
  ])('%s', (_, after, kind, code) => {
    const world = new StoredWorld();
    world.run(audit([], [nextOf(failing)]));
    const { transitions } = world.run(after);
    expect(transitions.map((each) => each.kind)).toEqual(kind ? [kind] : []);
    const found = world.findings.get(id('next-node'));
    const ended = code ? ['ARCHIVED', code] : ['ACTIVE', 'KUBELET_NOT_COMPLIANT'];
    expect([found?.RecordState, found?.Compliance.StatusReasons[0]?.ReasonCode]).toEqual(ended);
    if (!code) return;
    world.run(audit([], [nextOf(failing)]));
    expect(world.findings.get(id('next-node'))?.RecordState).toBe('ACTIVE');
  });

  it('is waived by the waiver of its node group', () => {
    const world = new StoredWorld();
    const [owner, reason, expires] = ['team-payments', 'replaced in January', '2026-12-31'];
    const waivers = [{ control: clientCa.slug, cluster: '*', nodeGroup: 'workers', expires, owner, reason }];
    const waived = applyWaivers(audit([], [nextOf(failing)]), waivers, new Date('2026-11-25T05:00:00.000Z'));
    expect(world.run(waived, { waivers }).transitions).toEqual([]);
    expect(world.findings.get(id('next-node'))?.Compliance.Status).toBe('WARNING');
  });
});
