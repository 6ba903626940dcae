/** `*`, `5`, `1-5`, `0/6`, `MON-FRI`, `3#2`, `L`, `15W`, and lists of them. */
const cronField = /^[0-9A-Z*?,/#-]+$/i;

/**
 * Whether EventBridge Scheduler takes it as a repeated schedule: a rate, or a cron of six fields with `?` for the days of the month or for those
 * of the week. Source: EventBridge user guide, "Cron expressions reference".
 */
export function isSchedule(text: string): boolean {
  if (/^rate\([1-9]\d* (minute|hour|day)s?\)$/.test(text)) return true;

  const fields = /^cron\((.+)\)$/.exec(text)?.[1]?.split(/ +/) ?? [];
  return (
    fields.length === 6 && fields.every((each) => cronField.test(each)) && (fields[2] === '?') !== (fields[4] === '?')
  );
}

/** By its name: EventBridge Scheduler knows no offset such as +02:00, which Node takes too. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Z]/.test(name);
  } catch {
    return false;
  }
}

const minutesOf = { minute: 1, hour: 60, day: 24 * 60 } as const;
const week = 7 * 24 * 60;
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/**
 * The longest time between two starts of a schedule, in minutes. Undefined for a schedule that is not the same every week (days of the
 * month, months, years) or is written in a way that this does not read.
 */
export function longestPause(schedule: string): number | undefined {
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
  const first = Math.min(...starts);
  const sorted = [...starts.toSorted((a, b) => a - b), first + week];
  return Math.max(...sorted.slice(1).map((start, index) => start - (sorted[index] ?? 0)));
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
