/** How many rows may still be shown in one page: what is taken by one table is gone for the others. */
export class RowBudget {
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  /** The first of these that still fit, and how many do not. */
  take<T>(all: readonly T[]): { readonly shown: readonly T[]; readonly left: number } {
    const shown = all.slice(0, this.#left);
    this.#left -= shown.length;
    return { shown, left: all.length - shown.length };
  }
}
