import { setMaxListeners } from 'node:events';
import { pMapIterable } from 'p-map';
import type { ClusterNode, KubeletFacts, NodeReading, ReadFailure } from '../core/model/model.ts';
import type { Result } from '../core/model/result.ts';

interface SideBySide {
  /** Nodes read at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Reads one node; never throws. */
  readonly read: (node: ClusterNode, signal: AbortSignal) => Promise<Result<KubeletFacts, ReadFailure>>;
}

/** Reads nodes side by side and yields each reading as it comes: exactly one a node, in any order. */
export async function* readEachNode(
  nodes: AsyncIterable<ClusterNode> | Iterable<ClusterNode>,
  { concurrency, signal, read }: SideBySide,
): AsyncGenerator<NodeReading> {
  // Every reading under way listens to it: that is no leak.
  const stop = AbortSignal.any([signal]);
  setMaxListeners(0, stop);

  yield* pMapIterable(nodes, async (node) => ({ node, result: await read(node, stop) }), {
    concurrency,
    // A node that hangs must not hold up the reading of those that answer.
    backpressure: Number.POSITIVE_INFINITY,
    preserveOrder: false,
  });
}
