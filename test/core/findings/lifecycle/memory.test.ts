import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  idOfKey,
  isMissing,
  keyOfFinding,
  missingMemory,
  parseMemory,
  timeAfter,
  unannounced,
  withoutAnnouncements,
  writtenBack,
} from '../../../../lambda/core/findings/lifecycle/memory.ts';

const sound = {
  version: 2 as const,
  runId: '20261124T050000Z',
  startedAt: '2026-11-24T05:00:00.000Z',
  findings: {
    a: { status: 'pass' as const, unreadable: { since: '2026-11-23T05:00:00.000Z', runs: 2 } },
    b: { status: 'fail' as const, announced: 'opened' as const },
    c: { unreadable: { since: '2026-11-23T05:00:00.000Z', runs: 1 } },
  },
};

describe('memory', () => {
  it('comes back as it was written', () => {
    expect(parseMemory(JSON.parse(JSON.stringify(sound)))).toEqual(sound);
    expect(isMissing(missingMemory(new Date('2026-11-24T05:00:00Z')))).toBe(true);
    expect(isMissing(sound)).toBe(false);
  });

  const withEntry = (a: object) => ({ ...sound, findings: { a } });
  const sweptOf = (machines: readonly string[]) => withEntry({ swept: { at: sound.startedAt, machines } });
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no object', 'x'],
    ['another version', { ...sound, version: 1 }],
    ['no run', { ...sound, runId: '' }],
    ['a machine that is none', { ...sound, machines: { 'mi-00000000': { kind: 'managed', name: 'a' } } }],
    ['of sweeps before the first', { ...sound, sweeps: -1 }],
    ['an endless name', { ...sound, unreached: ['k'.repeat(513)] }],
    ['no time', { ...sound, startedAt: 'now' }],
    ['a time that is none', { ...sound, startedAt: '2026-99-24T05:00:00.000Z' }],
    ['a time with more behind it', { ...sound, startedAt: `${sound.startedAt}Z` }],
    ['a time with more before it', { ...sound, startedAt: `+0${sound.startedAt}` }],
    ['an endless run', { ...sound, runId: 'r'.repeat(201) }],
    ['gone, but not quite', { ...sound, gone: false }],
    ['findings that are a list', { ...sound, findings: [] }],
    ['an endless Id', { ...sound, findings: { ['i'.repeat(513)]: { status: 'pass' } } }],
    ['another status', withEntry({ status: 'ok' })],
    ['listed never', withEntry({ listed: 'never' })],
    ['swept without machines', sweptOf([])],
    ['swept with too many', sweptOf(Array(32).fill('i-00000000'))],
    ['suppressed, but not quite', withEntry({ suppressed: false })],
    ['waived, but not quite', withEntry({ waived: false })],
    ['another announcement', withEntry({ announced: 'resolved' })],
    ['a count since never', withEntry({ unreadable: { since: 'never', runs: 1 } })],
    ...[-1, 0, 1.5, 1_000_001, 1e300].map((runs): [string, object] => [
      `a count of ${runs}`,
      withEntry({ unreadable: { since: sound.startedAt, runs } }),
    ]),
  ])('is nothing when it is %s', (_, value) => {
    expect(parseMemory(value)).toBeUndefined();
  });

  it('never throws, whatever is stored', () => {
    fc.assert(fc.property(fc.anything(), (value) => parseMemory(value) === undefined));
  });

  it('takes no prototype from what is stored', () => {
    const parsed = parseMemory(JSON.parse(JSON.stringify(sound).replace('"a":', '"__proto__":')));
    expect(Object.getPrototypeOf(parsed?.findings ?? {})).toBe(Object.prototype);
    expect(Object.hasOwn({}, 'status')).toBe(false);
  });

  it('names a finding by what it covers, and finds its Id again', () => {
    const arn = 'arn:aws:eks:eu-west-1:111122223333:cluster/blue';
    const id = `eks-kubelet-audit/kubelet-client-ca-file/${arn}/node-group/managed/a/b`;

    expect(keyOfFinding(id, arn)).toBe('kubelet-client-ca-file/node-group/managed/a/b');
    expect(idOfKey(keyOfFinding(id, arn), arn)).toBe(id);
  });

  it('is written back with what a newer release wrote, and without what is over', () => {
    const newer = { newer: [1], gone: true, machines: {} } as const;
    const before = { ...sound, ...newer, findings: { a: { status: 'fail', waived: true, newer: 2 } } };
    const after = { ...sound, runId: 'next', findings: { a: { status: 'pass' }, z: { status: 'warn' } } } as const;
    const findings = { a: { status: 'pass', newer: 2 }, z: { status: 'warn' } };
    expect(writtenBack(before as never, after)).toEqual({ ...after, newer: [1], findings });
    expect(writtenBack(undefined, after)).toEqual(after);
  });

  it('keeps what was read and what was announced before, when nothing could be announced', () => {
    const opened = { status: 'fail', announced: 'opened', suppressed: true } as const;
    const suppressed = { ...sound, findings: { a: { suppressed: true } } } as const;
    expect(unannounced(suppressed, sound)?.findings['a']).toEqual({ ...sound.findings.a, suppressed: true });
    const after = { ...sound, runId: 'next', findings: { a: opened, d: { ...opened, status: 'warn' } } } as const;
    const findings = { a: { status: 'fail' }, b: sound.findings.b, d: { status: 'warn' } };
    expect(unannounced(sound, after)).toEqual({ ...after, findings });
    expect(unannounced(sound, { ...after, gone: true })).toBeUndefined();
  });

  it('may hold all that it can, to the bounds', () => {
    const unreadable = { since: sound.startedAt, runs: 1_000_000 };
    const swept = { at: sound.startedAt, machines: Array(31).fill('i-00000000') };
    const times = { listed: sound.startedAt, swept, unreadable };
    const entry = { status: 'warn', waived: true, suppressed: true, announced: 'unreadable', ...times };
    const machines = { 'i-0123456789abcdef0': { kind: 'managed', name: 'n'.repeat(512) } };
    const more = { machines, sweeps: 0, unreached: ['k'.repeat(512)] };
    for (const runId of ['r', 'r'.repeat(200)]) {
      const widest = { ...sound, ...more, runId, gone: true, findings: { ['i'.repeat(512)]: entry } };
      expect(parseMemory(widest)).toEqual(widest);
    }
  });

  it('of nothing is that of no run', () => {
    const { startedAt } = sound;
    expect(missingMemory(new Date(startedAt))).toEqual({ version: 2, runId: 'none', startedAt, findings: {} });
  });

  it('gives a run that is done again a time behind the younger ones', () => {
    const at = (text: string) => new Date(text);
    const started = at('2026-11-24T05:00:00.000Z');
    expect(timeAfter(started, [])).toBe(started);
    expect(timeAfter(started, ['2026-11-24T05:00:00.000Z'])).toBe(started);
    const younger = timeAfter(started, ['2026-11-24T04:00:00.000Z', '2026-11-24T05:00:00.001Z']);
    expect(younger).toEqual(at('2026-11-24T05:00:00.002Z'));
  });

  it('keeps nothing that is announced, where that is asked for or nothing was remembered', () => {
    const silent = { ...sound, findings: { ...sound.findings, b: { status: 'fail' } } };
    expect(withoutAnnouncements({ ...sound, hybrid: ['rack-7'] })).toEqual(silent);
    expect(unannounced(undefined, sound)).toEqual(silent);
    const before = { ...sound, findings: { a: { status: 'pass' as const }, b: sound.findings.b } };
    const { findings } = unannounced(before, { ...sound, findings: { b: { status: 'warn' } } }) ?? {};
    expect(findings).toEqual({ b: { status: 'warn', announced: 'opened' } });
  });
});
