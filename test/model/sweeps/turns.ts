import { setImmediate } from 'node:timers/promises';

/** Lets several programs take turns at what they share, in an order that a history chooses. */
export class Turns {
  #waiting: (() => void)[] = [];
  #isOn = false;

  /** Called before each use of what is shared. */
  async turn(): Promise<void> {
    if (this.#isOn) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async together(programs: readonly (() => Promise<unknown>)[], choices: readonly number[]): Promise<void> {
    this.#isOn = true;
    let going = programs.length;
    const ends = programs.map(async (each) => await each().finally(() => (going -= 1)));
    for (let index = 0; going > 0; index += 1) {
      await setImmediate();
      const [next] = this.#waiting.splice(
        (choices[index % choices.length] ?? 0) % Math.max(1, this.#waiting.length),
        1,
      );
      next?.();
    }
    this.#isOn = false;
    await Promise.all(ends);
  }
}
