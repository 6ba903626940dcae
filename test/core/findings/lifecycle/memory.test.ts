import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  idOfKey,
  isMissing,
  keyOfFinding,
  missingMemory,
  parseMemory,
  unannounced,
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

  it.each([
    ['nothing', undefined],
    ['no object', 'x'],
    ['another version', { ...sound, version: 1 }],
    ['a field more', { ...sound, more: 1 }],
    ['no run', { ...sound, runId: '' }],
    ['no time', { ...sound, startedAt: 'now' }],
    ['a time that is none', { ...sound, startedAt: '2026-99-24T05:00:00.000Z' }],
    ['another status', { ...sound, findings: { a: { status: 'ok' } } }],
    [
      'a count that is none',
      { ...sound, findings: { a: { ...sound.findings.a, unreadable: { since: sound.startedAt, runs: -1 } } } },
    ],
    [
      'a count without an end',
      { ...sound, findings: { a: { ...sound.findings.a, unreadable: { since: sound.startedAt, runs: 1e300 } } } },
    ],
    ['findings that are a list', { ...sound, findings: [] }],
    ['an endless Id', { ...sound, findings: { ['i'.repeat(513)]: { status: 'pass' } } }],
  ])('is nothing when it is %s', (_, value) => {
    expect(parseMemory(value)).toBeUndefined();
  });

  it('never throws, whatever is stored', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(parseMemory(value)).toBeUndefined();
      }),
    );
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

  it('keeps what was read and what was announced before, when nothing could be announced', () => {
    const after = {
      ...sound,
      runId: 'next',
      findings: { a: { status: 'fail', announced: 'opened' }, d: { status: 'warn', announced: 'opened' } },
    } as const;

    expect(unannounced(sound, after)).toEqual({
      ...after,
      findings: { a: { status: 'fail' }, b: sound.findings.b, d: { status: 'warn' } },
    });
    expect(unannounced(sound, { ...after, gone: true })).toBeUndefined();
  });
});
