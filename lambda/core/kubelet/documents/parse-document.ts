import type { Result } from '../../result.ts';
import { parseJson } from './parse-json.ts';
import { parseYaml } from './parse-yaml.ts';
import type { ParsedDocument } from './tree.ts';

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
