import { setMaxListeners } from 'node:events';
import type { ClusterNode, KubeletFacts, NodeReading, ReadFailure } from '../core/model/model.ts';
import type { Result } from '../core/model/result.ts';

interface SideBySide {
  /** Nodes read at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Reads one node; never throws. */
  readonly read: (node: ClusterNode, signal: AbortSignal) => Promise<Result<KubeletFacts, ReadFailure>>;
}

/**
 * Reads nodes side by side and yields each reading as it comes: exactly one a node, in any order. A node that hangs does not hold up those that answer, and no
 * node is taken once the caller has stopped. `pMapIterable` does the same in 15 µs a node, a tenth of what a node costs.
 */
export async function* readEachNode(
  nodes: AsyncIterable<ClusterNode> | Iterable<ClusterNode>,
  { concurrency, signal, read }: SideBySide,
): AsyncGenerator<NodeReading> {
  // Every reading under way listens to it: that is no leak.
  const stop = AbortSignal.any([signal]);
  setMaxListeners(0, stop);

  const source = Symbol.asyncIterator in nodes ? nodes[Symbol.asyncIterator]() : nodes[Symbol.iterator]();
  let ready: NodeReading[] = [];
  let isOver = false;
  let working = concurrency;
  let wake = Promise.withResolvers<void>();

  const work = async (): Promise<void> => {
    try {
      for (let next = await source.next(); !next.done && !isOver; next = await source.next()) {
        const reading = { node: next.value, result: await read(next.value, stop) };
        ready.push(reading);
        wake.resolve();
      }
    } finally {
      working -= 1;
      wake.resolve();
    }
  };
  const workers = Promise.all(Array.from({ length: concurrency }, work));
  // It is awaited at the end.
  workers.catch(() => undefined);

  try {
    while (working > 0 || ready.length > 0) {
      await wake.promise;
      wake = Promise.withResolvers();
      const came = ready;
      ready = [];
      yield* came;
    }
    await workers;
  } finally {
    // The source is not ended: it may wait for a node that comes only once this has ended.
    isOver = true;
  }
}

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
