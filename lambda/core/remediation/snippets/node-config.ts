import { stringify } from 'yaml';
import { argumentOf } from '../wanted-value.ts';
import { nested } from './nested.ts';
import type { Wanted } from './wanted.ts';

/**
 * A NodeConfig with what is wanted and nothing else. nodeadm merges it over the others: configuration key by key, flags one after the other, so that
 * the last one of a flag wins. Source: amazon-eks-ami `nodeadm/internal/api/merge.go`, `internal/kubelet/environment.go`.
 */
export function nodeConfig({ settings, byArgument, cluster, renewsCa }: Wanted): string {
  const flags = byArgument.flatMap((setting) => {
    const value = settings.get(setting);
    return value === undefined ? [] : [argumentOf(setting, value)];
  });
  const kubelet = {
    ...(settings.size > 0 && { config: nested(settings) }),
    ...(flags.length > 0 && { flags }),
  };
  const spec = {
    ...(renewsCa && cluster.certificate && { cluster: { certificateAuthority: cluster.certificate } }),
    ...(Object.keys(kubelet).length > 0 && { kubelet }),
  };
  if (Object.keys(spec).length === 0) return '';

  return `---\n${stringify({ apiVersion: 'node.eks.aws/v1alpha1', kind: 'NodeConfig', spec }, { lineWidth: 0 })}`;
}
