import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { LabKubernetesCluster } from './kubernetes/kubernetes-cluster.ts';

export const shells = ['bash', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

/** The variables as a shell sets them, one a line. */
export function shellExports(shell: Shell, variables: Readonly<Record<string, string>>): string {
  const line: Record<Shell, (name: string, value: string) => string> = {
    bash: (name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
    fish: (name, value) => `set -gx ${name} '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
    powershell: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  };
  return `${Object.entries(variables)
    .map(([name, value]) => line[shell](name, value))
    .join('\n')}\n`;
}

/** Who has the audit's rights in every cluster that lets the audit in. */
export const labToken = 'lab-auditor';

const parts = z.object({
  clusters: z.array(z.unknown()),
  users: z.array(z.unknown()),
  contexts: z.array(z.unknown()),
});

/** One kubeconfig with a context for each cluster, called as the cluster is; the first one is the current. */
export function kubeconfigOf(clusters: readonly LabKubernetesCluster[]): string {
  const each = clusters.map((cluster) => parts.parse(parse(cluster.kubeconfig(labToken))));
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: each.flatMap((part) => part.clusters),
    users: each.flatMap((part) => part.users),
    contexts: each.flatMap((part) => part.contexts),
    'current-context': clusters[0]?.name ?? '',
  });
}
