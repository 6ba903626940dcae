import { hasCode } from '../../contract/problem-codes.ts';
import type { KubeletFacts, ReadFailure } from '../../core/model/model.ts';
import type { Result } from '../../core/model/result.ts';

/** After this many failures of the cluster in a row, asking further nodes would only use up the time that SSM needs. */
const limit = 20;

/** Remembers, for one cluster and one pass over its nodes, whether asking its API server is still worth it. */
export class CircuitBreaker {
  #successes = 0;
  #timeouts = 0;
  #clusterFailures = 0;
  #lastClusterFailure: ReadFailure | undefined;

  /** Set when configz has stopped for this cluster: what to say of the nodes that are not asked any more. */
  get open(): ReadFailure | undefined {
    const problem = this.#lastClusterFailure?.problem;
    if (problem && hasCode('credentials-refused')(problem)) return this.#lastClusterFailure;
    if (this.#clusterFailures >= limit) return this.#lastClusterFailure;
    if (this.#successes === 0 && this.#timeouts >= limit)
      return {
        via: 'configz',
        kind: 'unreadable',
        because: `configz was not asked: ${limit} nodes of this cluster before it timed out, and none answered`,
      };
    return undefined;
  }

  heard(result: Result<KubeletFacts, ReadFailure>): void {
    if (!result.ok && result.error.kind === 'cluster') {
      this.#clusterFailures += 1;
      this.#lastClusterFailure = result.error;
      return;
    }
    // The API server answers, even if only to report a fault of the node.
    this.#clusterFailures = 0;
    if (result.ok) this.#successes += 1;
    else if (result.error.kind === 'unreadable' && result.error.timedOut) this.#timeouts += 1;
  }
}
