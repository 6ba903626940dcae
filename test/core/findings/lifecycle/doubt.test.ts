import { expect, it } from 'vitest';
import type { ClusterAudit, ClusterNode, Verdict } from '../../../../lambda/core/model/model.ts';
import {
  auditOf,
  clientCa,
  failed,
  inGroups,
  judged,
  mark,
  node,
  auditWith as of,
  passed,
  unread,
  waived,
  warned,
} from '../compliant-audit.ts';
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

const whole = { from: 'kubernetes', complete: true } as const;
const hidden = [node(1, { unlisted: true })];
const fargate = (change: Partial<ClusterNode> = { claimed: 'elsewhere' }) =>
  auditOf([judged(node(2, { kind: 'fargate', ...change }), { status: 'not-applicable', because: 'x' })]);
it.each<[string, ClusterAudit, string?]>([
  [
    'a machine of it runs that shows no kubelet',
    auditOf([judged(node(2), passed)], { inventory: { ...whole, withoutKubelet: hidden } }),
    'one of its machines runs that no API server lists and on which SSM finds no kubelet: terminate that machine',
  ],
  [
    'a machine of it carries the tags of two clusters',
    auditOf([], { inventory: { ...whole, contested: hidden } }),
    'one of its machines carries the tags of two clusters and is not listed by this one: take the wrong tags off it',
  ],
  [
    'a machine of it is listed and runs in another VPC',
    auditOf([], { inventory: { ...whole, contested: [node(1, { claimed: 'elsewhere', inOtherVpc: true })] } }),
    'one of its machines runs in another VPC, where it was not read: give it the tags of this cluster',
  ],
  ['nodes claim to be of Fargate', fargate(), 'only Node objects say now that it is of Fargate'],
  ['AWS says that it is of Fargate', fargate({})],
])('says what to do while %s, or archives it', (_, audit, because) => {
  const world = suspected();
  world.run(audit);
  const unread = [`KUBELET_NOT_READ 1 node: it was failing, and ${because}`];
  expect(because ? reasonsOf(world) : world.only.RecordState).toEqual(because ? unread : 'ARCHIVED');
});

it('does not archive a failure whose machine is contested, also where what runs remember was lost', () => {
  const world = suspected();
  world.memory = undefined;
  for (const _ of Array(6)) {
    world.run(auditOf([], { inventory: { ...whole, contested: hidden } }));
    expect([world.only.Compliance.Status, world.only.RecordState]).toEqual(['NOT_AVAILABLE', 'ACTIVE']);
  }
  world.run(auditOf([]));
  expect(world.only.RecordState).toBe('ARCHIVED');
});

it('archives a failure that no run remembers only after a run that says so', () => {
  const world = new StoredWorld();
  world.run(of(failed));
  world.memory = undefined;
  const states = [1, 2].map(() => {
    world.run(auditOf([]));
    return world.only.RecordState;
  });
  expect(states).toEqual(['ACTIVE', 'ARCHIVED']);
});

it.each([
  ['passes no longer', passed, 'NOT_AVAILABLE'],
  ['still fails', failed, 'FAILED'],
] as const)('a finding that no run remembers and whose nodes could not be listed %s', (_, verdict, status) => {
  const world = new StoredWorld();
  world.run(of(verdict));
  world.memory = undefined;
  world.run(auditOf([], { inventory: { from: 'none', complete: false } }));
  expect([world.only.Compliance.Status, world.only.RecordState]).toEqual([status, 'ACTIVE']);
});

it('remembers of each finding what was read and what was announced, and no more', () => {
  const world = new StoredWorld();
  world.run(of(failed));
  const key = 'kubelet-client-ca-file/node-group/managed/workers';
  const listed = of(failed).auditedAt;
  const began = '2026-11-25T05:00:00.000Z';
  const machines = { 'i-00000000000000001': { kind: 'managed', name: 'workers' } };
  const sent = (verdict: string, at: string, since = at) => {
    const sent = { at, verdict, since, createdAt: began, hash: expect.stringMatching(/^[0-9a-f]{16}$/) };
    return { listed, sent };
  };
  const findings = { [key]: { status: 'fail', announced: 'opened', ...sent('fail', began) } };
  expect(world.memory).toEqual({
    version: 2,
    benchmark: 'cis-eks-1.8.0',
    runId: began,
    startedAt: began,
    sentIn: began,
    machines,
    findings,
  });
  world.run(of(waived));
  const next = '2026-11-26T05:00:00.000Z';
  expect(world.memory?.findings).toEqual({ [key]: { status: 'fail', waived: true, ...sent('fail', next, began) } });
  world.run(of(passed));
  expect(world.memory?.findings).toEqual({ [key]: { status: 'pass', ...sent('pass', '2026-11-27T05:00:00.000Z') } });
  expect(world.memory?.machines).toBeUndefined();
  world.run(auditOf([]));
  expect(world.memory?.findings).toEqual({});
});

const unreadBefore = (change: Partial<ClusterNode> = {}) =>
  auditOf([judged(node(1, { failedBefore: true, ...change }), unread), judged(node(2), passed)]);

it('stays failed, and says why, for as long as a machine that failed runs unread, and ends when it is terminated', () => {
  const world = new StoredWorld();
  world.run(of(failed, passed));
  for (let night = 1; night <= 7; night += 1) {
    const { kinds, transitions } = world.run(unreadBefore());
    expect([world.only.Compliance.Status, world.only.RecordState, transitions]).toEqual(['FAILED', 'ACTIVE', []]);
    expect(kinds).toEqual(night === 1 ? ['update'] : []);
  }
  const because = `it stays until machine ${node(1).key}, which failed, is read or AWS says that it is terminated`;
  expect(reasonsOf(world).join()).toContain(because);

  const { transitions } = world.run(auditOf([judged(node(2), passed)]));
  expect([world.only.Compliance.Status, transitions.map(({ kind }) => kind)]).toEqual(['PASSED', ['resolved']]);
});

it('holds the failure of a hybrid node that nothing confirms for three runs, then says that nobody knows, and never that it is over', () => {
  const world = new StoredWorld();
  const group = { kind: 'hybrid', name: 'hybrid' } as const;
  const hybrid = { key: 'rack-7', kind: 'hybrid', group, machine: { status: 'none', because: 'IAM' } } as const;
  world.run(auditOf([judged(node(1, hybrid), failed)]));
  expect(world.memory?.hybrid).toEqual(['rack-7']);

  const missing = auditOf([judged(node(1, { ...hybrid, failedBefore: true }), unread)]);
  const nights = Array.from({ length: 6 }, () => {
    const { transitions } = world.run(missing);
    expect(world.memory?.hybrid).toEqual(['rack-7']);
    return [world.only.Compliance.Status, world.only.RecordState, ...transitions.map(({ kind }) => kind)];
  });
  const held = ['FAILED', 'ACTIVE'];
  const lost = ['NOT_AVAILABLE', 'ACTIVE'];
  expect(nights).toEqual([held, held, held, [...lost, 'unreadable'], lost, lost]);

  world.run(auditOf([judged(node(1, hybrid), passed)]));
  expect([world.only.Compliance.Status, world.memory?.hybrid]).toEqual(['PASSED', undefined]);
});

const waiver = {
  control: clientCa.slug,
  cluster: '*',
  nodeGroup: 'g0',
  expires: '2027-12-31',
  owner: 'sre',
  reason: 'moved',
};
const failing = node(1, { failedBefore: true, group: { kind: 'managed', name: 'g1' } });
const withHidden = { inventory: { ...whole, withoutKubelet: [failing] } };

it.each<[string, Verdict]>([
  ['passes', passed],
  ['fails, and is waived', waived],
  ['is suspected', warned],
  ['is suspected, and is waived', { status: 'warn', because: '401', covered: mark }],
])('keeps the failure of a whole cluster while its machine runs unread and another one %s', (_, verdict) => {
  const options = { scope: 'cluster', waivers: [waiver] } as const;
  const [other] = inGroups(verdict);
  if (!other) throw new Error('there is one node');

  for (const left of [auditOf([other, judged(failing, unread)]), auditOf([other], withHidden)]) {
    const world = new StoredWorld();
    world.run(auditOf([other, judged(failing, failed)]), options);
    for (const _ of Array(7)) {
      const { transitions } = world.run(left, options);
      expect([world.only.Compliance.Status, transitions]).toEqual(['FAILED', []]);
    }
    world.run(auditOf([other, judged(failing, passed)]), options);
    expect(world.only.Compliance.Status).toBe(verdict === passed ? 'PASSED' : 'WARNING');
  }
});

it.each([
  ['is unread', auditOf([judged(node(2), passed), judged(failing, unread)])],
  ['shows no kubelet', auditOf([judged(node(2), passed)], withHidden)],
])('keeps the failure of a machine that %s when the scope of the findings changes', (_, left) => {
  const world = new StoredWorld();
  world.run(auditOf([judged(node(2), passed), judged(failing, failed)]));
  const opened = [1, 2].map(() => world.run(left, { scope: 'cluster' }).transitions.map(({ kind }) => kind));
  expect(opened.map((each) => each.toSorted())).toEqual([['opened', 'withdrawn'], []]);
  expect(world.active.map(({ Id, Compliance }) => [Id.split('/').at(-1), Compliance.Status])).toEqual([
    ['cluster', 'FAILED'],
  ]);
});

it('holds the waiver of a group whose node is unread, whatever else passes', () => {
  const world = new StoredWorld();
  const options = { scope: 'cluster', waivers: [{ ...waiver, nodeGroup: 'g1' }] } as const;
  world.run(auditOf(inGroups(passed, waived)), options);
  expect(world.run(auditOf(inGroups(passed, unread)), options).transitions).toEqual([]);
  expect(world.active.map(({ Compliance }) => Compliance.Status)).toEqual(['WARNING']);
});

it('takes back no waiver of one group because a node of another group, which never failed, is unread', () => {
  const world = new StoredWorld();
  const options = { scope: 'cluster', waivers: [waiver] } as const;
  const statuses = [passed, waived, waived].map((verdict) => {
    world.run(auditOf(inGroups(verdict, unread)), options);
    return world.only.Compliance.Status;
  });
  expect(statuses).toEqual(['NOT_AVAILABLE', 'WARNING', 'WARNING']);
});
