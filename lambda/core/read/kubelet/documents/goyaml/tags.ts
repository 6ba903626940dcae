import { type Head, YamlFault } from './characters.ts';
import { skipToLineEnd } from './scalars.ts';

export type Directive =
  | { readonly type: 'version'; readonly version: string }
  | { readonly type: 'tag-directive'; readonly handle: string; readonly prefix: string };

/** A tag before its handle is resolved; an empty handle means that `suffix` is all of it. */
export interface ScannedTag {
  readonly handle: string;
  readonly suffix: string;
}

/** Source: go.yaml.in/yaml/v2 `scannerc.go`, `yaml_parser_scan_directive`. */
export function scanDirective(head: Head): Directive {
  head.skip();
  const name = wordOf(head);
  if (name === '' || !head.isBlankOrEnd()) throw new YamlFault('refused', 'a directive without a name', head.index);

  const directive = name === 'YAML' ? version(head) : name === 'TAG' ? tagDirective(head) : undefined;
  if (directive === undefined) throw new YamlFault('refused', 'an unknown directive', head.index);
  skipToLineEnd(head);
  return directive;
}

function version(head: Head): Directive {
  while (head.isBlank()) head.skip();
  const major = number(head);
  if (head.peek() !== 0x2e) throw new YamlFault('refused', 'a version without a dot', head.index);
  head.skip();
  return { type: 'version', version: `${major}.${number(head)}` };
}

function number(head: Head): number {
  let digits = '';
  while (head.peek() >= 0x30 && head.peek() <= 0x39) digits += head.read();
  if (digits === '' || digits.length > 2) throw new YamlFault('refused', 'a version without its number', head.index);
  return Number(digits);
}

function tagDirective(head: Head): Directive {
  while (head.isBlank()) head.skip();
  const handle = handleOf(head);
  if (handle !== '!' && !handle.endsWith('!')) throw new YamlFault('refused', 'a tag without its end', head.index);
  if (!head.isBlank()) throw new YamlFault('refused', 'a %TAG without a prefix', head.index);
  while (head.isBlank()) head.skip();
  const prefix = uri(head, '');
  if (!head.isBlankOrEnd()) throw new YamlFault('refused', 'a %TAG with an odd prefix', head.index);
  return { type: 'tag-directive', handle, prefix };
}

/** Source: `yaml_parser_scan_tag`. */
export function scanTag(head: Head): ScannedTag {
  const tag = head.peek(1) === 0x3c ? verbatimTag(head) : shortTag(head);
  if (!head.isBlankOrEnd()) throw new YamlFault('refused', 'a tag that runs into something', head.index);
  return tag;
}

function verbatimTag(head: Head): ScannedTag {
  head.skip(2);
  const suffix = uri(head, '');
  if (head.peek() !== 0x3e) throw new YamlFault('refused', "a tag without its '>'", head.index);
  head.skip();
  return { handle: '', suffix };
}

function shortTag(head: Head): ScannedTag {
  const handle = handleOf(head);
  if (handle.length > 1 && handle.endsWith('!')) return { handle, suffix: uri(head, '') };

  const suffix = uri(head, handle);
  return suffix === '' ? { handle: '', suffix: '!' } : { handle: '!', suffix };
}

function handleOf(head: Head): string {
  if (head.peek() !== 0x21) throw new YamlFault('refused', "a tag without its '!'", head.index);
  let handle = head.read() + wordOf(head);
  if (head.peek() === 0x21) handle += head.read();
  return handle;
}

const isOfUri = /^[\w\-;/?:@&=+$,.!~*'()[\]%]$/;

/** `start` is a handle that was none: its first character is left out. */
function uri(head: Head, start: string): string {
  let text = start.slice(1);
  let isThere = start !== '';
  while (head.peek() !== 0 && isOfUri.test(String.fromCodePoint(head.peek()))) {
    // No setting of a kubelet needs a tag with escapes.
    if (head.peek() === 0x25) throw new YamlFault('not-read', 'a tag with an escape', head.index);
    text += head.read();
    isThere = true;
  }
  if (!isThere) throw new YamlFault('refused', 'a tag without a name', head.index);
  return text;
}

export function wordOf(head: Head): string {
  let word = '';
  while (head.isWord()) word += head.read();
  return word;
}
