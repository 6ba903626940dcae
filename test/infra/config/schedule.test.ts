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
  expect(longestPause(schedule, 'UTC')).toBe(minutes);
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
  expect(longestPause(schedule, 'UTC')).toBeUndefined();
});

it.each([
  // Clocks go from 2:00 to 3:00 on the last Sunday of March, and from 3:00 to 2:00 on that of October.
  ['cron(30 2 * * ? *)', 'Europe/Berlin', 47 * hours],
  ['cron(0 5 * * ? *)', 'Europe/Berlin', 25 * hours],
  ['cron(30 2 ? * SUN *)', 'Europe/Berlin', 14 * 24 * hours - 60],
  ['cron(0/20 * * * ? *)', 'Europe/Berlin', 80],
  ['cron(30 2 * * ? *)', 'America/New_York', 47 * hours],
  // By half an hour.
  ['cron(15 2 * * ? *)', 'Australia/Lord_Howe', 47 * hours + 30],
  ['cron(30 2 * * ? *)', 'Asia/Tokyo', 24 * hours],
  ['rate(1 day)', 'Europe/Berlin', 24 * hours],
])('knows that of %s in %s, where clocks may be changed', (schedule, timeZone, minutes) => {
  expect(longestPause(schedule, timeZone)).toBe(minutes);
});
