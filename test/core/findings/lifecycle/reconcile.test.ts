import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scopes } from '../../../../lambda/contract/settings.ts';
import type { AsffFinding } from '../../../../lambda/core/findings/asff/asff.ts';
import { violations } from '../../../../lambda/core/findings/asff/asff.ts';
import type { ClusterAudit, NodeAudit, Verdict } from '../../../../lambda/core/model/model.ts';
import type { StoredFinding } from '../../../../lambda/core/model/stored-finding.ts';
import { asStored, factsOf } from '../../../fakes/ports.ts';
import {
  anonymous,
  auditOf,
  auditWith,
  clientCa,
  compliant,
  expired,
  failed,
  judged,
  mark,
  node,
  notApplicable,
  auditWith as of,
  passed,
  unread,
  waived,
  warned,
} from '../compliant-audit.ts';
import { StoredWorld } from '../stored-world.ts';

const unsure = { inventory: { from: 'kubernetes', complete: true, machinesUnknown: true } } as const;
const byTags = { inventory: { from: 'tags', complete: false } } as const;
const nothingListed = auditOf([], { inventory: { from: 'none', complete: false } });
const ofBoth = (ca: Verdict, other: Verdict): ClusterAudit =>
  auditOf([{ node: node(1), failures: [], verdicts: { [clientCa.slug]: ca, [anonymous.slug]: other } }]);
const statusOf = ({ Compliance }: AsffFinding) => Compliance.Status;

describe('what is sent', () => {
  const { cluster } = compliant;
  it.each<[string, ClusterAudit, readonly string[]]>([
    ['more nodes pass', auditWith(...Array(40).fill(passed)), []],
    ['another node passes', auditOf([judged(node(77), passed)]), []],
    ['a node comes to which the control does not apply', auditWith(passed, notApplicable), []],
    ['its cluster is being updated', { ...compliant, cluster: { ...cluster, status: 'UPDATING' } }, []],
    ['its cluster has another version', { ...compliant, cluster: { ...cluster, version: '1.35' } }, ['update']],
  ])('is only what changed when %s', (_, audit, kinds) => {
    const world = new StoredWorld();
    world.run(compliant);
    expect(world.run(audit).kinds).toEqual(kinds);
  });

  it('is sent again after 30 days without a change, with a later time and nothing else', () => {
    const world = new StoredWorld();
    world.run(compliant);
    const before = world.only;
    world.wait(28);
    expect(world.run(compliant).kinds).toEqual([]);
    expect(world.run(compliant).kinds).toEqual(['refresh']);
    const UpdatedAt = expect.not.stringContaining(before.UpdatedAt);
    expect(world.only).toEqual({ ...before, UpdatedAt, LastObservedAt: world.only.UpdatedAt });
    expect(world.run(compliant).kinds).toEqual([]);
  });

  it.each([
    ['its status', (each: AsffFinding) => ({ ...each, Compliance: { ...each.Compliance, Status: 'FAILED' } }) as const],
    ['its fields', (each: AsffFinding) => ({ ...each, ProductFields: {} })],
  ])('is an update when another hand wrote %s', (_, meddle) => {
    const world = new StoredWorld();
    world.run(compliant);
    world.meddle(meddle);

    expect(world.run(compliant).kinds).toEqual(['update']);
    expect(statusOf(world.only)).toBe('PASSED');
  });

  it('comes back with its history when it was archived', () => {
    const world = new StoredWorld();
    world.run(of(failed));
    const { CreatedAt, FirstObservedAt } = world.only;
    expect(world.run(auditOf([])).kinds).toEqual(['archive']);
    expect(world.run(auditOf([])).kinds).toEqual([]);
    expect(world.run(of(failed)).kinds).toEqual(['reopen']);
    expect(world.only).toMatchObject({ CreatedAt, FirstObservedAt, RecordState: 'ACTIVE' });
  });

  it('is later than what is stored, even if the clock went backwards', () => {
    const world = new StoredWorld();
    world.run(compliant);
    world.meddle((each) => ({ ...each, UpdatedAt: '2030-01-01T00:00:00.000Z' }));
    world.run(of(failed));
    expect(world.only.UpdatedAt).toBe('2030-01-01T00:00:00.001Z');
  });
});

describe('what is archived', () => {
  const two = auditOf([judged(node(1), failed), judged(node(2, { group: { kind: 'managed', name: 'gone' } }), passed)]);
  const one = auditOf([judged(node(1), failed)]);
  const archived = (world: StoredWorld) =>
    [...world.findings.values()].filter(({ RecordState }) => RecordState === 'ARCHIVED');

  it('is a node group that is gone from a whole list, with its last status, from our own words only', () => {
    const world = new StoredWorld();
    world.run(two);
    expect(world.run(one).kinds).toEqual(['archive']);
    const [finding] = archived(world);
    expect(violations(finding!)).toEqual([]);
    expect(finding).toMatchSnapshot();
  });

  it('is a subject to which the control no longer applies, with what was seen', () => {
    const world = new StoredWorld();
    world.run(compliant);
    expect(world.run(auditWith(notApplicable, notApplicable)).kinds).toEqual(['archive']);
    expect(statusOf(world.only)).toBe('PASSED');
    expect(world.only.Compliance.StatusReasons).toMatchObject([{ ReasonCode: 'KUBELET_NOT_APPLICABLE' }]);
  });

  it.each([
    ['the list of nodes is not whole', { ...one, ...byTags }],
    ['no node could be listed', nothingListed],
    ['AWS did not say which machine is which', { ...one, ...unsure }],
    ['a subject that is no longer applicable is of a list that is not whole', { ...of(notApplicable), ...byTags }],
  ])('is nothing when %s', (_, audit) => {
    const world = new StoredWorld();
    world.run(two);
    expect(world.run(audit).kinds).not.toContain('archive');
    expect(archived(world)).toEqual([]);
  });

  const both = ofBoth(failed, passed);
  const all = { controls: [clientCa, anonymous] };
  it.each([
    ['a control that somebody did not select', both, { controls: [clientCa], catalogue: [clientCa] }],
    ['another scope', both, { ...all, scope: 'node' as const }],
    ['a node group that is not in the list', auditOf([]), all],
    ['a control that no longer applies', of(notApplicable), all],
    ['a terminated instance', auditOf([], { inventory: { ...byTags.inventory, terminated: [node(1).key] } }), all],
  ])('is not %s in a terminal, which remembers nothing and may see less than the deployment', (_, audit, told) => {
    const world = new StoredWorld({ remembers: false });
    world.run(both, all);
    world.run(both, { ...all, scope: 'node' });
    expect(world.run(audit, told).kinds).not.toContain('archive');
    expect(archived(world)).toEqual([]);
  });

  it.each([
    ['another cluster', (id: string) => id.replace('cluster/blue', 'cluster/green')],
    ['another account', (id: string) => id.replace('111122223333', '999988887777')],
    ['an Id that this program would not write', (id: string) => id.replace('node-group/managed', 'node-grp/managed')],
  ])('is never a finding of %s', (_, change) => {
    const world = new StoredWorld();
    world.run(two);
    const [first] = world.findings.values();
    const other = { ...first!, Id: change(first!.Id) };
    world.findings.set(other.Id, other);
    world.run(one);
    expect(world.findings.get(other.Id)).toBe(other);
  });
});

/** What each of six runs sends, and the status that it leaves. */
const sixNights = (world: StoredWorld, audit: ClusterAudit): string =>
  Array.from({ length: 6 }, () => [...world.run(audit).kinds, statusOf(world.only)].join(' ')).join(', ');

describe('what could not be read', () => {
  it('keeps what was proved for 3 runs, says so once, and then is NOT_AVAILABLE', () => {
    const world = new StoredWorld();
    world.run(compliant);

    const states = 'update PASSED, PASSED, PASSED, update NOT_AVAILABLE, NOT_AVAILABLE, NOT_AVAILABLE';
    expect(sixNights(world, of(unread))).toBe(states);
    expect(world.run(compliant).kinds).toEqual(['update']);
  });

  it('counts a run once, however often it is done', () => {
    const world = new StoredWorld();
    world.run(compliant);
    for (let night = 0; night < 3; night += 1) {
      world.run(of(unread));
      for (let again = 0; again < 5; again += 1) expect(world.run(of(unread), {}, { again: true }).kinds).toEqual([]);
    }
    expect(statusOf(world.only)).toBe('PASSED');
  });

  it.each([
    ['PASSED', (each: AsffFinding) => ({ ...each, Compliance: { ...each.Compliance, Status: 'PASSED' } }) as const],
    ['archived', (each: AsffFinding) => ({ ...each, RecordState: 'ARCHIVED' }) as const],
    ['without our fields', (each: AsffFinding) => ({ ...each, ProductFields: {} }) as const],
  ])('keeps a failure that the hub remembers, though the account made its finding %s', (_, forge) => {
    const world = new StoredWorld();
    world.run(of(failed));
    world.findings.set(world.only.Id, forge(world.only));

    const isKept = () => expect([statusOf(world.only), world.only.RecordState]).toEqual(['FAILED', 'ACTIVE']);
    expect(world.run(of(unread)).transitions).toEqual([]);
    isKept();
    world.findings.set(world.only.Id, forge(world.only));
    world.run(nothingListed);
    isKept();
  });

  it('never takes a pass from the account: what no run has read is NOT_AVAILABLE, however it is published', () => {
    const forger = new StoredWorld({ remembers: false });
    forger.run(compliant);
    const world = new StoredWorld();
    world.findings = forger.findings;

    world.run(of(unread));
    expect(statusOf(world.only)).toBe('NOT_AVAILABLE');
  });

  it('is published at once when nothing was proved before, or nobody remembers', () => {
    const fresh = new StoredWorld();
    fresh.run(of(unread));
    expect(statusOf(fresh.only)).toBe('NOT_AVAILABLE');

    const terminal = new StoredWorld({ remembers: false });
    terminal.run(compliant);
    terminal.run(of(unread));
    expect(statusOf(terminal.only)).toBe('NOT_AVAILABLE');
  });

  it('holds what was proved last, even if Security Hub did not take that', () => {
    const world = new StoredWorld();
    world.run(compliant);
    world.run(of(failed), { takes: () => false });
    expect(statusOf(world.only)).toBe('PASSED');
    world.run(of(unread));
    expect(statusOf(world.only)).toBe('FAILED');
  });

  it('is NOT_AVAILABLE after 3 runs that could not even list its nodes, and says the same from then on', () => {
    const world = new StoredWorld();
    world.run(of(failed));
    const states = 'FAILED, FAILED, FAILED, update NOT_AVAILABLE, NOT_AVAILABLE, NOT_AVAILABLE';
    expect(sixNights(world, nothingListed)).toBe(states);
    expect(world.only).toMatchSnapshot();
    const { kinds, transitions } = world.run(of(failed));
    expect(kinds).toEqual(['update']);
    expect(transitions).toMatchObject([{ kind: 'opened', before: 'NOT_AVAILABLE' }]);
  });
});

describe('what is announced', () => {
  const kinds = (world: StoredWorld, audit: ClusterAudit, told = {}) =>
    world.run(audit, told).transitions.map(({ kind, before, status }) => `${kind} ${before} ${status}`);

  const long = [unread, unread, unread, unread];
  const unreadPass = '-, -, -, -, unreadable PASSED NOT_AVAILABLE';
  const unreadFail = 'opened NONE FAILED, -, -, -, unreadable FAILED NOT_AVAILABLE';
  it.each<[string, readonly Verdict[], string]>([
    ['passing from the start', [passed, passed], '-, -'],
    ['unread from the start', [unread, unread, passed], '-, -, -'],
    ['suspected', [passed, warned, warned], '-, opened PASSED WARNING, -'],
    ['suspected, then proved', [warned, failed, passed], 'opened NONE WARNING, -, resolved FAILED PASSED'],
    ['suspected, then unread', [warned, unread], 'opened NONE WARNING, unreadable WARNING NOT_AVAILABLE'],
    ['passing, then unread for long', [passed, ...long, unread], `${unreadPass}, -`],
    ['passing, unread, and passing', [passed, ...long, passed], `${unreadPass}, resolved NOT_AVAILABLE PASSED`],
    ['proved, then suspected', [failed, warned], 'opened NONE FAILED, -'],
    ['failing, unread, and failing', [failed, ...long, failed], `${unreadFail}, opened NOT_AVAILABLE FAILED`],
    ['failing, unread, and passing', [failed, ...long, passed], `${unreadFail}, resolved NOT_AVAILABLE PASSED`],
    ['unread, then failing', [unread, failed], '-, opened NOT_AVAILABLE FAILED'],
  ])('of a kubelet that is %s', (_, verdicts, expected) => {
    const world = new StoredWorld();
    expect(verdicts.map((each) => kinds(world, of(each))[0] ?? '-').join(', ')).toBe(expected);
  });

  it('is the end of a failure that is gone, and a new beginning when it comes back', () => {
    const world = new StoredWorld();
    world.run(of(failed));
    expect(kinds(world, auditOf([]))).toEqual(['resolved FAILED ARCHIVED']);
    expect(kinds(world, auditOf([]))).toEqual([]);
    expect(kinds(world, of(failed))).toEqual(['opened NONE FAILED']);
  });

  it('is no end of a failure while a machine of the group runs that shows no kubelet, although others pass', () => {
    const withoutKubelet = [node(1, { unlisted: true })];
    const hidden = { inventory: { from: 'kubernetes', complete: true, withoutKubelet } } as const;
    const [alone, beside] = [new StoredWorld(), new StoredWorld()];
    alone.run(of(failed));
    beside.run(auditWith(failed, passed));

    const passing = [judged(node(2), passed)];
    const worlds = [[alone, auditOf([], hidden)] as const, [beside, auditOf(passing, hidden)] as const];
    for (const [world, audit] of worlds) {
      for (const _ of [1, 2, 3]) {
        expect(kinds(world, audit)).toEqual([]);
        expect(world.only).toMatchObject({ RecordState: 'ACTIVE', Compliance: { Status: 'FAILED' } });
      }
      expect(kinds(world, audit)).toEqual(['unreadable FAILED NOT_AVAILABLE']);
      expect(world.only.RecordState).toBe('ACTIVE');
    }
    expect(kinds(beside, auditOf(passing))).toEqual(['resolved NOT_AVAILABLE PASSED']);
    expect(kinds(alone, auditOf([]))).toEqual(['resolved NOT_AVAILABLE ARCHIVED']);
  });

  it('does not depend on Security Hub, and says whether that holds the same', () => {
    const world = new StoredWorld();
    const said = (audit: ClusterAudit, told = {}) =>
      world.run(audit, told).transitions.map(({ kind, securityHub }) => `${kind} ${securityHub}`);

    expect(said(of(failed), { takes: () => false })).toEqual(['opened not-taken']);
    expect(said(of(failed))).toEqual([]);
    expect(said(of(passed))).toEqual(['resolved taken']);
    expect(said(of(failed), { stored: 'unknown' })).toEqual(['opened not-read']);
    expect(said(of(failed))).toEqual([]);
    expect(said(of(passed), { stored: 'unknown' })).toEqual(['resolved not-read']);
  });

  it('says what is withdrawn, never that it was fixed, when a failing control or scope is taken out', () => {
    const failing = ofBoth(failed, failed);
    const world = new StoredWorld();
    const both = [clientCa, anonymous];
    world.run(failing, { controls: both });

    const [opened, withdrawn] = ['opened NONE FAILED', 'withdrawn FAILED ARCHIVED'];
    expect(kinds(world, failing, { controls: [clientCa] })).toEqual([withdrawn]);
    expect(kinds(world, failing, { controls: [clientCa] })).toEqual([]);
    expect(kinds(world, failing, { controls: [clientCa], scope: 'cluster' }).toSorted()).toEqual([opened, withdrawn]);
    expect(kinds(world, failing, { controls: both, scope: 'cluster' })).toEqual([opened]);
  });

  it('is every open failure once, and marked so, when the memory is lost', () => {
    const world = new StoredWorld();
    const marks = () => world.run(of(failed)).transitions.map(({ kind, memory }) => `${kind} ${memory}`);
    world.run(compliant);
    expect(marks()).toEqual(['opened kept']);
    world.memory = undefined;
    expect(marks()).toEqual(['opened missing']);
    expect(marks()).toEqual([]);
  });

  it('holds no word that is in the account’s Security Hub', () => {
    const world = new StoredWorld();
    world.run(of(failed));
    const evil = 'click http://evil.example';
    const { only } = world;
    const ProductFields = Object.fromEntries(Object.keys(only.ProductFields).map((each) => [each, evil]));
    world.findings.set(only.Id, { ...only, Title: evil, Description: evil, ProductFields });

    const gone = world.run(auditOf([])).transitions;
    expect(gone).toMatchObject([{ kind: 'resolved', title: expect.any(String) }]);
    expect(JSON.stringify(gone)).not.toContain('evil');
  });

  it('is not said again after an older run was done again', () => {
    const world = new StoredWorld();
    const older = { run: { id: 'older', startedAt: new Date('2026-11-25T05:00:00.000Z') } };
    world.run(compliant, older);
    expect(kinds(world, of(failed))).toEqual(['opened PASSED FAILED']);

    expect(kinds(world, of(failed), older)).toEqual([]);
    expect(kinds(world, of(failed))).toEqual([]);
    expect(kinds(world, of(passed), older)).toEqual(['resolved FAILED PASSED']);
    expect(kinds(world, of(passed))).toEqual([]);
  });

  it('is not said by an older run that is done again after the next one said it', () => {
    const world = new StoredWorld();
    world.run(compliant);
    const { memory } = world;
    const older = { run: { id: 'older', startedAt: new Date('2026-11-26T05:00:00.000Z') } };
    world.run(of(failed), older);
    // It died after it had published.
    world.memory = { ...memory!, publishing: '2026-11-26T05:00:00.000Z' };
    expect(kinds(world, of(failed))).toEqual(['opened PASSED FAILED']);
    expect(kinds(world, of(failed), older)).toEqual([]);
  });
});

it('names in a terminal, which archives nothing, what is open in Security Hub and was not seen in a complete audit', () => {
  const terminal = new StoredWorld({ remembers: false });
  expect(terminal.run(of(failed)).leftOpen).toEqual([]);
  const gone = auditOf([]);
  expect(terminal.run(gone)).toMatchObject({ kinds: [], leftOpen: ["node group 'workers' (managed)"] });
  expect(terminal.run({ ...gone, inventory: { ...gone.inventory, complete: false } }).leftOpen).toEqual([]);
  expect(new StoredWorld().run(gone).leftOpen).toBeUndefined();
  terminal.run(of(passed));
  expect(terminal.run(gone).leftOpen).toEqual([]);
});

describe('what the account suppresses', () => {
  const later = '2026-11-25T10:00:00.000Z';
  it.each<[string, ClusterAudit, ClusterAudit, Partial<StoredFinding>, number, string]>([
    ['a failure', of(failed), of(failed), {}, 1, 'suppressed'],
    ['what opens and was suppressed', of(passed), of(failed), {}, 1, 'opened suppressed'],
    ['a failure that a waiver covers', of(failed), of(waived), {}, 0, 'resolved'],
    ['a failure that is not read', of(failed), of(unread), {}, 1, 'suppressed'],
    ['a failure that is not listed', of(failed), nothingListed, {}, 1, 'suppressed'],
    ['a waived failure that is not listed', of(waived), nothingListed, {}, 0, ''],
    ['a failure that was listed later', { ...of(failed), auditedAt: later }, of(passed), {}, 1, 'suppressed'],
    ['a failure with an archived finding', of(failed), of(failed), { recordState: 'ARCHIVED' }, 0, ''],
    ['another workflow', of(failed), of(failed), { workflow: 'NEW' }, 0, ''],
  ])('counts and is announced once: %s', (_, first, audit, change, count, kinds) => {
    const world = new StoredWorld();
    const run = (each: ClusterAudit) => {
      const held = world.active.map((found) => ({ ...asStored(found), workflow: 'SUPPRESSED', ...change }));
      const { suppressed, transitions } = world.run(each, { stored: new Map(held.map((found) => [found.id, found])) });
      return `${suppressed} ${transitions.map(({ kind }) => kind).join(' ')}`;
    };
    run(first);
    expect([run(audit), run(audit)]).toEqual([`${count} ${kinds}`, `${count} `]);
    expect(world.run(audit, { stored: 'unknown' }).suppressed).toBeUndefined();
    expect(JSON.stringify(world.memory).includes('"suppressed":true')).toBe(count > 0);
  });
});

describe('waivers', () => {
  const owned = { reason: 'replaced in January', owner: 'team-payments', expires: '2026-11-26' };
  const waiver = { control: clientCa.slug, cluster: 'bl*', nodeGroup: 'work*', ...owned };

  it('end an announced failure, which opens again when they expire, and says so', () => {
    const world = new StoredWorld();
    const kindsOf = (verdict: Verdict) => world.run(of(verdict)).transitions.map(({ kind }) => kind);

    expect([failed, waived, expired].map((each) => kindsOf(each).join())).toEqual(['opened', 'resolved', 'opened']);
    expect(statusOf(world.only)).toBe('FAILED');
    const codes = world.only.Compliance.StatusReasons.map(({ ReasonCode }) => ReasonCode);
    expect(codes).toEqual(['WAIVER_EXPIRED', 'KUBELET_NOT_COMPLIANT']);
  });

  it('cover a suspicion too, but not what else is wrong in the subject', () => {
    const world = new StoredWorld();
    expect(world.run(of({ ...warned, covered: mark } as Verdict)).transitions).toEqual([]);
    expect(world.run(auditWith(waived, warned)).transitions).toMatchObject([{ kind: 'opened', status: 'WARNING' }]);
  });

  it('hold for a failure that could not be read for a while, until they expire', () => {
    const world = new StoredWorld();
    world.run(of(waived), { waivers: [waiver] });
    expect(world.run(of(unread), { waivers: [waiver] }).transitions).toEqual([]);
    expect(statusOf(world.only)).toBe('WARNING');

    expect(world.run(of(unread), { waivers: [waiver] }).transitions).toMatchObject([{ kind: 'opened' }]);
    const StatusReasons = [{ ReasonCode: 'WAIVER_EXPIRED' }, { ReasonCode: 'KUBELET_NOT_READ' }];
    expect(world.only.Compliance).toMatchObject({ Status: 'FAILED', StatusReasons });
  });
});

const verdicts = fc.constantFrom<Verdict>(passed, passed, failed, warned, unread, notApplicable);
const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 8 });
const nodes = numbers.chain((all) =>
  fc.tuple(
    ...all.map((number) => {
      const each = node(number, { group: { kind: 'managed', name: `group-${number % 3}` } });
      const judgedBy = fc.record({ [clientCa.slug]: verdicts, [anonymous.slug]: verdicts });
      return judgedBy.map((verdicts): NodeAudit => ({ node: each, failures: [], verdicts }));
    }),
  ),
);
const whole = { from: 'kubernetes', complete: true } as const;
const terminated = { ...byTags.inventory, terminated: [node(1).key, node(2).key] };
const inventories = fc.constantFrom(whole, whole, byTags.inventory, terminated, unsure.inventory);
const night = fc.record({
  audit: fc.tuple(nodes, inventories).map(([given, inventory]) => auditOf(given, { inventory })),
  scope: fc.constantFrom(scopes[0], scopes[0], ...scopes),
  both: fc.boolean(),
  refused: fc.nat({ max: 4 }),
});

it('over any history Security Hub ends up saying what the last run found, within what it looked at; doing a run again sends nothing', () => {
  fc.assert(
    fc.property(fc.array(night, { maxLength: 8 }), fc.boolean(), (history, remembers) => {
      const world = new StoredWorld({ remembers });

      for (const { audit, scope, both, refused } of history) {
        const told = { scope, controls: both ? [clientCa, anonymous] : [clientCa] };
        const before = new Map(world.findings);
        let count = 0;
        const takes = () => refused === 0 || ++count % (refused + 1) !== 0;

        const { changes } = world.run(audit, { ...told, takes });
        const ids = changes.map(({ finding }) => finding.Id);
        expect(new Set(ids).size).toBe(ids.length);

        for (const { kind, finding } of changes) {
          const was = before.get(finding.Id);
          expect(violations(finding)).toEqual([]);
          expect(kind === 'create').toBe(was === undefined);
          if (was) {
            expect(finding.CreatedAt).toBe(was.CreatedAt);
            expect(finding.FirstObservedAt).toBe(was.FirstObservedAt);
            expect(Date.parse(finding.UpdatedAt)).toBeGreaterThan(Date.parse(was.UpdatedAt));
          }
          const { complete, machinesUnknown, terminated: ended = [] } = audit.inventory;
          const isEnded = ended.some((id) => finding.Id.endsWith(`/node/${id}`));
          if (kind === 'archive' && (!complete || machinesUnknown))
            expect(isLeftOut(finding.Id, told) || isEnded).toBe(true);
        }

        // What was refused is sent again, and then there is nothing more to say.
        world.run(audit, told, { again: true });
        expect(world.run(audit, told, { again: true }).kinds).toEqual([]);

        if (audit.inventory.complete && !audit.inventory.machinesUnknown && remembers)
          expect(new Set(world.active.map(({ Id }) => Id))).toEqual(wantedIds(audit, told));
      }
    }),
    { numRuns: 300 },
  );
});

const numbersOf = (keys: readonly string[] = []) => keys.map((key) => Number.parseInt(key.slice(2), 16)).join(' ');
it('remembers the machines that fail, until one is read or AWS shows it no more', () => {
  const world = new StoredWorld();
  const first = [failed, warned, passed, unread].map((verdict, index) => judged(node(index + 1), verdict));
  const hybrid = judged(node(5, { machine: { status: 'confirmed', instanceId: 'mi-1' } }), failed);
  const claimed = judged(node(6, { machine: { status: 'none', because: 'x' } }), failed);
  const hidden = { ...whole, withoutKubelet: [node(1)], contested: [node(9)] };
  const next = auditOf([judged(node(1), unread), judged(node(2), passed)]);
  const audits = [auditOf([...first, hybrid, claimed]), next, auditOf([], { inventory: hidden }), nothingListed];
  const machines = [...audits, auditOf([], unsure), auditOf([])].map((audit) => {
    world.run(audit);
    return numbersOf(Object.keys(world.memory?.machines ?? {}));
  });
  expect(machines).toEqual(['1 2', '1', '1', '1', '1', '']);
});

it('remembers the nodes for which there was no time, those that have waited longest first', () => {
  const world = new StoredWorld();
  const late = (number: number, change = {}, kind: 'deadline' | 'unreadable' = 'deadline'): NodeAudit => {
    return { ...judged(node(number, change), unread), failures: [{ via: 'configz', kind, because: 'x' }] };
  };
  const long = { key: 'k'.repeat(513) };
  const others = [{ ...late(7), facts: factsOf('ssm') }, late(8, {}, 'unreadable'), late(9, long)];
  const nights = [[late(3), late(1)], [late(1), late(2), ...others, late(3)], others].map((nodes) => {
    world.run(auditOf(nodes));
    return numbersOf(world.memory?.unreached);
  });
  expect(nights).toEqual(['3 1', '3 1 2', '']);
});

interface LookedAt {
  readonly scope: string;
  readonly controls: readonly { readonly slug: string }[];
}

/** Written apart: of another scope, or of a control that is not looked at. */
const isLeftOut = (id: string, { scope, controls }: LookedAt): boolean =>
  !controls.some(({ slug }) => id.startsWith(`eks-kubelet-audit/${slug}/`)) ||
  !(scope === 'cluster' ? id.endsWith('/cluster') : id.includes(`:cluster/blue/${scope}/`));

/** Written apart: each subject and control with a verdict that applies. */
function wantedIds({ nodes: given }: ClusterAudit, { scope, controls }: LookedAt): ReadonlySet<string> {
  const part = (each: NodeAudit) => {
    const group = `node-group/managed/${each.node.group.name}`;
    return { node: `node/${each.node.key}`, cluster: 'cluster', 'node-group': group }[scope];
  };
  const ids = controls.flatMap(({ slug }) => {
    const applies = given.filter(({ verdicts: judgedBy }) => judgedBy[slug]?.status !== 'not-applicable');
    const of = `eks-kubelet-audit/${slug}/arn:aws:eks:eu-west-1:111122223333:cluster/blue`;
    return applies.map((each) => `${of}/${part(each)}`);
  });
  return new Set(ids);
}
