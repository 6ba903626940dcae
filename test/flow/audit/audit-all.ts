import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import type { ClusterAudit, Problem } from '../../../lambda/core/model/model.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import { auditClusters } from '../../../lambda/flow/audit/audit-cluster.ts';
import type { KubeletSource } from '../../../lambda/flow/audit/ports.ts';
import { fakePorts, listed } from '../../fakes/ports.ts';

/** Everything that the audit yields, taken at once. */
export async function auditAll(
  ...given: Parameters<typeof auditClusters>
): Promise<{ readonly clusters: readonly ClusterAudit[]; readonly problems: readonly Problem[] }> {
  const results = await Array.fromAsync(auditClusters(...given));

  return {
    clusters: results.flatMap((each) => (each.ok ? [each.value] : [])),
    problems: results.flatMap((each) => (each.ok ? [] : [each.error])),
  };
}

type Options = Parameters<typeof auditClusters>[1];

/** One control, which every source can show; nothing is published. */
export const auditOptions = {
  names: [],
  controls: [clientCaFile],
  benchmark: 'cis-eks-1.8.0',
  scope: 'node-group',
  publish: false,
  signal: new AbortController().signal,
} as const;

/** What these sources make of one cluster with nodes of these names. */
export async function auditOne(
  options: Options,
  sources: readonly KubeletSource[],
  names: readonly string[] = ['a'],
): Promise<ClusterAudit | undefined> {
  const ports = fakePorts({ nodes: ok(names.map((name) => listed(name))), sources });
  return (await auditAll(ports, options)).clusters[0];
}
