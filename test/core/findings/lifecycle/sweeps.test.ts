import { describe, expect, it } from 'vitest';
import { violations } from '../../../../lambda/core/findings/asff/asff.ts';
import { requirementText } from '../../../../lambda/core/findings/description.ts';
import { contextOf } from '../../../../lambda/core/findings/finding.ts';
import type { Memory, RememberedFinding } from '../../../../lambda/core/findings/lifecycle/memory.ts';
import {
  machinesOf,
  openedBySweep,
  sweptFinding,
  sweptTransition,
} from '../../../../lambda/core/findings/lifecycle/opened-by-sweep.ts';
import {
  type OpenedEntry,
  parseSweepMemory,
  type SweepMemory,
  takenOver,
} from '../../../../lambda/core/findings/lifecycle/sweep-memory.ts';
import { rollUp } from '../../../../lambda/core/findings/roll-up.ts';
import type { ClusterAudit, NodeAudit, Verdict } from '../../../../lambda/core/model/model.ts';
import { arn, auditOf, clientCa, failed, judged, node, options, passed, unread, warned } from '../compliant-audit.ts';
import { StoredWorld } from '../stored-world.ts';

const key = 'kubelet-client-ca-file/node-group/managed/workers';
const at = '2026-11-25T14:15:00.000Z';
const listed = '2026-11-25T14:15:07.000Z';
const one = 'i-0000000000000000a';
const passes: RememberedFinding = { status: 'pass' };
const memoryOf = (remembered?: RememberedFinding): Memory => {
  const findings = remembered ? { [key]: remembered } : {};
  return { version: 2, runId: 'run', startedAt: '2026-11-25T05:00:00.000Z', findings };
};

const sweep = (nodes: readonly NodeAudit[], memory: { run?: Memory | undefined; sweeps?: SweepMemory | undefined }) =>
  openedBySweep(memory, { rolled: rollUp({ nodes }, [clientCa], 'node-group').toArray(), cluster: arn, listed, at });
const workers = { kind: 'managed', name: 'workers' } as const;
const entry: OpenedEntry = { revision: 1, status: 'fail', listed, at, machines: { [one]: workers } };
const sweepsOf = (change: Partial<OpenedEntry> = {}, revision = 1): SweepMemory => {
  return { version: 1, revision, opened: { [key]: { ...entry, ...change } } };
};
const saw = (verdict: Verdict, count = 1) => Array.from({ length: count }, (_, at) => judged(node(100 + at), verdict));

describe('a sweep', () => {
  it.each<[string, RememberedFinding | undefined, Verdict, string]>([
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

  it('keeps the worse status, the later list and the first time of the sweep before, and numbers what it writes', () => {
    const [later, earlier] = ['2026-11-25T14:20:00.000Z', '2026-11-25T13:00:00.000Z'];
    const was = { revision: 2, listed: later, at: earlier, announced: 2 };
    const run = { ...memoryOf(), sweeps: 1 };
    const machines = { ...entry.machines, 'i-00000000000000064': workers };
    const worse = { opened: [], remember: sweepsOf({ ...was, revision: 4, machines }, 4) };
    expect(sweep(saw(warned), { run, sweeps: sweepsOf(was, 3) })).toEqual(worse);
    const again = sweep(saw(failed), { run, sweeps: sweepsOf({ ...was, status: 'warn', listed: earlier }, 3) });
    expect(again.remember).toEqual(sweepsOf({ ...was, revision: 4, listed, machines }, 4));
    const { remember } = sweep(saw(failed), { run: { ...run, sweeps: 7 }, sweeps: sweepsOf({}, 3) });
    const taken = { 'i-00000000000000064': workers };
    expect(remember).toEqual(sweepsOf({ revision: 8, machines: taken, announced: 8 }, 8));
  });

  it('counts only machines that AWS confirms and that no waiver covers', () => {
    const hybrid = node(2, { machine: { status: 'confirmed', instanceId: 'mi-00000000000000002' } });
    const unconfirmed = node(3, { machine: { status: 'none', because: 'x' } });
    const nodes = [node(1), hybrid, unconfirmed].map((each) => judged(each, failed));
    const waived = { ...failed, waived: { until: '', by: '', reason: '' } } as Verdict;
    const others = [waived, passed, warned].map((verdict, index) => judged(node(4 + index), verdict));
    const [rolled] = rollUp({ nodes: [...nodes, ...others] }, [clientCa], 'node-group').toArray();
    expect(rolled && machinesOf(rolled)).toEqual([['i-00000000000000001', workers]]);
  });

  const three = 'i-00000000000000064, i-00000000000000065, i-00000000000000066';
  const alone = '1 machine seen at 14:15 UTC fails (i-00000000000000064)';
  const context = contextOf(auditOf([]), { ...options, stored: new Map() });
  const open = (nodes: readonly NodeAudit[], run?: Memory) => {
    const [opened] = sweep(nodes, { run }).opened;
    if (!opened) throw new Error('nothing was opened');
    return opened;
  };
  const none = 'the run of 05:00 UTC saw none';
  it.each<[Verdict, number, string, string?, RememberedFinding?]>([
    [failed, 1, `${alone}; ${none}`],
    [failed, 3, `3 machines seen at 14:15 UTC fail (${three}); ${none}`],
    [failed, 5, `5 machines seen at 14:15 UTC fail (${three}, and 2 more); ${none}`],
    [failed, 1, `${alone}; the run of 05:00 UTC saw it suspected only`, '2026-11-25T05:00:00.000Z', { status: 'warn' }],
    [failed, 1, `${alone}; the run of 2026-11-24 06:30 UTC saw none`, '2026-11-24T06:30:00.000Z'],
    [warned, 1, `1 machine seen at 14:15 UTC is suspected to fail (i-00000000000000064); ${none}`],
    [warned, 3, `3 machines seen at 14:15 UTC are suspected to fail (${three}); ${none}`],
  ])('says what it saw, and nothing of the group: %j on %i', (verdict, nodes, words, startedAt, was = passes) => {
    const run = { ...memoryOf(was), ...(startedAt && { startedAt }) };
    const opened = open(saw(verdict, nodes), run);
    const finding = sweptFinding(opened, { context, at, listed, run });
    expect(finding?.Compliance.StatusReasons[0]).toEqual({ ReasonCode: 'SEEN_BY_SWEEP', Description: words });
    expect(finding?.Description).toBe(`${words}. ${requirementText(clientCa)}`);
    const fields = Object.entries(finding?.ProductFields ?? {}).filter(([name]) => /nodes|swept/.test(name));
    expect(fields).toEqual([['eks-kubelet-audit/swept-listed', listed]]);
    expect(finding && violations(finding)).toEqual([]);
    const because = expect.stringContaining(`${words}; 'ip-10-0-0-100.eu-west-1`);
    const before = was.status === 'warn' ? 'WARNING' : 'PASSED';
    const sent = { kind: 'opened', findingId: opened.id, before, securityHub: 'taken', memory: 'kept', nodes, because };
    expect(sweptTransition(opened, { context, at, listed, run, securityHub: 'taken' })).toMatchObject(sent);
  });

  it('says that a cluster is new where no run has audited it, and nothing where the control does not apply', () => {
    const opened = open([judged(node(1, { machine: { status: 'none', because: 'x' } }), failed)]);
    const of = { context, at, listed, securityHub: 'not-read' } as const;
    const words = 'seen at 14:15 UTC in a cluster that is new; no run has audited this cluster yet';
    expect(sweptFinding(opened, of)?.Compliance.StatusReasons[0]?.Description).toBe(words);
    const because = expect.stringMatching(new RegExp(`^${words}; `));
    const sent = { before: 'NONE', memory: 'missing', securityHub: 'not-read', because };
    expect(sweptTransition(opened, of)).toMatchObject(sent);
    const other = { ...opened, rolled: { ...opened.rolled, status: 'not-applicable' as const } };
    expect([sweptFinding(other, of), sweptTransition(other, of)]).toEqual([undefined, undefined]);
    expect(sweptTransition({ ...opened, id: 'x' }, of)).toBeUndefined();
  });
});

describe('the memory of sweeps', () => {
  const sound = sweepsOf({}, 0);
  const ids = (length: number, change: object = {}) => ({ opened: { ['k'.repeat(length)]: { ...entry, ...change } } });

  it('comes back as it was written, with what a newer release wrote, and is nothing otherwise', () => {
    const newer = { ...sound, ...ids(512, { status: 'warn', announced: 1, newer: 1 }), newer: 1 };
    for (const each of [sound, newer]) expect(parseSweepMemory(each)).toEqual(each);
    const entries = [{ revision: 0 }, { status: 'pass' }, { listed: 'now' }, { at: '' }, { announced: 0 }];
    const broken = [...entries, { machines: { 'mi-00000000': workers } }].map((each) => ids(1, each));
    for (const each of [{ version: 2 }, { revision: -1 }, { revision: 0.5 }, ids(513), ...broken])
      expect(parseSweepMemory({ ...sound, ...each }), JSON.stringify(each)).toBeUndefined();
    expect(parseSweepMemory(undefined)).toBeUndefined();
  });

  const swept = { at, machines: [one] };
  const [wasOpen, fails] = [{ status: 'fail', listed } as const, { status: 'fail', listed, swept } as const];
  it('becomes the memory of a cluster that no run has audited, and nothing is taken over twice', () => {
    const none = { version: 2, runId: 'none', startedAt: '1970-01-01T00:00:00.000Z' };
    const all = { ...none, machines: { [one]: workers }, findings: { [key]: fails } };
    expect(takenOver(undefined, sound)).toEqual(all);
    expect(takenOver({ ...memoryOf(), gone: true }, sound)).not.toHaveProperty('gone');
    const run = { ...memoryOf(passes), sweeps: 1 };
    for (const sweeps of [undefined, sound]) expect(takenOver(run, sweeps)).toBe(run);
    expect(takenOver(run, sweepsOf({ revision: 2, announced: 1 }))?.findings[key]).toEqual(fails);
  });

  const [earlier, later] = ['2026-11-25T14:15:06.999Z', '2026-11-25T14:15:07.001Z'];
  const opened = { announced: 'opened' } as const;
  const many = { at: earlier, machines: Array.from({ length: 31 }, (_, index) => `i-000000${10 + index}`) };
  const earliest = 'i-0000000b';
  const few = { ...many, machines: [earliest] };
  it.each<[string, RememberedFinding, Partial<OpenedEntry>, RememberedFinding]>([
    ['a pass', { status: 'pass', listed: earlier }, {}, fails],
    ['a pass, announced by the sweep', passes, { announced: 1 }, { ...fails, ...opened }],
    ['a pass, without machines', passes, { machines: {} }, wasOpen],
    ['what was listed at that moment', { status: 'pass', listed }, {}, fails],
    ['what was listed since', { status: 'pass', listed: later }, {}, { status: 'pass', listed: later }],
    ['what was listed since, announced', { listed: later }, { announced: 1 }, { listed: later, ...opened }],
    ['an announced failure', { status: 'fail', ...opened }, {}, { ...wasOpen, ...opened }],
    ['a suspicion', { status: 'warn' }, {}, wasOpen],
    ['a failure, suspected now', { status: 'fail' }, { status: 'warn' }, wasOpen],
    ['a waived failure', { status: 'fail', waived: true }, { status: 'warn' }, { ...fails, status: 'warn' }],
    ['what is suppressed', { suppressed: true }, {}, { ...fails, suppressed: true }],
    ['a sweep before', { ...wasOpen, swept: few }, {}, { ...wasOpen, swept: { ...few, machines: [earliest, one] } }],
    ['a sweep of 31 machines', { ...wasOpen, swept: many }, {}, { ...wasOpen, swept: many }],
  ])('adds what it saw to %s', (_, before, change, after) => {
    expect(takenOver(memoryOf(before), sweepsOf(change))?.findings).toEqual({ [key]: after });
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
