const minute = 60_000;

/** How many characters of `2026-11-28T14:05:00.000Z` are written out before the `*`: of a minute, ten minutes, an hour, a day. */
const spans = [
  { length: 16, ms: minute },
  { length: 15, ms: 10 * minute },
  { length: 13, ms: 60 * minute },
  { length: 10, ms: 24 * 60 * minute },
] as const;

/** Fewer than EC2 takes in one filter. */
const mostTimes = 60;

/**
 * Values of EC2's filter `launch-time` that cover this time, and some time beside it: `2026-11-28T14:05*` is a minute.
 * Source: EC2 API reference, DescribeInstances, "launch-time": "You can use a wildcard (*), for example, 2021-09-29T*".
 */
export function launchTimes(since: Date, until: Date): readonly string[] {
  const fits = spans.find(({ ms }) => (until.getTime() - since.getTime()) / ms < mostTimes - 1);
  const { length, ms } = fits ?? spans[3];
  const begin = Math.floor(Math.max(since.getTime(), until.getTime() - (mostTimes - 1) * ms) / ms);
  const end = Math.floor(until.getTime() / ms);
  return Array.from(
    { length: end - begin + 1 },
    (_, index) => `${new Date((begin + index) * ms).toISOString().slice(0, length)}*`,
  );
}
