import type { ParsedScript, Word, WordPart } from 'unbash';
import { trimmedEnd } from '../../../model/text/words.ts';
import { isKnown, tokens } from '../tokens.ts';

const longestText = 64 * 1024;

/** What the expansion of words asks of the script around them. */
export interface ExpansionContext {
  variable(name: string): string;
  /** One of several texts that a part may be; each gets its turn. */
  choose(key: string, texts: () => readonly string[]): string;
  /** The arguments of the function that runs; `undefined` where they aren't known. */
  readonly positional: readonly string[] | undefined;
  /** What the commands of a substitution print. */
  output(part: { readonly script: ParsedScript | undefined }): string;
}

/** The words that one word of a script becomes. */
export function wordsOf(word: Word, context: ExpansionContext): readonly string[] {
  const { parts = [] } = word;
  const [first] = parts;
  const [only, another] = parts.length === 1 && first?.type === 'DoubleQuoted' ? first.parts : parts;
  const { text = '' } = (!another && only) || {};
  if (/^\$(?:@|\{@\})$/.test(text)) return context.positional ?? [tokens.words];
  // The items of a list are kept as one text.
  const [, list] = /^\$\{(\w+)\[[@*]\]\}$/.exec(text) ?? [];
  if (list !== undefined) return split(context.variable(`${list}[@]`));
  const isAlone = parts.length === 1 && first !== undefined && isExpansion(first);
  if (isAlone) return split(textOfPart(first, context));
  const isSplit = (part: WordPart, given: string): boolean =>
    isExpansion(part)
      ? !isKnown(given) || /[\s*?[]/.test(given)
      : /^(?:Glob|ExtendedGlob|BraceExpansion)$/.test(part.type);
  const textIn = (part: WordPart): string => {
    const given = textOfPart(part, context);
    return isSplit(part, given) ? tokens.words : given;
  };
  return [(word.text.startsWith('~') ? tokens.text : '') + (word.parts ? joined(parts, textIn) : word.value)];
}

/** A variable that holds itself twice soon has a text of any length. */
function joined(parts: readonly WordPart[], textIn: (part: WordPart) => string): string {
  let text = '';
  for (const part of parts) {
    text += textIn(part);
    if (text.length > longestText) return tokens.text;
  }
  return text;
}

/** What the shell makes of an expansion without quotes. */
const split = (text: string): readonly string[] =>
  !isKnown(text) || /[*?[]/.test(text) ? [tokens.words] : text.split(/\s+/).filter((each) => each !== '');

/** The text of a word where the shell doesn't split it: an assignment, a here-document, the target of a redirection. */
export const textOf = ({ parts, text, value }: Pick<Word, 'parts' | 'text' | 'value'>, context: ExpansionContext) =>
  (text.startsWith('~') ? tokens.text : '') + (parts ? joined(parts, (part) => textOfPart(part, context)) : value);

const isExpansion = ({ type }: WordPart): boolean => /^(?:Simple|Parameter|Command)Expansion$/.test(type);

function textOfPart(part: WordPart, context: ExpansionContext): string {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return part.value;
    case 'DoubleQuoted':
      return joined(part.parts, (each) => textOfPart(each, context));
    case 'SimpleExpansion':
      return parameter(part.text.slice(1), context);
    case 'ParameterExpansion': {
      const { prefix, index, operation } = part;
      if (prefix === '#') return tokens.printed;
      if (prefix || index) return tokens.text;
      const value = parameter(part.parameter, context);
      if (operation?.type !== 'Default') return operation ? tokens.text : value;
      const isDefault = operation.operator === ':-' || operation.operator === '-';
      return isDefault ? context.choose(part.text, () => [value, textOf(operation.operand, context)]) : tokens.text;
    }
    case 'CommandExpansion':
      return trimmedEnd(context.output(part), '\n');
    case 'ArithmeticExpansion':
      return tokens.printed;
    default:
      return tokens.text;
  }
}

function parameter(name: string, { variable, positional }: ExpansionContext): string {
  if (/^[?#$!]$/.test(name)) return tokens.printed;
  if (!/^\d+$/.test(name)) return /^[A-Za-z_]\w*$/.test(name) ? variable(name) : tokens.text;
  const upTo = positional?.slice(0, Number(name));
  return upTo === undefined || name === '0' || upTo.some((each) => each.includes(tokens.words))
    ? tokens.text
    : (upTo[Number(name) - 1] ?? '');
}
