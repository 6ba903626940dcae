import { err, ok, type Result } from '../../../model/result.ts';
import { type SettingPath, type SettingValue, settingPaths, settings } from '../../../model/settings.ts';
import { printable } from '../../../model/text/printable.ts';
import { goInteger } from '../documents/go-integer.ts';
import { minorVersion } from '../minor-version.ts';
import type { CommandLine } from '../node-files.ts';
import { settingValue } from '../setting-facts.ts';
import { isUnknownTo, typeOfFlag, valueFault } from './known-flags.ts';
import { processLine } from './process-line.ts';
import { kubeletArguments, splitWords } from './split-words.ts';
import { nameOf, withoutValue } from './wrapped-line.ts';

/** What a kubelet's command line says about the settings of this program and about its files. Of other flags only names and whole numbers are kept. */
export interface KubeletFlags {
  readonly settings: ReadonlyMap<SettingPath, SettingValue>;
  /** Every gate that is named, the last value of each. */
  readonly featureGates: ReadonlyMap<string, boolean>;
  /** `config`, `config-dir`, `kubeconfig`, `hostname-override`, also with an empty value. */
  readonly names: ReadonlyMap<string, string>;
  /** Every flag that is named; its last value only where that is a whole number. */
  readonly given: ReadonlyMap<string, number | undefined>;
  /** Flags of the same kinds that appear in the text of `ps` with an ambiguous value. */
  readonly unclear: ReadonlySet<string>;
  /** How far the text can be believed. */
  readonly notes: readonly string[];
}

/** ARG_MAX is larger, but no kubelet has a longer command line. */
const longestLine = 256 * 1024;

const nameFlags: ReadonlySet<string> = new Set(['config', 'config-dir', 'kubeconfig', 'hostname-override']);
const settingOfFlag: ReadonlyMap<string, SettingPath> = new Map(
  settingPaths.filter((path) => !path.startsWith('featureGates.')).map((path) => [settings[path].flag, path]),
);

/** Whether a flag of this name sets what is judged. */
export const setsSettings = (name: string): boolean => settingOfFlag.has(name) || name === 'feature-gates';

/** Whether a flag of this name changes what is judged, or which files are read. */
export const isDecisive = (name: string): boolean => setsSettings(name) || nameFlags.has(name);

/**
 * The flags as the kubelet reads them; the last of a repeated flag wins. A command line that no kubelet would start with, or that is cut, is an
 * error: nothing follows from it. Source: spf13/pflag `flag.go`, kubernetes `component-base/cli/flag` (`_` equals `-`).
 * @param version of the kubelet, which decides what flags there are; absent when it is unknown
 */
export function parseCommandLine(commandLine: CommandLine, version?: string): Result<KubeletFlags, string> {
  const split = wordsOf(commandLine);
  if (!split.ok) return split;

  const given = readFlags(split.value.flags, { exact: split.value.exact, minor: minorVersion(version) });
  if (!given.ok) return given;

  const values = new Map<SettingPath, SettingValue>();
  const featureGates = new Map<string, boolean>();
  const names = new Map<string, string>();
  const unclear = new Set<string>();

  for (const { name, value } of given.value) {
    if (value === undefined) {
      if (name === 'config' || name === 'config-dir')
        return err(`the flag --${name} can't be read from the text of ps: its value has a blank in it, or is missing`);
      unclear.add(name);
      continue;
    }
    // Gates add up: a later flag does not resolve an ambiguous one.
    if (name !== 'feature-gates') unclear.delete(name);

    const setting = settingOfFlag.get(name);
    if (setting !== undefined) {
      const typed = flagValue(setting, value);
      if (!typed.ok) return notStartable(`the flag --${name}: ${typed.error}`);
      values.set(setting, typed.value);
    } else if (name === 'feature-gates') {
      const gates = readGates(value);
      if (!gates.ok) return notStartable(`the flag --${name}: ${gates.error}`);
      for (const [gate, on] of gates.value) featureGates.set(gate, on);
    } else if (nameFlags.has(name)) {
      names.set(name, value);
    } else {
      const fault = otherFlagFault(name, value);
      if (fault !== undefined) return notStartable(fault);
    }
  }

  const notes = [
    ...(split.value.exact ? [] : ['the command line comes from ps, which loses empty values and blanks inside values']),
    ...(split.value.exact || commandLine.isWhole
      ? []
      : ["a listing can't prove that the line is complete; tr '\\0' ' ' </proc/PID/cmdline can"]),
  ];
  const all = new Map(given.value.map(({ name, value }) => [name, value === undefined ? value : goInteger(value)]));
  return ok({ settings: values, featureGates, names, given: all, unclear, notes });
}

/** Flags that print something and end, and values that no kubelet takes. */
function otherFlagFault(name: string, value: string): string | undefined {
  if (name === 'help' && goBool(value) !== false) return '--help prints how to use it, and ends';
  if (name === 'version' && goBool(value) !== false) return '--version prints it, and ends';
  if (name === 'v' && !/^\d{1,9}$/.test(value)) return '-v is no number';
  const fault = valueFault(name, value);
  if (fault !== undefined) return `--${printable(name, 60)} is ${fault}`;
  return typeOfFlag(name) === 'bool' && goBool(value) === undefined
    ? `--${printable(name, 60)} is not true or false`
    : undefined;
}

const notStartable = (because: string) => err(`a kubelet with this command line would not start: ${because}`);

interface Flag {
  readonly name: string;
  /** `undefined`: the flag is there, but its value is ambiguous. */
  readonly value: string | undefined;
}

function wordsOf(
  commandLine: CommandLine,
): Result<{ readonly flags: readonly string[]; readonly exact: boolean }, string> {
  if (commandLine.from === 'ps') {
    if (commandLine.line.length > longestLine) return err('the command line is longer than 256 KB');
  } else if (commandLine.arguments.reduce((length, word) => length + word.length + 1, 0) > longestLine) {
    return err('the command line is longer than 256 KB');
  }

  const { words, exact } =
    commandLine.from === 'ps'
      ? splitWords(processLine(commandLine.line).command)
      : { words: commandLine.arguments, exact: true };
  const flags = kubeletArguments(words);
  return flags === undefined
    ? err(`this is not the command line of a kubelet: ${printable(words[0] ?? '', 60) || 'it is empty'}`)
    : ok({ flags, exact });
}

interface ReadFlagsOptions {
  /** False for the text of `ps`, where empty values are lost, and a stray word is the rest of a value with a blank in it. */
  readonly exact: boolean;
  readonly minor: number | undefined;
}

function readFlags(words: readonly string[], { exact, minor }: ReadFlagsOptions): Result<readonly Flag[], string> {
  const flags: Flag[] = [];
  const unclear = (name: string | undefined) => name !== undefined && flags.push({ name, value: undefined });

  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = words[at + 1];

    if (word === '--') {
      if (next === undefined) return ok(flags);
      if (exact) return notStartable(`argument ${at + 2} is not a flag`);
      return err('the command line of ps has a -- in the middle, so what follows it is unknown');
    }
    if (!word.startsWith('-') || word === '-') {
      if (exact) return notStartable(`argument ${at + 1} is not a flag`);
      unclear(flags.at(-1)?.name);
      continue;
    }
    if (!word.startsWith('--')) {
      if (!/^-v/.test(word)) return notStartable(`a flag with one dash, ${printable(withoutValue(word), 60)}`);
      const value = word === '-v' ? next : word.slice(word.startsWith('-v=') ? 3 : 2);
      if (value === undefined) return notStartable('the flag -v needs a value');
      flags.push({ name: 'v', value });
      if (word === '-v') at += 1;
      continue;
    }

    const equals = word.indexOf('=');
    const name = nameOf(word);
    if (name === '' || name.startsWith('-')) return notStartable(`no flag, ${printable(withoutValue(word), 60)}`);
    if (isUnknownTo(minor, name)) return notStartable(`a kubelet 1.${minor} has no flag --${printable(name, 60)}`);

    const type = typeOfFlag(name);
    if (equals !== -1) {
      flags.push({ name, value: word.slice(equals + 1) });
    } else if (type === 'bool') {
      flags.push({ name, value: 'true' });
    } else if (next === undefined) {
      // At the end of what `ps` shows, the value is rather cut off than empty.
      if (type === 'value') return notStartable(`the flag --${printable(name, 60)} needs a value`);
      flags.push({ name, value: 'true' });
    } else if (!next.startsWith('--')) {
      flags.push({ name, value: next });
      at += 1;
    } else if (!exact) {
      // Either its value is an empty word, which is lost, or it is the next word, which then is no flag.
      flags.push({ name, value: undefined }, { name: nameOf(next), value: undefined });
      at += takesTwo(next, words[at + 2]) ? 2 : 1;
    } else if (type === 'value') {
      flags.push({ name, value: next });
      at += 1;
    } else {
      return err(
        `the flag --${printable(name, 60)} is in no list of the kubelet's flags, so whether the next word is its value is not known`,
      );
    }
  }

  return ok(flags);
}

/** Whether a word would take the one behind it, if it is a flag: then that one is left out too. */
const takesTwo = (word: string, behind: string | undefined): boolean =>
  !word.includes('=') && typeOfFlag(nameOf(word)) !== 'bool' && behind !== undefined && !behind.startsWith('--');

function flagValue(path: SettingPath, text: string): Result<SettingValue, string> {
  switch (settings[path].type) {
    case 'bool':
      return settingValue(path, goBool(text) ?? null);
    case 'int':
      return settingValue(path, goInteger(text) ?? null);
    default:
      return settingValue(path, text);
  }
}

/** Source: `MapStringBool` of kubernetes `component-base/cli/flag`. */
function readGates(text: string): Result<ReadonlyMap<string, boolean>, string> {
  const gates = new Map<string, boolean>();
  for (const part of text.split(',').filter((each) => each !== '')) {
    const [gate = '', value = ''] = part.split(/=(.*)/s);
    const on = goBool(trimmed(value));
    if (on === undefined) return err(`the gate ${printable(gate, 60)} is not true or false`);
    gates.set(trimmed(gate), on);
  }
  return ok(gates);
}

/** Go `strings.TrimSpace`: U+0085 counts as a blank there, U+FEFF doesn't. */
const trimmed = (text: string): string => {
  const blanks = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
  return text.replace(new RegExp(`^${blanks}`), '').replace(new RegExp(`${blanks}$`), '');
};

/** Source: Go `strconv.ParseBool`. */
function goBool(text: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false;
  return undefined;
}
