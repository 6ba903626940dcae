const minutesOf = { minute: 1, hour: 60, day: 24 * 60 } as const;
const week = 7 * 24 * 60;
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/**
 * The longest time between two starts of a schedule, in minutes. A local time that summer time removes is no start: EventBridge Scheduler skips it, and a
 * daily schedule then pauses for up to 47 hours. Undefined for a schedule that is not the same every week (days of the month, months, years) or is
 * written in a way that this does not read. Source: EventBridge Scheduler user guide, "Daylight savings time".
 */
export function longestPause(schedule: string, timeZone: string): number | undefined {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule);
  if (rate) return Number(rate[1]) * minutesOf[rate[2] as keyof typeof minutesOf];

  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = (
    /^cron\((.*)\)$/.exec(schedule)?.[1] ?? ''
  ).split(/\s+/);
  if (!['*', '?'].includes(dayOfMonth) || month !== '*' || year !== '*') return undefined;

  const minutes = numbers(minute, { from: 0, to: 59 });
  const hours = numbers(hour, { from: 0, to: 23 });
  const days = numbers(numbered(dayOfWeek), { from: 1, to: 7 });
  if (!minutes || !hours || !days) return undefined;

  const starts = days.flatMap((day) => hours.flatMap((h) => minutes.map((m) => (day - 1) * 24 * 60 + h * 60 + m)));
  return Math.max(
    pauseBetween([...starts, Math.min(...starts) + week]),
    ...clockChanges(timeZone).map((change) => pauseBetween(startsAround(change, starts))),
  );
}

/** The longest of the pauses between these minutes. */
function pauseBetween(starts: readonly number[]): number {
  const sorted = starts.toSorted((a, b) => a - b);
  return sorted.slice(1).reduce((most, start, index) => Math.max(most, start - (sorted[index] ?? start)), 0);
}

/** When clocks are put forward or back, in minutes since 1970, and how far local time is from UTC before and after. */
interface ClockChange {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** The starts of the weeks around a change, in minutes since 1970; local times that there are twice start once, those that there are not never. */
function startsAround({ at, before, after }: ClockChange, weekly: readonly number[]): readonly number[] {
  const thisWeek = Math.floor((at + before - firstSunday) / week);
  return [-2, -1, 0, 1, 2].flatMap((weeks) =>
    weekly.flatMap((start) => {
      const local = firstSunday + (thisWeek + weeks) * week + start;
      if (local - before < at) return [local - before];
      return local - after >= at ? [local - after] : [];
    }),
  );
}

/** 1970-01-04 began three days after 1970. */
const firstSunday = 3 * 24 * 60;

/** One year is enough: rules of time zones rarely change, and a synthesis gives the same on every day. */
function clockChanges(timeZone: string): readonly ClockChange[] {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' });
  const offsetAt = (minute: number): number => {
    const name = format.formatToParts(minute * 60_000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes] = /^GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
    return sign ? (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) : 0;
  };

  return Array.from({ length: 366 }, (_, day) => Date.UTC(2026, 0, 1 + day) / 60_000).flatMap((begin) => {
    const [before, after] = [offsetAt(begin), offsetAt(begin + 24 * 60)];
    if (before === after) return [];
    // Some zones are half an hour from the others.
    const quarters = Array.from({ length: 24 * 4 }, (_, index) => begin + (index + 1) * 15);
    return [{ at: quarters.find((minute) => offsetAt(minute) === after) ?? begin, before, after }];
  });
}

/** SUN is 1. */
const numbered = (days: string): string =>
  days.toUpperCase().replaceAll(/[A-Z]{3}/g, (name) => String(dayNames.indexOf(name) + 1));

/** `*`, `?`, `5`, `1-5`, `0/6`, `*\/15`, and lists of them. */
function numbers(field: string, range: { readonly from: number; readonly to: number }): readonly number[] | undefined {
  const parts = field.split(',').map((part) => {
    const read = /^(?:[*?]|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part);
    if (!read) return undefined;
    const [, first, last, step] = read;
    const from = Number(first ?? range.from);
    const to = Number(last ?? (first === undefined || step !== undefined ? range.to : first));
    if (from < range.from || to > range.to || from > to || step === '0') return undefined;
    const every = Number(step ?? 1);
    return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, index) => from + index * every);
  });
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}
