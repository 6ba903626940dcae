import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../flow/ports.ts';

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds, signal) => {
    await setTimeout(milliseconds, undefined, signal && { signal });
  },
};

/** Waits; whether it did to the end, and was not cut short by the signal. */
export async function slept(clock: Pick<Clock, 'sleep'>, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(milliseconds, signal);
    return true;
  } catch (error) {
    if (!signal.aborted) throw error;
    return false;
  }
}
