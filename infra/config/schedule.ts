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

  const wanted = new Set(
    days.flatMap((day) => hours.flatMap((h) => minutes.map((m) => ((day - 1) * 24 + h) * 60 + m))),
  );
  const starts = startsOfYear(wanted, timeZone);
  return starts.slice(1).reduce((most, start, index) => Math.max(most, start - (starts[index] ?? start)), 0);
}

/** 1970-01-04 was the first Sunday. */
const firstSunday = 3 * 24 * 60;
const halfHour = 30;

/**
 * The starts of 54 weeks, in minutes since 1970, for minutes of the local week. Local times that there are twice start once, those that there are
 * not never. One year is enough: rules of time zones rarely change, and a synthesis gives the same on every day.
 */
function startsOfYear(wanted: ReadonlySet<number>, timeZone: string): readonly number[] {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset', hour: 'numeric' });
  const offsetAt = (minute: number): number => {
    const name = format.formatToParts(minute * 60_000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes] = /^GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
    const distance = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
    return sign === '-' ? -distance : distance;
  };

  const begin = Date.UTC(2026, 0, 1) / 60_000;
  const starts: number[] = [];
  let last = 0;
  // No zone's clock changes within a half hour.
  for (let at = begin; at < begin + 54 * week; at += halfHour) {
    const offset = offsetAt(at);
    for (let local = at + offset; local < at + offset + halfHour; local += 1) {
      if (local <= last || !wanted.has((local - firstSunday) % week)) continue;
      starts.push(local - offset);
      last = local;
    }
  }
  return starts;
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
