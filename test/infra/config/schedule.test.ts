import { expect, it } from 'vitest';
import { longestPause } from '../../../infra/config/schedule.ts';

const hours = 60;

it.each([
  ['rate(1 minute)', 1],
  ['rate(6 hours)', 6 * hours],
  ['rate(1 day)', 24 * hours],
  ['cron(0 5 * * ? *)', 24 * hours],
  ['cron(0 5,17 * * ? *)', 12 * hours],
  ['cron(0 6,9 * * ? *)', 21 * hours],
  ['cron(0/15 * * * ? *)', 15],
  ['cron(*/20 8-17 * * ? *)', 14 * hours + 20],
  ['cron(0 5 ? * MON-FRI *)', 3 * 24 * hours],
  ['cron(0 5 ? * 2-6 *)', 3 * 24 * hours],
  ['cron(0 5 ? * SUN,WED *)', 4 * 24 * hours],
  ['cron(30 22 ? * SUN *)', 7 * 24 * hours],
])('knows the longest pause of %s', (schedule, minutes) => {
  expect(longestPause(schedule)).toBe(minutes);
});

it.each([
  ['cron(0 5 1 * ? *)'],
  ['cron(0 5 L * ? *)'],
  ['cron(0 5 ? * MON#1 *)'],
  ['cron(0 5 ? JAN MON *)'],
  ['cron(0 5 * * ? 2027)'],
  ['cron(0 25 * * ? *)'],
  ['cron(60/5 5 * * ? *)'],
  ['cron(0 5-2 * * ? *)'],
  ['cron(0/0 5 * * ? *)'],
  ['cron(0 5)'],
  ['at(2026-11-25T05:00:00)'],
])('does not guess that of %s', (schedule) => {
  expect(longestPause(schedule)).toBeUndefined();
});
