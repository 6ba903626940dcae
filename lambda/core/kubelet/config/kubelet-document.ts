import { err, ok, type Result } from '../../result.ts';
import { parseDocument } from '../documents/parse-document.ts';
import { isTreeMap, type RepeatedKey, type TreeMap } from '../documents/tree.ts';

export interface KubeletDocument {
  readonly tree: TreeMap;
  readonly repeatedKeys: readonly RepeatedKey[];
}

/**
 * A main file or a drop-in: both need the right `kind` and `apiVersion`, else the kubelet does not start. The error says what is wrong and where,
 * without the file's name. Source: kubernetes `pkg/kubelet/kubeletconfig/util/codec`; measured on 1.34.9.
 */
export function readKubeletDocument(text: string): Result<KubeletDocument, string> {
  const parsed = parseDocument(text);
  if (!parsed.ok) return parsed;

  const { tree, repeatedKeys } = parsed.value;
  if (!isTreeMap(tree)) return err('it holds no settings');
  if (tree.get('kind') !== 'KubeletConfiguration') return err('kind is not KubeletConfiguration');
  if (tree.get('apiVersion') !== 'kubelet.config.k8s.io/v1beta1')
    return err('apiVersion is not kubelet.config.k8s.io/v1beta1');

  return ok({ tree, repeatedKeys });
}
