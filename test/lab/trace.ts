import type { LabKubernetesCluster } from './kubernetes/kubernetes-cluster.ts';
import type { Lab } from './lab.ts';

/** Looks for new requests so often: fast enough to watch, and the lab need not know about it. */
const everyMilliseconds = 100;

/** Prints each request to AWS and to the clusters' API servers on one line, until it is stopped. */
export function followCalls(
  { calls }: Pick<Lab, 'calls'>,
  clusters: readonly LabKubernetesCluster[],
  tell: (line: string) => void,
): { stop(): void } {
  let seen = calls.length;
  const answered = new Map(clusters.map((cluster) => [cluster, cluster.api.requests.length]));

  const look = () => {
    for (const { service, operation, accountId, region, status, error } of calls.slice(seen))
      tell(`${status} ${service}:${operation} ${accountId} ${region}${error ? ` ${error}` : ''}`);
    seen = calls.length;

    for (const [cluster, before] of answered) {
      const { requests } = cluster.api;
      for (const { method, path, user, status } of requests.slice(before))
        tell(`${status || '…'} ${cluster.name}: ${method} ${path} by ${user || 'nobody'}`);
      answered.set(cluster, requests.length);
    }
  };
  const timer = setInterval(look, everyMilliseconds);

  return {
    stop() {
      clearInterval(timer);
      look();
    },
  };
}
