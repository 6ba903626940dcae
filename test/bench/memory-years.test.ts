import { expect, it } from 'vitest';
import { labOfFile } from '../lab/lab-of-file.ts';
import { daysOfClusters } from './memory-years.ts';

const lab = await labOfFile();

it('a run costs what it cost on the second day, however many clusters came and went since', async () => {
  const days = await Array.fromAsync(daysOfClusters(lab, { days: 12, perDay: 10 }));
  const [, second] = days;
  expect(second?.calls).toBeGreaterThan(10);
  for (const { calls } of days.slice(2)) expect(calls).toBe(second?.calls);
});
