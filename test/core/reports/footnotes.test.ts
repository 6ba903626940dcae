import { describe, expect, it } from 'vitest';
import { Footnotes } from '../../../lambda/core/reports/footnotes.ts';

describe('footnotes', () => {
  it('tell once what several rows have in common, source by source', () => {
    const notes = new Footnotes();
    const ssm = 'ssm: SSM does not manage this instance: attach a role; then run the agent';
    expect(notes.refer(`configz: the kubelet answered 401; ${ssm}`)).toBe('[1] [2]');
    expect(notes.refer(`configz: the kubelet sent more than it should; ${ssm}`)).toBe('[3] [2]');
    expect(notes.notes).toEqual([
      ['[1]', 'configz: the kubelet answered 401'],
      ['[2]', ssm],
      ['[3]', 'configz: the kubelet sent more than it should'],
    ]);
  });

  it('leave a short text in its row, and the source of what runs', () => {
    const notes = new Footnotes();
    expect(notes.refer('')).toBe('');
    expect(notes.refer('configz: no answer')).toBe('configz: no answer');
    expect(notes.refer('running configuration, by configz')).toBe('configz');
    expect(notes.refer('running configuration, by configz; the client CA protects little')).toBe('configz [1]');
    expect(notes.notes).toEqual([['[1]', 'the client CA protects little']]);
  });
});
