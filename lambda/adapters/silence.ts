/** After this many silent nodes without a single answer, this network does not lead to the nodes. */
const limit = 20;

/** Counts the nodes of one cluster that stay silent as long as none answers. */
export class Silence {
  #silent = 0;
  #anyAnswered = false;

  /** Why no further node is dialled; `undefined` while it is worth trying. */
  get tooLong(): string | undefined {
    if (this.#anyAnswered || this.#silent < limit) return undefined;
    return `${limit} nodes of this cluster before it were silent, and none answered`;
  }

  record(answered: boolean): void {
    if (answered) this.#anyAnswered = true;
    else this.#silent += 1;
  }
}
