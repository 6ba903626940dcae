import { err, ok, type Result } from '../../result.ts';
import { parseJson } from '../documents/parse-json.ts';
import { parseYaml } from '../documents/parse-yaml.ts';
import { isTreeMap, type ParsedDocument, type RepeatedKey, type TreeMap } from '../documents/tree.ts';
import type { SettingPath } from '../settings.ts';

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

/** Real files have 3,000 characters. */
const longestFile = 64 * 1024;

/**
 * A file of the kubelet: what begins with `{` is JSON and nothing else, all other text is YAML, whatever the file's name is.
 * Source: apimachinery `serializer/recognizer` and `util/yaml.IsJSONBuffer`.
 */
export function parseDocument(text: string): Result<ParsedDocument, string> {
  return /^\s*\{/.test(text.slice(0, 1000)) && !text.startsWith('\ufeff')
    ? parseJson(text, longestFile)
    : parseYaml(text, longestFile);
}

/** The repeated key, if any, that is a setting or a group above it. */
export function repeatedBelow(setting: SettingPath, repeatedKeys: readonly RepeatedKey[]): RepeatedKey | undefined {
  const steps = setting.split('.');
  return repeatedKeys.find(({ path }) => path.every((step, depth) => sameKey(step, steps[depth] ?? '')));
}

/** Equal as Go's `encoding/json` compares keys: upper and lower case alike, and with them the long s and the Kelvin sign. Source: Go `json/fold.go`. */
export const sameKey = (left: string, right: string): boolean => folded(left) === folded(right);

const folded = (key: string): string =>
  key.replace(/[A-Z\u017f\u212a]/g, (char) => (char === '\u017f' ? 's' : char === '\u212a' ? 'k' : char.toLowerCase()));
