import { expect, it } from 'vitest';
import { auditOf, failed, judged, node, auditWith as of, passed, waived, warned } from '../compliant-audit.ts';
import { StoredWorld } from '../stored-world.ts';

const unsure = { inventory: { from: 'kubernetes', complete: true, machinesUnknown: true } } as const;
const reasonsOf = (world: StoredWorld) =>
  world.only.Compliance.StatusReasons.map(({ ReasonCode, Description }) => `${ReasonCode} ${Description}`);

/** A suspicion is never held back, so that the finding says why it does not end. */
const suspected = () => {
  const world = new StoredWorld();
  world.run(of(warned));
  return world;
};

it('says that a pass counts for nothing while AWS does not say which machine it is', () => {
  const world = suspected();
  world.run({ ...of(passed, passed), ...unsure });
  const because = 'it was failing, and AWS did not say which machine it is that passes now';
  expect(reasonsOf(world)).toEqual([`KUBELET_NOT_READ 2 nodes: ${because}`]);
  const counts = ['nodes', 'nodes-passed', 'nodes-unknown'].map((each) => `eks-kubelet-audit/${each}`);
  expect(counts.map((each) => world.only.ProductFields[each])).toEqual(['2', '0', '2']);
});

it('lets a pass count where nothing was open, whatever AWS says', () => {
  for (const before of [passed, undefined]) {
    const world = new StoredWorld();
    if (before) world.run(of(before));
    world.run({ ...of(passed), ...unsure });
    expect(world.only.Compliance.Status).toBe('PASSED');
  }
});

it('says that nothing ends while a machine of it runs that shows no kubelet, and what to do', () => {
  const world = suspected();
  const hidden = { from: 'kubernetes', complete: true, withoutKubelet: [node(1, { unlisted: true })] } as const;
  world.run(auditOf([judged(node(2), passed)], { inventory: hidden }));
  const machine = 'one of its machines runs that no API server lists and on which SSM finds no kubelet';
  const because = `it was failing, and ${machine}: terminate that machine`;
  expect(reasonsOf(world)).toEqual([`KUBELET_NOT_READ 1 node: ${because}`]);
});

it('remembers of each finding what was read and what was announced, and no more', () => {
  const world = new StoredWorld();
  world.run(of(failed));
  const key = 'kubelet-client-ca-file/node-group/managed/workers';
  const listed = of(failed).auditedAt;
  const began = '2026-11-25T05:00:00.000Z';
  const machines = { 'i-00000000000000001': { kind: 'managed', name: 'workers' } };
  const findings = { [key]: { status: 'fail', listed, announced: 'opened' } };
  expect(world.memory).toEqual({ version: 2, runId: began, startedAt: began, machines, findings });
  world.run(of(waived));
  expect(world.memory?.findings).toEqual({ [key]: { status: 'fail', listed, waived: true } });
  world.run(of(passed));
  expect(world.memory?.findings).toEqual({ [key]: { status: 'pass', listed } });
  expect(world.memory?.machines).toBeUndefined();
  world.run(auditOf([]));
  expect(world.memory?.findings).toEqual({});
});
