import { err, ok, type Result } from '../../model/result.ts';
import { type SettingPath, settings } from '../../model/settings.ts';

/** One word of the kubelet's command line, and which entry it begins in. */
export interface FlagWord {
  readonly word: string;
  readonly entry: number;
}

/**
 * The words that systemd makes of a variable which holds these entries, joined by blanks: split at blanks, quotes undone. An entry with two flags is two
 * flags. What a backslash or a line break becomes is not followed. Source: systemd `src/basic/extract-word.c`, systemd.service(5).
 */
export function flagWords(entries: readonly string[]): Result<readonly FlagWord[], string> {
  const odd = entries.findIndex((entry) => /[\\\n\r\0]/.test(entry));
  if (odd !== -1) return err(`the entry ${odd + 1} of the flags has a backslash or a line break in it`);

  const words: FlagWord[] = [];
  let current: { word: string; readonly entry: number } | undefined;
  let quote = '';
  for (const [entry, text] of entries.entries()) {
    // The blank at the end is the one between two entries.
    for (const char of `${text} `) {
      if (quote === '' && (char === ' ' || char === '\t')) {
        if (current !== undefined) words.push(current);
        current = undefined;
        continue;
      }
      current ??= { word: '', entry };
      if (quote === '' ? char === '"' || char === "'" : char === quote) quote = quote === '' ? char : '';
      else current.word += char;
    }
  }
  if (current !== undefined) words.push(current);
  return ok(words);
}

/** The last word that sets this setting. */
export function wordOfSetting(words: readonly FlagWord[], setting: SettingPath): FlagWord | undefined {
  const { flag } = settings[setting];
  const gate = setting.startsWith('featureGates.') ? setting.slice('featureGates.'.length) : undefined;

  return words.findLast(({ word }, index) => {
    const [name = '', value] = word.split(/=(.*)/s);
    const isFlag = word.startsWith('--') && name.slice(2).replaceAll('_', '-') === flag;
    return isFlag && (gate === undefined || (value ?? words[index + 1]?.word ?? '').includes(gate));
  });
}

/**
 * The place of a word's value in the text that it was written in, with the quotes of that text. `undefined` if it isn't written as such, or has no
 * value after a `=`. Of several, the last.
 */
export function valueInText(text: string, word: string): { readonly start: number; readonly end: number } | undefined {
  const equals = word.indexOf('=');
  if (equals === -1) return undefined;
  for (let at = text.lastIndexOf(word); at !== -1; at = at === 0 ? -1 : text.lastIndexOf(word, at - 1)) {
    const isWhole = /^(?:["'\s]|$)/.test(text.slice(at + word.length)) && /(?:["'\s]|^)$/.test(text.slice(0, at));
    if (isWhole) return { start: at + equals + 1, end: at + word.length };
  }
  return undefined;
}
