import { expect, it } from 'vitest';
import { waiversFrom } from '../../../../lambda/core/judge/waivers/parse-waivers.ts';
import { UsageError } from '../../../../lambda/core/model/operator-error.ts';

const sound = { control: '3.2.3', cluster: 'blue', reason: 'until January', owner: 'sre', expires: '2026-12-31' };
const now = new Date('2026-11-28');
const options = { file: 'waivers.yaml', benchmark: 'cis-eks-1.8.0', now, longestWaiver: 365 } as const;
const from = (entries: readonly object[]) => waiversFrom(JSON.stringify({ waivers: entries }), options);
const faulty = (count: number) => Array.from({ length: count }, () => ({ ...sound, owner: '' }));
const faults = (count: number) => Array.from({ length: count }, (_, index) => `waiver ${index + 1}: owner is blank`);

it('gives the waivers of a file', () => {
  expect(from([sound])).toEqual([{ ...sound, control: 'kubelet-client-ca-file', nodeGroup: '*' }]);
});

const left = { 1: '', 10: '', 11: '; and 1 more', 13: '; and 3 more' };
it.each(Object.entries(left))('gives none of a file with %i faults, and names ten of them', (text, more) => {
  const count = Number(text);
  const told = `the waivers of 'waivers.yaml' cannot be used: ${faults(Math.min(10, count)).join('; ')}${more}`;
  expect(() => from([...faulty(count), sound])).toThrow(new UsageError(told));
});
