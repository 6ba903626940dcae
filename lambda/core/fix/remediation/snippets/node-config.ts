import { stringify } from 'yaml';
import type { SettingPath, SettingValue } from '../../../model/settings.ts';
import type { ClusterWords } from '../cluster-words.ts';
import { argumentOf } from '../wanted-value.ts';

/** What a snippet is made of: values of this program's catalogue, and AWS's word on the cluster. Nothing that a node said. */
export interface SnippetOptions {
  readonly settings: ReadonlyMap<SettingPath, SettingValue>;
  /** Those whose bad value comes by an argument: the file alone would not change them. */
  readonly byArgument: readonly SettingPath[];
  readonly cluster: ClusterWords;
  /** Whether to renew the bootstrap's own copy of the cluster's CA. */
  readonly renewsCa: boolean;
}

/**
 * A NodeConfig with the wanted values and nothing else. Merging over the others, nodeadm takes configuration key by key and flags one after the other.
 * The last one of a flag wins. Source: amazon-eks-ami `nodeadm/internal/api/merge.go`, `internal/kubelet/environment.go`.
 */
export function nodeConfig({ settings, byArgument, cluster, renewsCa }: SnippetOptions): string {
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

/** A drop-in for `--config-dir`, and at the same time what belongs into the main file: YAML is read in both. */
export const kubeletDropIn = ({ settings }: SnippetOptions): string =>
  settings.size === 0
    ? ''
    : stringify(
        { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', ...nested(settings) },
        { lineWidth: 0 },
      );

interface NestedValue {
  readonly [key: string]: SettingValue | NestedValue;
}

/** `a.b.c` → `{ a: { b: { c } } }`, in the order given. Paths are this program's own. */
function nested(settings: ReadonlyMap<SettingPath, SettingValue>): NestedValue {
  return [...settings].reduce<NestedValue>((tree, [path, value]) => put(tree, path.split('.'), value), {});
}

function put(tree: NestedValue, [step = '', ...rest]: readonly string[], value: SettingValue): NestedValue {
  const below = tree[step];
  return { ...tree, [step]: rest.length === 0 ? value : put(typeof below === 'object' ? below : {}, rest, value) };
}
