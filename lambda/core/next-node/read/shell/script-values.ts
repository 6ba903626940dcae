import type { Word, WordPart } from 'unbash';
import { trimmedEnd } from '../../../model/text/words.ts';

/** In a text, the place of any text that isn't known. */
export const hole = '\ue124';
/** In a text, the place of words that a program of the AMI prints: letters, digits, points and dashes. */
export const printed = '\ue125';

/** The texts that a word or variable may have: all of them count. */
export type Values = readonly string[];
export const anyText: Values = [hole];
const printedText: Values = [printed];
const mostValues = 16;

/** One word of a command after expansion. `many`: it may be any number of words. */
export interface Field {
  readonly values: Values;
  readonly many: boolean;
}

/** The value of a field that can be only this. */
export const onlyValue = ({ values, many }: Field): string | undefined =>
  many || values.length !== 1 || values[0]?.includes(hole) ? undefined : values[0];

export const isKnown = (values: Values): boolean => values.every((each) => !each.includes(hole));

export const eitherOf = (one: Values, other: Values): Values => {
  const all = [...new Set([...one, ...other])];
  return all.length > mostValues || all.includes(hole) ? anyText : all;
};

const joined = (one: Values, other: Values): Values => {
  const all = one.flatMap((begin) => other.map((end) => begin + end));
  return all.length > mostValues ? anyText : all;
};

/** What the expansion of words asks of the script around them. */
export interface ExpansionContext {
  variable(name: string): Values;
  readonly positional: readonly Field[] | undefined;
  /** What the commands of a substitution print. */
  output(part: WordPart & { readonly type: 'CommandExpansion' }): Values;
}

/** The words that one word of a script becomes. */
export function fieldsOf(word: Word, context: ExpansionContext): readonly Field[] {
  const { parts } = word;
  if (parts === undefined)
    return [{ values: [word.text.startsWith('~') ? `${hole}${word.value}` : word.value], many: false }];

  const [first] = parts;
  const inner = first?.type === 'DoubleQuoted' && parts.length === 1 ? first.parts : parts;
  if (inner.length === 1 && isAllArguments(inner[0])) return context.positional ?? [{ values: anyText, many: true }];

  const [only] = inner;
  if (inner.length === 1 && only?.type === 'ParameterExpansion' && /^\$\{\w+\[[@*]\]\}$/.test(only.text)) {
    // A list whose items are known: each is a word of its own.
    const items = context.variable(`${only.parameter}[@]`);
    return isKnown(items) ? items.map((each) => ({ values: [each], many: false })) : [{ values: anyText, many: true }];
  }

  let values: Values = [word.text.startsWith('~') ? hole : ''];
  let many = false;
  for (const part of parts) {
    const given = valuesOf(part, context);
    const splits = isExpansion(part) && given.some((each) => /[\s*?[\ue124\ue125]|^$/.test(each));
    const [text] = given;
    if (splits && parts.length === 1 && given.length === 1 && text !== undefined && /^[^*?[\ue124\ue125]*$/.test(text))
      return text.split(/\s+/).flatMap((each) => (each === '' ? [] : [{ values: [each], many: false }]));
    many ||= (splits && given.some((each) => /[\s*?[\ue124]/.test(each))) || isPattern(part);
    values = joined(values, splits && given.some((each) => /[\s*?[]/.test(each)) ? anyText : given);
  }
  return [{ values, many }];
}

/** The text of a word where the shell doesn't split it: an assignment, a here-document, the target of a redirection. */
export const textOf = (word: Pick<Word, 'parts' | 'text' | 'value'>, context: ExpansionContext): Values =>
  (word.parts ?? []).reduce<Values>(
    (values, part) => joined(values, valuesOf(part, context)),
    word.text.startsWith('~') ? anyText : word.parts === undefined ? [word.value] : [''],
  );

const isAllArguments = (part: WordPart | undefined): boolean =>
  (part?.type === 'SimpleExpansion' && part.text === '$@') ||
  (part?.type === 'ParameterExpansion' && part.text === '${@}');

const isExpansion = ({ type }: WordPart): boolean =>
  type === 'SimpleExpansion' || type === 'ParameterExpansion' || type === 'CommandExpansion';

const isPattern = ({ type }: WordPart): boolean =>
  type === 'Glob' || type === 'ExtendedGlob' || type === 'BraceExpansion';

function valuesOf(part: WordPart, context: ExpansionContext): Values {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return [part.value];
    case 'DoubleQuoted':
      return part.parts.reduce<Values>((values, each) => joined(values, valuesOf(each, context)), ['']);
    case 'SimpleExpansion':
      return ofParameter(part.text.slice(1), context);
    case 'ParameterExpansion': {
      if (part.prefix === undefined && part.index === undefined && part.operation === undefined)
        return ofParameter(part.parameter, context);
      if (part.prefix === '#') return printedText;
      const { operation } = part;
      const isDefault = operation?.type === 'Default' && (operation.operator === ':-' || operation.operator === '-');
      return isDefault && part.prefix === undefined && part.index === undefined
        ? eitherOf(ofParameter(part.parameter, context), textOf(operation.operand, context))
        : anyText;
    }
    case 'CommandExpansion':
      return context.output(part).map((each) => trimmedEnd(each, '\n'));
    case 'ArithmeticExpansion':
      return printedText;
    default:
      return anyText;
  }
}

function ofParameter(name: string, context: ExpansionContext): Values {
  if (/^[?#$!]$/.test(name)) return printedText;
  if (/^\d+$/.test(name)) {
    const field = name === '0' ? undefined : context.positional?.[Number(name) - 1];
    return field === undefined || field.many
      ? context.positional && name !== '0' && !context.positional.some(({ many }) => many)
        ? ['']
        : anyText
      : field.values;
  }
  return /^[A-Za-z_]\w*$/.test(name) ? context.variable(name) : anyText;
}
