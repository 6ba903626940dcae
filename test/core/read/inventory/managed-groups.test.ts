import { describe, expect, it } from 'vitest';
import type { Cluster, Instance } from '../../../../lambda/core/model/model.ts';
import { err, ok } from '../../../../lambda/core/model/result.ts';
import { joinInventory } from '../../../../lambda/core/read/inventory/inventory.ts';
import { claimsManagedGroup } from '../../../../lambda/core/read/inventory/managed-groups.ts';
import { instanceWith } from '../../../fakes/ports.ts';

const cluster: Cluster = { name: 'prod', compute: { autoMode: false, fargate: false, hybrid: false } };
const instance = instanceWith({ group: { kind: 'managed', name: 'workers' }, autoScalingGroup: 'eks-workers-1' });
const ofEks = ok(new Map([['eks-workers-1', 'workers']]));
const forbidden = err({ code: 'node-groups-forbidden', message: 'no right', remedy: 'allow it' });

const joined = (change: Partial<Instance>, managed: Parameters<typeof joinInventory>[1]['managed'] = ofEks) => {
  const machine: Instance = { ...instance, ...change };
  const node = { name: 'node-1', providerId: `aws:///eu-west-1a/${machine.id}`, labels: {} };
  const [byTags] = joinInventory(cluster, { instances: [machine], ...(managed && { managed }) });
  const [listed] = joinInventory(cluster, { listed: [node], instances: [machine], ...(managed && { managed }) });
  expect(listed?.group).toEqual(byTags?.group);
  expect(listed?.groupUnconfirmed).toBe(byTags?.groupUnconfirmed);
  return listed;
};

describe('a managed node group', () => {
  it('is that of the machine whose Auto Scaling group EKS names for it, whatever its other tags say', () => {
    expect(joined({})?.group).toEqual({ kind: 'managed', name: 'workers' });
    expect(joined({ group: { kind: 'managed', name: 'waived' } })?.group.name).toBe('workers');
    expect(joined({ group: { kind: 'karpenter', name: 'spot' } })?.group).toEqual({ kind: 'managed', name: 'workers' });
  });

  it.each<[string, Partial<Instance>, string]>([
    ['is in another Auto Scaling group', { autoScalingGroup: 'own-asg' }, 'auto-scaling-group own-asg'],
    ['bears the tag alone', {}, 'self-managed self-managed'],
  ])('is not that of a machine that %s', (_what, change, group) => {
    const { autoScalingGroup: _, ...untagged } = instance;
    const [node] = joinInventory(cluster, { instances: [{ ...untagged, ...change }], managed: ofEks });
    expect(`${node?.group.kind} ${node?.group.name}`).toBe(group);
    expect(node?.groupUnconfirmed).toBeUndefined();
  });

  it('is known by its Auto Scaling group alone, where no tag names any group', () => {
    const { group: _, ...ungrouped } = instance;
    expect(joinInventory(cluster, { instances: [ungrouped], managed: ofEks })[0]?.group).toEqual(instance.group);
    const [unsaid] = joinInventory(cluster, { instances: [ungrouped], managed: forbidden });
    expect(unsaid).toMatchObject({ group: { kind: 'self-managed', name: 'self-managed' } });
    expect(unsaid).not.toHaveProperty('groupUnconfirmed');
  });

  it('is a claim, marked so, where EKS did not say which groups are managed', () => {
    const unsaid = 'its tag says that it is of this managed node group, and EKS did not say so (node-groups-forbidden)';
    expect(joined({}, forbidden)).toMatchObject({ group: instance.group, groupUnconfirmed: unsaid });
    expect(joined({ group: { kind: 'karpenter', name: 'spot' } }, forbidden)?.groupUnconfirmed).toBeUndefined();
  });

  it('is asked for only where a machine that is there claims one', () => {
    expect(claimsManagedGroup([instance])).toBe(true);
    expect(claimsManagedGroup([{ ...instance, state: 'terminated' }])).toBe(false);
    expect(claimsManagedGroup([{ ...instance, state: 'terminated' }, instance])).toBe(true);
    const { group: _, ...ungrouped } = instance;
    expect(claimsManagedGroup([ungrouped])).toBe(false);
    expect(claimsManagedGroup([{ ...instance, group: { kind: 'karpenter', name: 'spot' } }])).toBe(false);
  });
});

it('stays the group of an Auto Mode node whose machine EC2 does not show: it has not gone, and the node is not believed', () => {
  const autoMode = { ...cluster, compute: { ...cluster.compute, autoMode: true } };
  const labels = { 'eks.amazonaws.com/compute-type': 'auto', 'karpenter.sh/nodepool': 'general' };
  const node = { name: 'i-0123456789abcdef2', providerId: 'aws:///eu-west-1a/i-0123456789abcdef2', labels };
  const [hidden] = joinInventory(autoMode, { listed: [node], instances: [] });
  const distrust = expect.stringContaining('AWS knows no instance of this cluster with that id');
  expect(hidden).toMatchObject({ group: { kind: 'auto-mode', name: 'general' }, distrust });
  expect(hidden?.kind).not.toBe('auto-mode');

  const [inAnother] = joinInventory(cluster, { listed: [node], instances: [] });
  expect(inAnother?.group).toEqual({ kind: 'karpenter', name: 'general' });
});
