const first = 500;
const longest = 15_000;

/**
 * Milliseconds to wait before the next attempt: anything up to a ceiling that doubles from half a second to 15 seconds. Without the whole of the jitter,
 * those who were throttled together would come back together.
 */
export const jitteredPause = (attempt: number): number =>
  Math.round(Math.random() * Math.min(longest, first * 2 ** (attempt - 1)));
