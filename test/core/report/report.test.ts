import { describe, expect, it } from 'vitest';
import type { Control } from '../../../lambda/core/judge/control.ts';
import { controlList, controlNumber, controlNumbers } from '../../../lambda/core/report/report.ts';
import { clientCa } from '../findings/compliant-audit.ts';

const benchmark = 'cis-eks-1.8.0';
const older = { 'cis-eks-1.7.0': { number: '9.9.9', assessment: 'manual' } } as const;
const numbered = (number: string): Control => {
  const numbers = { [benchmark]: { number, assessment: 'automated' }, ...older } as const;
  return { ...clientCa, slug: `n-${number}`, numbers };
};
const own = (slug: string): Control => ({ ...clientCa, slug, numbers: {} });
const numbers = ['3.1.1', '3.1.2', '3.1.3', '3.2.3', '3.2.9', '3.2.10', '4.1.10'];
const all = [...numbers.map(numbered), ...['a', 'b', 'c'].map(own)];
const some = (...names: readonly string[]) =>
  all.filter(({ slug }) => names.includes(slug) || names.includes(slug.replace('n-', '')));

describe('controls, as short as they can be', () => {
  it.each<[readonly string[], string]>([
    [['3.2.3'], '3.2.3 n-3.2.3'],
    [['a'], 'a'],
    [['3.1.1', '3.1.2'], '2 controls: 3.1.1-3.1.2'],
    [['3.1.1', '3.1.3'], '2 controls: 3.1.1, 3.1.3'],
    [['3.1.1', '3.1.2', '3.1.3', '3.2.3'], '4 controls: 3.1.1-3.1.3, 3.2.3'],
    [['3.2.9', '3.2.10'], '2 controls: 3.2.9-3.2.10'],
    // Another section begins anew.
    [['3.1.3', '3.2.3', '4.1.10'], '3 controls: 3.1.3, 3.2.3, 4.1.10'],
    [['a', 'b'], '2 controls: a, b'],
    [['a', 'b', 'c'], '3 controls: 3 without a number'],
    [['3.1.1', 'a'], '2 controls: 3.1.1, 1 without a number'],
    [[], '0 controls: '],
  ])('%j: %s', (names, words) => {
    expect(controlList(some(...names), { controls: all, benchmark })).toBe(words);
  });

  it('are all of them, or both', () => {
    expect(controlList(all, { controls: all, benchmark })).toBe('all 10 controls');
    expect(controlList(all.slice(0, 2), { controls: all.slice(0, 2), benchmark })).toBe('both controls');
    expect(controlList(all.slice(0, 1), { controls: all.slice(0, 1), benchmark })).toBe('3.1.1 n-3.1.1');
  });

  it('are named by their numbers alone, and by name where they have none', () => {
    expect(controlNumbers(some('3.1.1', '3.1.2', 'a', 'c'), benchmark)).toBe('3.1.1-3.1.2, a, c');
    expect(controlNumbers(some('a'), benchmark)).toBe('a');
    expect(controlNumbers([], benchmark)).toBe('');
  });

  it('have the number of the version that is asked for', () => {
    const versions = [benchmark, 'cis-eks-1.7.0', 'cis-eks-1.2.0', 'toString'];
    expect(versions.map((each) => controlNumber(all[0]!, each))).toEqual(['3.1.1', '9.9.9', undefined, undefined]);
  });
});
