import type { Cluster } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import type { Ports } from './ports.ts';

/**
 * The one cluster of this name or ARN.
 * @throws OperatorError when there is none, or it cannot be described
 */
export async function clusterCalled({ clusters }: Pick<Ports, 'clusters'>, wanted: string): Promise<Cluster> {
  const found = await Array.fromAsync(clusters.clusters([wanted]));
  const candidates = found.flatMap((each) => (each.ok ? [each.value] : []));
  const [cluster] = candidates;
  const [problem] = found.flatMap((each) => (each.ok ? [] : [each.error]));

  if (!cluster) {
    const { code, message, remedy } = problem ?? { code: 'cluster-not-found', message: 'no cluster', remedy: '' };
    throw new OperatorError(code, `${message}; ${remedy}`);
  }
  return cluster;
}
