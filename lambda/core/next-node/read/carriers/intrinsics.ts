import type { NodeKind } from '../../../model/model.ts';
import { err, ok, type Result } from '../../../model/result.ts';
import { notYetKnown, notYetKnownVariable } from '../not-yet-known.ts';
import { at, itemsOf, type Located, mapOf } from './located.ts';
import { concatenated, type MappedText, mappedText, type Run } from './mapped-text.ts';
import { longestUserData } from './node-kinds.ts';

/**
 * What `Fn::Sub`, `Fn::Join` and plain texts say, in their long and short forms. One character replaces what only the deployment knows.
 * Source: CloudFormation user guide, intrinsic function reference.
 */
export function textOfIntrinsics(node: Located): Result<MappedText, string> {
  const [name, argument] = callOf(node);
  switch (name) {
    case undefined:
      return node.kind === 'scalar' && node.text
        ? ok(node.text)
        : err('its UserData is neither a text nor a function that makes one');
    case 'Sub':
      return substituted(argument);
    case 'Join':
      return joined(argument);
    case 'Ref':
      return ok(unknownText(node, argument.kind === 'scalar' ? argument.text?.text : undefined));
    default:
      return /^(?:GetAtt|ImportValue|FindInMap|Select|Base64|If|Split|GetAZs|Cidr|Transform)$/.test(name)
        ? ok(unknownText(node))
        : err('its UserData is made by a function that is not known here');
  }
}

const mostPieces = 2_000;

const unknownText = ({ start, end }: Located, name = ''): MappedText =>
  mappedText([{ text: unknownNamed(name), start, end }], 'as-is');

/** A value of the deployment that is one word, whatever it is: a script may have it. */
const oneWord = '\ue127';
const unknownNamed = (name: string): string =>
  /^AWS::(?:Region|AccountId|Partition|URLSuffix|StackName)$/.test(name.trim()) ? oneWord : notYetKnown;

/**
 * The same where each unknown value is what its surroundings can hold: a word in a NodeConfig, a variable in a script. Bottlerocket's TOML holds one between
 * quotes only.
 */
export function asUserData(text: MappedText, kind: NodeKind | undefined): Result<MappedText, string> {
  if (!/[\ue123\ue127]/.test(text.text)) return ok(text);
  // What such a value begins may be a script, a NodeConfig or anything else.
  const mayBeAny = /^\s*[\ue123\ue127]/.test(text.text) || (kind === 'bottlerocket' && !isQuoted(text.text));
  if (mayBeAny) return err('a value that only the deployment knows decides about it');
  let at = 0;
  const runs = text.runs.map((run): Run => {
    const isUnknown = run.text === notYetKnown || run.text === oneWord;
    const inConfig = isUnknown && (kind === 'bottlerocket' || isInNodeConfig(text.text, at));
    at += run.text.length;
    if (!isUnknown) return run;
    return { ...run, text: inConfig ? notYetKnown : run.text === oneWord ? 'aws-word' : notYetKnownVariable };
  });
  return ok(mappedText(runs, text.spelling));
}

/** Each unknown value is in a text after `=`, or in a comment. */
const isQuoted = (toml: string): boolean =>
  toml
    .split('\n')
    .every((line) => !/[\ue123\ue127]/.test(line) || /^\s*(?:#|["\w.-]+\s*=\s*"[^"]*"\s*(?:#.*)?$)/.test(line));

/** By the type of the part, or in a NodeConfig that is the whole. */
function isInNodeConfig(text: string, offset: number): boolean {
  const types = [...text.slice(0, offset).matchAll(/^content-type:[ \t]*([^;\s]+)/gim)];
  const type = types.at(-1)?.[1];
  return type === undefined ? /\bnode\.eks\.aws\//.test(text) : type.toLowerCase() === 'application/node.eks.aws';
}

/** The function without `!` or `Fn::`, and what it is called with. */
function callOf(node: Located): readonly [string | undefined, Located] {
  if (node.tag !== undefined) return [node.tag, node];
  const entries = [...(mapOf(node)?.entries ?? [])];
  const [key, entry] = entries[0] ?? [];
  if (entries.length !== 1 || key === undefined || entry === undefined) return [undefined, node];
  return key === 'Ref'
    ? ['Ref', entry.value]
    : key.startsWith('Fn::')
      ? [key.slice('Fn::'.length), entry.value]
      : [undefined, node];
}

const withoutTag = (node: Located): Located => {
  const { tag: _, ...plain } = node;
  return plain as Located;
};

/** `${Name}` is what only the deployment knows, `${!Name}` is the text `${Name}`; variables of its own map that are plain texts are put in. */
function substituted(argument: Located): Result<MappedText, string> {
  const node = withoutTag(argument);
  const template = node.kind === 'list' ? node.items[0] : node;
  const variables = node.kind === 'list' ? node.items[1] : undefined;
  if (template?.kind !== 'scalar' || template.text === undefined) return err('its Fn::Sub has no text');

  const { text } = template;
  if (text.text.length > longestUserData) return err('its user data is longer than any that EC2 takes');
  const runs: MappedText[] = [];
  let from = 0;
  for (const match of text.text.matchAll(/\$\{(!?)([^{}]*)\}/g)) {
    const [whole, literal, name = ''] = match;
    const start = match.index;
    if (runs.length > mostPieces) return err('its Fn::Sub has too many variables');
    runs.push(slice(text, from, start));
    from = start + whole.length;
    if (literal === '!') {
      runs.push(slice(text, start, start + 2), slice(text, start + 3, from));
      continue;
    }
    const variable = at(variables, name.trim());
    const value = variable && textOfIntrinsics(variable);
    const place = slice(text, start, from).runs;
    const [first, last] = [place[0], place.at(-1)];
    runs.push(
      value?.ok
        ? value.value
        : mappedText(
            [{ text: unknownNamed(name), start: first?.start ?? template.start, end: last?.end ?? template.end }],
            text.spelling,
          ),
    );
  }
  return ok(concatenated([...runs, slice(text, from, text.text.length)]));
}

function joined(argument: Located): Result<MappedText, string> {
  const [separator, list] = itemsOf(withoutTag(argument));
  if (separator?.kind !== 'scalar' || separator.text === undefined) return err('its Fn::Join has no separator');
  if (list?.kind !== 'list' || list.tag !== undefined) return ok(unknownText(argument));

  const texts: MappedText[] = [];
  for (const [index, item] of list.items.entries()) {
    const text = textOfIntrinsics(item);
    if (!text.ok) return text;
    if (index > 0) texts.push(text.value.runs[0] ? at0(separator.text.text, text.value) : separator.text);
    texts.push(text.value);
  }
  return ok(concatenated(texts));
}

/** A separator has its place in front of what it separates. */
const at0 = (text: string, behind: MappedText): MappedText => {
  const start = behind.runs[0]?.start ?? 0;
  return mappedText([{ text, start, end: start }], behind.spelling);
};

/** A part of a text, with its places; a stretch without places inside is cut with all of its place. */
function slice({ runs, spelling }: MappedText, start: number, end: number): MappedText {
  const cut: Run[] = [];
  let at = 0;
  for (const run of runs) {
    const [first, behind] = [Math.max(start - at, 0), Math.min(end - at, run.text.length)];
    at += run.text.length;
    if (first >= behind) continue;
    const isVerbatim = run.end - run.start === run.text.length;
    cut.push({
      text: run.text.slice(first, behind),
      start: isVerbatim ? run.start + first : run.start,
      end: isVerbatim ? run.start + behind : run.end,
    });
  }
  return mappedText(cut, spelling);
}
