import { type Head, YamlFault } from './characters.ts';

export type Directive =
  | { readonly type: 'version'; readonly version: string }
  | { readonly type: 'tag-directive'; readonly handle: string; readonly prefix: string };

/** A tag before its handle is resolved; an empty handle means that `suffix` is all of it. */
export interface ScannedTag {
  readonly handle: string;
  readonly suffix: string;
}

const versionLine = /^%YAML[ \t]+(\d{1,2})\.(\d{1,2})[ \t]*(?:#.*)?$/;
const prefixLine = /^%TAG[ \t]+(!(?:[\w-]*!)?)[ \t]+([\w\-;/?:@&=+$,.!~*'()[\]%]+)(?:[ \t]+(?:#.*)?)?$/;
const verbatimTag = /^!<([\w\-;/?:@&=+$,.!~*'()[\]%]+)>$/;
const shortTag = /^(![\w-]*!|!)([\w\-;/?:@&=+$,.!~*'()[\]%]*)$/;

/** Source: go.yaml.in/yaml/v2 `scannerc.go`, `yaml_parser_scan_directive`. */
export function scanDirective(head: Head): Directive {
  const at = head.index;
  const line = head.take(() => !head.isBreakOrEnd());
  if (head.isBreak()) head.readBreak();
  const [, major, minor] = versionLine.exec(line) ?? [];
  if (major !== undefined) return { type: 'version', version: `${Number(major)}.${Number(minor)}` };

  const [, handle, prefix] = prefixLine.exec(line) ?? [];
  if (handle === undefined || prefix === undefined) throw new YamlFault('refused', 'a directive that is none', at);
  return { type: 'tag-directive', handle, prefix: withoutEscape(prefix, at) };
}

/** Source: `yaml_parser_scan_tag`. */
export function scanTag(head: Head): ScannedTag {
  const at = head.index;
  const text = head.take(() => !head.isBlankOrEnd());
  const [, verbatim] = verbatimTag.exec(text) ?? [];
  const [, handle = '', suffix = verbatim] = verbatim === undefined ? (shortTag.exec(text) ?? []) : [];
  if (suffix === undefined || (suffix === '' && handle !== '!'))
    throw new YamlFault('refused', 'a tag that is none', at);
  return suffix === '' ? { handle: '', suffix: '!' } : { handle, suffix: withoutEscape(suffix, at) };
}

/** No setting of a kubelet needs a tag with escapes. */
function withoutEscape(text: string, at: number): string {
  if (text.includes('%')) throw new YamlFault('not-read', 'a tag with an escape', at);
  return text;
}
