import { describe, expect, it } from 'vitest';
import { violations } from '../../../../lambda/core/findings/asff/asff.ts';
import { clusterProxyHolders } from '../../../../lambda/core/judge/controls/proxy-holders.ts';
import { applyWaivers } from '../../../../lambda/core/judge/waivers/apply-waivers.ts';
import type { Waiver } from '../../../../lambda/core/judge/waivers/waiver.ts';
import type { ClusterAudit, HeldRight, Verdict } from '../../../../lambda/core/model/model.ts';
import { auditOf, clientCa, judged, node, passed } from '../compliant-audit.ts';
import { StoredWorld } from '../stored-world.ts';

const { slug } = clusterProxyHolders;
const chosen = { controls: [clusterProxyHolders], catalogue: [clientCa, clusterProxyHolders] };

const holder = (name: string, standing: HeldRight['standing'] = 'not-allowed'): HeldRight => {
  const ways = [`ClusterRoleBinding ${name}, ClusterRole debug: get on nodes/proxy`];
  return { kind: 'User', name, standing, ways };
};
const evidenceOf = (holders: readonly HeldRight[]) => {
  const words = { setting: 'subjects that reach nodes/proxy', value: `${holders.length} unknown subjects` };
  const from = { origin: { from: 'grants' }, via: 'apis' } as const;
  return { ...words, expected: clusterProxyHolders.expected, ...from, notes: [], holders };
};
const failing = (...names: readonly string[]): Verdict => {
  return { status: 'fail', evidence: evidenceOf(names.map((each) => holder(each))) };
};
const passing: Verdict = { status: 'pass', evidence: evidenceOf([holder('root', 'system')]) };

/** Nodes or not: this verdict is of the cluster itself. */
const of = (verdict: Verdict, change: Partial<ClusterAudit> = {}): ClusterAudit =>
  auditOf([judged(node(1), passed)], { clusterVerdicts: { [slug]: verdict }, ...change });

describe('the finding of a control about the cluster itself', () => {
  it('is one of the cluster, whatever the scope of the others, and names each holder with what gives it the right', () => {
    const world = new StoredWorld();
    const { transitions } = world.run(of(failing('ann', 'bob')), chosen);
    const finding = world.only;

    expect(finding.Id).toMatch(new RegExp(`^eks-kubelet-audit/${slug}/arn:.*/cluster$`));
    expect(violations(finding)).toEqual([]);
    expect(finding.Resources.map(({ Type }) => Type)).toEqual(['AwsEksCluster']);
    const codes = finding.Compliance.StatusReasons.map(({ ReasonCode }) => ReasonCode);
    expect(codes).toEqual(['CLUSTER_NOT_COMPLIANT', 'HOLDER_NOT_ALLOWED', 'HOLDER_NOT_ALLOWED']);
    expect(finding.Description).not.toContain('node group');
    expect(finding.Remediation.Recommendation.Text).toContain('nodes/configz');
    expect(transitions).toMatchObject([{ kind: 'opened', subject: 'the cluster', controlNumber: '4.1.10' }]);
    expect(JSON.stringify(transitions)).toContain('unknown subjects');
  });

  it('changes when another holder comes, is resolved when none is left, and stays as it is on a quiet day', () => {
    const world = new StoredWorld();
    world.run(of(failing('ann')), chosen);
    expect(world.run(of(failing('ann')), chosen).kinds).toEqual([]);
    expect(world.run(of(failing('ann', 'bob')), chosen)).toMatchObject({ kinds: ['update'], transitions: [] });
    expect(world.run(of(passing), chosen)).toMatchObject({ kinds: ['update'], transitions: [{ kind: 'resolved' }] });
    expect(world.only.Compliance.Status).toBe('PASSED');
  });

  it('is not touched by a list of nodes that nobody could read, and needs no node', () => {
    const world = new StoredWorld();
    world.run(of(failing('ann')), chosen);
    const none = { nodes: [], inventory: { from: 'none', complete: false } } as const;
    expect(world.run(of(failing('ann'), none), chosen).kinds).toEqual([]);
    const empty = { nodes: [], inventory: { from: 'kubernetes', complete: true } } as const;
    expect(world.run(of(failing('ann'), empty), chosen).kinds).toEqual([]);
  });

  it('is covered by a waiver of the control on the cluster, and by none of a node group', () => {
    const owned = { owner: 'sre', reason: 'until the migration', expires: '2099-12-31' };
    const waiver: Waiver = { control: slug, cluster: 'blue', nodeGroup: '*', ...owned };
    const statusWith = (waivers: readonly Waiver[]) => {
      const world = new StoredWorld();
      const audit = applyWaivers(of(failing('ann')), waivers, new Date('2026-11-25T00:00:00Z'));
      world.run(audit, { ...chosen, waivers });
      return world.only.Compliance.Status;
    };
    expect(statusWith([waiver])).toBe('WARNING');
    expect(statusWith([{ ...waiver, nodeGroup: 'workers' }])).toBe('FAILED');
    expect(statusWith([{ ...waiver, holder: { kind: 'User', name: 'ann' } }])).toBe('FAILED');
  });

  it('stays within the limits of ASFF, whatever people call themselves', () => {
    const world = new StoredWorld();
    const names = Array.from({ length: 200 }, (_, index) => `${'\u{1f600}'.repeat(300)}${index}`);
    world.run(of(failing(...names)), chosen);
    expect(violations(world.only)).toEqual([]);
    expect(world.only.Compliance.StatusReasons.at(-1)?.Description).toContain('more holders');
  });
});
