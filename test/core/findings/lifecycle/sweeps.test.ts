import { describe, expect, it } from 'vitest';
import { violations } from '../../../../lambda/core/findings/asff/limits.ts';
import { contextOf } from '../../../../lambda/core/findings/finding.ts';
import type { Memory, Remembered } from '../../../../lambda/core/findings/lifecycle/memory.ts';
import { openedBySweep } from '../../../../lambda/core/findings/lifecycle/opened-by-sweep.ts';
import { type SweepMemory, takenOver } from '../../../../lambda/core/findings/lifecycle/sweep-memory.ts';
import { sweptFinding, sweptTransition } from '../../../../lambda/core/findings/lifecycle/swept-finding.ts';
import { rollUp } from '../../../../lambda/core/findings/roll-up.ts';
import type { ClusterAudit, NodeAudit, Verdict } from '../../../../lambda/core/model/model.ts';
import { arn, auditOf, clientCa, failed, judged, node, options, passed, unread, warned } from '../compliant-audit.ts';
import { StoredWorld } from '../stored-world.ts';

const key = 'kubelet-client-ca-file/node-group/managed/workers';
const at = '2026-11-25T14:15:00.000Z';
const listed = '2026-11-25T14:15:07.000Z';
const memoryOf = (remembered?: Remembered): Memory => {
  const findings = remembered ? { [key]: remembered } : {};
  return { version: 2, runId: 'run', startedAt: '2026-11-25T05:00:00.000Z', findings };
};

const sweep = (nodes: readonly NodeAudit[], memory: { run?: Memory | undefined; sweeps?: SweepMemory | undefined }) =>
  openedBySweep(memory, { rolled: rollUp({ nodes }, [clientCa], 'node-group').toArray(), cluster: arn, listed, at });
const saw = (verdict: Verdict, count = 1) => Array.from({ length: count }, (_, at) => judged(node(100 + at), verdict));

describe('a sweep', () => {
  it.each<[string, Remembered | undefined, Verdict, string]>([
    ['what passed and fails now', { status: 'pass' }, failed, 'sent announced'],
    ['what passed and is suspected now', { status: 'pass' }, warned, 'sent announced'],
    ['what was never read and fails now', undefined, failed, 'sent announced'],
    ['what was not available', { announced: 'unreadable' }, failed, 'sent announced'],
    ['a failure that was waived', { status: 'fail', waived: true }, failed, 'sent announced'],
    ['a suspicion that becomes a failure', { status: 'warn', announced: 'opened' }, failed, 'sent'],
    ['a failure that could not be announced', { status: 'fail' }, failed, 'announced'],
    ['a failure that is open', { status: 'fail', announced: 'opened' }, failed, ''],
    ['a failure that is open, where a refusal is seen', { status: 'fail', announced: 'opened' }, warned, ''],
    ['a failure that passes now', { status: 'fail', announced: 'opened' }, passed, ''],
    ['what can no longer be read', { status: 'pass' }, unread, ''],
  ])('sends and announces no more than it may of %s', (_, before, verdict, expected) => {
    const { opened } = sweep(saw(verdict), { run: memoryOf(before) });
    const done = opened.map(({ isNews, isToAnnounce }) => [isNews && 'sent', isToAnnounce && 'announced']);
    expect(done.flat().filter(Boolean).join(' ')).toBe(expected);
  });

  it('opens nothing twice, and remembers the first 31 machines of each finding', () => {
    const first = sweep(saw(failed, 40), { run: memoryOf() });
    expect(Object.keys(first.remember?.opened[key]?.machines ?? {})).toHaveLength(31);
    const again = sweep(saw(failed, 40), { run: memoryOf(), sweeps: first.remember });
    expect(again).toEqual({ opened: [] });
  });

  it('remembers machines of an open group, so that an audit listed before cannot end it', () => {
    const { opened, remember } = sweep(saw(failed), { run: memoryOf({ status: 'fail', announced: 'opened' }) });
    expect(opened).toEqual([]);
    expect(remember?.opened[key]).toMatchObject({ status: 'fail', listed });
    // The run that ended it meanwhile had not seen the machine.
    const run = memoryOf({ status: 'pass', listed: '2026-11-25T14:00:00.000Z' });
    const ended = sweep(saw(failed), { run, sweeps: remember });
    expect(ended.opened.map(({ isToAnnounce }) => isToAnnounce)).toEqual([true]);
  });

  it('says what it saw, and nothing of the group', () => {
    const run = memoryOf({ status: 'pass' });
    const context = contextOf(auditOf([]), { ...options, stored: new Map() });
    const three = 'i-00000000000000064, i-00000000000000065, i-00000000000000066';
    const one = '1 machine seen at 14:15 UTC fails (i-00000000000000064)';
    const of = { 1: one, 5: `5 machines seen at 14:15 UTC fail (${three}, and 2 more)` };
    for (const [times, seen] of Object.entries(of)) {
      const count = Number(times);
      const [opened] = sweep(saw(failed, count), { run }).opened;
      if (!opened) throw new Error('nothing was opened');
      const finding = sweptFinding(opened, { context, at, listed, run });
      const [first] = finding?.Compliance.StatusReasons ?? [];
      expect(first?.Description).toBe(`${seen}; the run of 05:00 UTC saw none`);
      expect(Object.keys(finding?.ProductFields ?? {}).filter((each) => each.includes('/nodes'))).toEqual([]);
      expect(finding && violations(finding)).toEqual([]);
      const transition = sweptTransition(opened, { context, at, listed, run, securityHub: 'taken' });
      expect(transition).toMatchObject({ kind: 'opened', before: 'PASSED', status: 'FAILED', nodes: count });
      expect(transition?.because).toContain(first?.Description);
    }
  });
});

describe('the next run', () => {
  const swept = (): StoredWorld => {
    const world = new StoredWorld();
    world.run(auditOf([judged(node(1), passed)], { auditedAt: '2026-11-25T05:00:00.000Z' }));
    world.memory = takenOver(world.memory, sweep(saw(failed), { run: world.memory }).remember);
    return world;
  };
  const later = (change: Partial<ClusterAudit> & { readonly nodes?: readonly NodeAudit[] }) =>
    auditOf(change.nodes ?? [judged(node(1), passed)], { auditedAt: '2026-11-26T05:00:00.000Z', ...change });
  const sweptAndGone = ['i-00000000000000064'];
  const inventory = { from: 'kubernetes', complete: true, sweptAndGone } as const;

  it('asks AWS for the machines that a sweep saw failing', () => {
    expect(swept().memory?.machines).toEqual({ 'i-00000000000000064': { kind: 'managed', name: 'workers' } });
  });

  it('ends it as gone, not fixed, where AWS shows none of its machines any more', () => {
    const world = swept();
    const { transitions } = world.run(later({ inventory }));
    const [because, remedy] = [expect.stringMatching(/^gone, not fixed: /), expect.stringMatching(/^look at/)];
    expect(transitions).toMatchObject([{ kind: 'resolved', because, remedy }]);
    const { Status, StatusReasons } = world.only.Compliance;
    expect([Status, StatusReasons.length, StatusReasons[0]?.ReasonCode]).toEqual(['PASSED', 2, 'NODES_GONE']);
    expect(world.memory?.machines).toBeUndefined();
    // It says the same in each run, so that nothing more is sent.
    expect(world.run(later({}))).toMatchObject({ kinds: [], transitions: [] });
  });

  it('archives it as gone, not fixed, where its group is gone as well', () => {
    const world = swept();
    world.run(later({ nodes: [], inventory }));
    const Compliance = { StatusReasons: [{ ReasonCode: 'NODES_GONE' }] };
    expect(world.only).toMatchObject({ RecordState: 'ARCHIVED', Compliance });
  });

  it('ends it as passed where its machine is there and passes', () => {
    const world = swept();
    const { transitions } = world.run(later({ nodes: [judged(node(100), passed)] }));
    expect(transitions).toMatchObject([{ kind: 'resolved', because: expect.not.stringContaining('gone') }]);
  });

  it('keeps it where its machine fails still, announced once', () => {
    const world = swept();
    expect(world.run(later({ nodes: [judged(node(100), failed)] })).transitions).toEqual([]);
    expect(world.only.Compliance.Status).toBe('FAILED');
  });

  it.each([
    ['a result of before is published once more', '2026-11-25T05:00:00.000Z'],
    ['its cluster was listed before the sweep read', '2026-11-25T14:15:06.999Z'],
  ])('ends nothing where %s, and asks for its machines in the next one', (_, auditedAt) => {
    const world = swept();
    const { transitions, kinds } = world.run(later({ auditedAt, inventory }));
    // Security Hub holds what the run before sent: the failure is put there again.
    expect({ transitions, kinds }).toEqual({ transitions: [], kinds: ['update'] });
    expect(world.only.Compliance).toMatchObject({ Status: 'FAILED', StatusReasons: [{ ReasonCode: 'SEEN_SINCE' }] });
    expect(world.memory?.machines).toEqual({ 'i-00000000000000064': { kind: 'managed', name: 'workers' } });
    expect(world.run(later({ inventory })).transitions).toMatchObject([{ kind: 'resolved' }]);
  });

  it('announces what a sweep relied on as announced, where a run had ended it', () => {
    const world = swept();
    const [entry] = Object.values(world.memory?.findings ?? {});
    world.memory = { ...memoryOf({ ...entry }), findings: { [key]: { status: 'fail', listed } } };
    const { transitions } = world.run(later({ auditedAt: '2026-11-25T05:00:00.000Z' }));
    expect(transitions).toMatchObject([{ kind: 'opened', status: 'FAILED' }]);
  });
});
