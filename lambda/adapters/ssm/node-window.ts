const atFirst = 200;
const most = 500;
const least = 50;
const step = 50;

/** How many nodes have a command in flight. A silent node holds its own place only, and SSM's answers move the limit. */
export class NodeWindow {
  readonly #waiting: (() => void)[] = [];
  #limit = atFirst;
  #taken = 0;

  /** Waits until there are so many places, and takes them. */
  async take(count: number): Promise<void> {
    while (this.#taken > 0 && this.#taken + count > this.#limit)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#taken += count;
  }

  giveBack(): void {
    this.#taken -= 1;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  widen(): void {
    this.#limit = Math.min(most, this.#limit + step);
  }

  narrow(): void {
    this.#limit = Math.max(least, Math.floor(this.#limit / 2));
  }
}
