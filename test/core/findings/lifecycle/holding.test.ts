import { describe, expect, it } from 'vitest';
import {
  heldBack,
  isHeld,
  unreadableAfter,
  type WaiverFor,
} from '../../../../lambda/core/findings/lifecycle/holding.ts';
import { missingMemory, type RememberedFinding } from '../../../../lambda/core/findings/lifecycle/memory.ts';
import { rollUp } from '../../../../lambda/core/findings/roll-up.ts';
import { clusterProxyHolders } from '../../../../lambda/core/judge/controls/proxy-holders.ts';
import type { FoundWaiver } from '../../../../lambda/core/judge/waivers/find-waiver.ts';
import type { ClusterNode, Verdict } from '../../../../lambda/core/model/model.ts';
import { auditOf, clientCa, failed, judged, node, passed, unread } from '../compliant-audit.ts';

const since = '2026-11-24T05:00:00.000Z';
const startedAt = new Date('2026-11-27T05:00:00.000Z');
const run = { id: 'this', startedAt };
const memory = { ...missingMemory(startedAt), runId: 'before' };

describe('runs that could not read it', () => {
  it('are counted from the first on, each once, up to a million', () => {
    for (const before of [undefined, { status: 'pass' }] as const)
      expect(unreadableAfter(before, { memory, run })).toEqual({ since: startedAt.toISOString(), runs: 1 });
    const counted = (runs: number): RememberedFinding => ({ unreadable: { since, runs } });
    expect(unreadableAfter(counted(2), { memory, run })).toEqual({ since, runs: 3 });
    expect(unreadableAfter(counted(2), { memory: { ...memory, runId: 'this' }, run })).toEqual({ since, runs: 2 });
    expect(unreadableAfter(counted(1_000_000), { memory, run })).toEqual({ since, runs: 1_000_000 });
  });

  it.each<[RememberedFinding | undefined, boolean]>([
    [undefined, false],
    [{}, false],
    [{ status: 'pass' }, true],
    [{ status: 'fail', unreadable: { since, runs: 3 } }, true],
    [{ status: 'fail', unreadable: { since, runs: 4 } }, false],
    [{ status: 'warn', unreadable: { since, runs: 1 } }, false],
    [{ unreadable: { since, runs: 1 } }, false],
  ])('leave standing what was proved, for three of them: %j: %j', (remembered, held) => {
    expect(isHeld(remembered)).toBe(held);
  });
});

describe('what is held back', () => {
  const rolledUp = (verdict: Verdict, changes: readonly Partial<ClusterNode>[] = [{}]) => {
    const nodes = changes.map((change, index) => judged(node(index + 1, change), verdict));
    return rollUp(auditOf(nodes), [clientCa], 'cluster').toArray()[0]!;
  };
  const remembered = (status: 'pass' | 'fail'): RememberedFinding => ({ status, unreadable: { since, runs: 1 } });
  const none: WaiverFor = () => undefined;
  const waiver = (state: FoundWaiver['state'], until: string): FoundWaiver => {
    return { state, mark: { until, by: 'sre', reason: 'moved' } };
  };

  it('says the same of each node, and what was proved', () => {
    const rolled = rolledUp(unread, [{}, {}]);
    const verdict = { status: 'unknown', because: `unreadable since ${since}` };
    const nodes = [1, 2].map((number) => ({ node: node(number), verdict }));
    const back = heldBack(rolled, remembered('fail'), none);
    expect(back).toEqual({ ...rolled, status: 'fail', held: { since }, nodes });
    expect(heldBack(rolled, remembered('pass'), () => waiver('active', '2026-12-31'))).not.toHaveProperty('waiver');
  });

  it('is nothing that was read, or that was never proved, or for too long', () => {
    for (const verdict of [passed, failed])
      expect(heldBack(rolledUp(verdict), remembered('fail'), none)).toEqual(rolledUp(verdict));
    const rolled = rolledUp(unread);
    const readAs = (status: 'warn' | 'fail', runs: number) => ({ status, unreadable: { since, runs } });
    for (const before of [undefined, { status: 'fail' } as const, readAs('warn', 1), readAs('fail', 4)])
      expect(heldBack(rolled, before, none)).toBe(rolled);
  });

  const groups = ['a', 'b', 'c'].map((name) => ({ group: { kind: 'managed', name } as const }));
  const waivedBy = (found: Readonly<Record<string, FoundWaiver | undefined>>) =>
    heldBack(rolledUp(unread, groups), remembered('fail'), (_, group) => found[group?.name ?? '']).waiver;

  it('is waived where each node is, by the waiver that ends first', () => {
    const [first, second, third] = ['2026-12-01', '2026-12-02', '2026-12-03'].map((until) => waiver('active', until));
    expect(waivedBy({ a: third, b: first, c: second })).toEqual(first);
    expect(waivedBy({ a: third, b: first })).toBeUndefined();
    expect(waivedBy({})).toBeUndefined();
  });

  it('names a waiver that expired, where one did', () => {
    const [active, expired] = [waiver('active', '2026-12-01'), waiver('expired', '2026-11-01')];
    expect(waivedBy({ a: active, b: expired, c: active })).toEqual(expired);
    expect(waivedBy({ b: expired })).toEqual(expired);
  });

  it('asks for waivers by the name of a group only where AWS confirms it', () => {
    const asked: string[] = [];
    const waiverFor: WaiverFor = (control, group) => {
      asked.push(`${control}: ${group?.kind} ${group?.name}`);
      return undefined;
    };
    heldBack(rolledUp(unread, [{}, { groupUnconfirmed: 'a tag says so' }]), remembered('fail'), waiverFor);
    heldBack({ ...rolledUp(unread), control: clusterProxyHolders, nodes: [] }, remembered('fail'), waiverFor);
    const ofGroups = [`${clientCa.slug}: managed workers`, `${clientCa.slug}: undefined undefined`];
    expect(asked).toEqual([...ofGroups, `${clusterProxyHolders.slug}: undefined undefined`]);
  });
});
