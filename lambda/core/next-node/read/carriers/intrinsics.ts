import type { NodeKind } from '../../../model/model.ts';
import { err, ok, type Result } from '../../../model/result.ts';
import { deploymentVariable, isOfDeployment, ofDeployment, tokens } from '../tokens.ts';
import { at, itemsOf, type Located, mapOf, textAt } from './located.ts';
import { concatenated, type MappedText, replaced, verbatimText, wholeText } from './mapped-text.ts';
import { longestUserData } from './node-kinds.ts';

/** The function without `!` or `Fn::`, and what it is called with; a value that is none is its own argument. */
export function callOf(node: Located): readonly [string | undefined, Located] {
  const { tag, ...untagged } = node;
  if (tag !== undefined) return [tag, untagged as Located];
  const entries = [...(mapOf(node)?.entries ?? [])];
  const [key = '', argument] = entries.length === 1 ? (entries[0] ?? []) : [];
  const name = key === 'Ref' ? key : key.startsWith('Fn::') ? key.slice('Fn::'.length) : undefined;
  return name !== undefined && argument ? [name, argument] : [undefined, node];
}

/**
 * What `Fn::Sub`, `Fn::Join` and plain texts say, in their long and short forms. One character replaces what only the deployment knows.
 * Source: CloudFormation user guide, intrinsic function reference.
 */
export function textOfIntrinsics(node: Located): Result<MappedText, string> {
  const [name, argument] = callOf(node);
  const text = textAt(argument);
  if (name === 'Sub') return substituted(argument);
  if (name === 'Join') return joined(argument, node);
  if (name !== undefined) return ok(verbatimText(unknownNamed(name === 'Ref' ? text?.text : ''), node.start));
  return text ? ok(text) : err('its UserData is neither a text nor a function that makes one');
}

const unknownNamed = (name = ''): string =>
  /^AWS::(?:Region|AccountId|Partition|URLSuffix|StackName)$/.test(name.trim())
    ? tokens.deploymentWord
    : tokens.deployment;

const tooLong = err('its user data is longer than any that EC2 takes');

/** `${Name}` is what only the deployment knows, `${!Name}` is the text `${Name}`; variables of its own map that are plain texts are put in. */
function substituted(argument: Located): Result<MappedText, string> {
  const [template, variables] = argument.kind === 'list' ? argument.items : [argument];
  const text = textAt(template);
  if (text === undefined) return err('its Fn::Sub has no text');
  let length = text.text.length;
  const made = replaced(text, /\$\{(!?)([^{}]*)\}/g, ({ 0: whole, 1: literal, 2: name = '', index }) => {
    const places = text.at.slice(index, index + whole.length);
    if (literal) return { ...text, text: `\${${name}}`, at: places.toSpliced(2, 1) };
    if (length > longestUserData) return '';
    const variable = at(variables, name.trim());
    const value = variable && textOfIntrinsics(variable);
    length += value?.ok ? value.value.text.length : 0;
    return value?.ok ? value.value : unknownNamed(name);
  });
  return length > longestUserData ? tooLong : ok(made);
}

function joined(argument: Located, { start }: Located): Result<MappedText, string> {
  const [separator, list] = itemsOf(argument);
  const between = textAt(separator)?.text;
  if (between === undefined) return err('its Fn::Join has no separator');
  if (list?.kind !== 'list' || list.tag !== undefined) return ok(verbatimText(tokens.deployment, start));

  const texts: MappedText[] = [];
  let length = 0;
  for (const item of list.items) {
    const made = textOfIntrinsics(item);
    if (!made.ok) return made;
    const { at: places, spelling } = made.value;
    // A separator has its place in front of what it separates.
    if (texts.length > 0) texts.push({ ...wholeText(between, places[0] ?? start), spelling });
    texts.push(made.value);
    length += made.value.text.length + between.length;
    if (length > longestUserData) return tooLong;
  }
  return ok(concatenated(texts));
}

const mostUnknowns = 2_000;

/**
 * The same where each unknown value is what its surroundings can hold: a word in a NodeConfig, a variable in a script. Bottlerocket's TOML holds one between
 * quotes only.
 */
export function asUserData(mapped: MappedText, kind: NodeKind | undefined): Result<MappedText, string> {
  const { text } = mapped;
  const count = text.match(ofDeployment)?.length ?? 0;
  if (count > mostUnknowns) return err('too many values of it are known to the deployment only');
  // What such a value begins may be a script, a NodeConfig or anything else.
  const mayBeAny = isOfDeployment(text.trimStart().slice(0, 1)) || (kind === 'bottlerocket' && !isQuoted(text));
  if (count > 0 && mayBeAny) return err('a value that only the deployment knows decides about it');
  return ok(
    replaced(mapped, ofDeployment, ({ 0: unknown, index }) =>
      kind === 'bottlerocket' || isInNodeConfig(text, index)
        ? tokens.deployment
        : unknown === tokens.deploymentWord
          ? 'aws-word'
          : deploymentVariable,
    ),
  );
}

/** Each unknown value is in a text after `=`, or in a comment. */
const isQuoted = (toml: string): boolean =>
  toml.split('\n').every((line) => !isOfDeployment(line) || /^\s*(?:#|["\w.-]+\s*=\s*"[^"]*"\s*(?:#.*)?$)/.test(line));

/** More would take long to look at. */
const mostOfTemplate = 200;

/** In a NodeConfig, `${…}` is a value that a template gets at its deployment: nodeadm has no such form. */
export function templateOf(mapped: MappedText): MappedText {
  const { text } = mapped;
  const ofTemplate = /\$\{[^{}\n]+\}/g;
  if ((text.match(ofTemplate)?.length ?? 0) > mostOfTemplate) return mapped;
  return replaced(mapped, ofTemplate, ({ 0: whole, index }) =>
    isInNodeConfig(text, index) ? tokens.deployment : whole,
  );
}

/** By the type of the part, or in a NodeConfig that is the whole. */
function isInNodeConfig(text: string, offset: number): boolean {
  const types = [...text.slice(0, offset).matchAll(/^content-type:[ \t]*([^;\s]+)/gim)];
  const type = types.at(-1)?.[1];
  return type === undefined ? /\bnode\.eks\.aws\//.test(text) : type.toLowerCase() === 'application/node.eks.aws';
}
