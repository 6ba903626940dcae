import type { Clock } from '../../lambda/flow/ports.ts';

/** A clock that does not move until someone sleeps: then as much time has passed at once. */
export class ManualClock implements Clock {
  milliseconds = Date.now();
  /** Every sleep, in milliseconds. */
  readonly sleeps: number[] = [];

  now(): Date {
    return new Date(this.milliseconds);
  }

  async sleep(milliseconds: number): Promise<void> {
    this.sleeps.push(milliseconds);
    this.milliseconds += milliseconds;
  }
}
