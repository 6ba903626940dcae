/** `*`, `5`, `1-5`, `0/6`, `MON-FRI`, `3#2`, `L`, `15W`, and lists of them. */
const cronField = /^[0-9A-Z*?,/#-]+$/i;

/**
 * Whether EventBridge Scheduler takes it as a repeated schedule: a rate, or a cron of six fields with `?` for the days of the month or the week.
 * Source: EventBridge user guide, "Cron expressions reference".
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
