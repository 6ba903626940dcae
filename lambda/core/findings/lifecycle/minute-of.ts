/** `2026-11-28 14:15 UTC`, of an ISO time. */
export const minuteOf = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
