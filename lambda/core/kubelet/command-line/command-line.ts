import { err, ok, type Result } from '../../result.ts';
import { printable } from '../../text/printable.ts';
import type { CommandLine } from '../node-files.ts';
import { settingValue } from '../setting-facts.ts';
import { type SettingPath, type SettingValue, settingPaths, settings } from '../settings.ts';
import { boolFlags } from './bool-flags.ts';
import { processLine } from './ps.ts';
import { kubeletArguments, splitWords } from './split-words.ts';

/** What a kubelet's command line says about the settings of this program and about its files. No other flag is kept. */
export interface KubeletFlags {
  readonly settings: ReadonlyMap<SettingPath, SettingValue>;
  /** Every gate that is named, the last value of each. */
  readonly featureGates: ReadonlyMap<string, boolean>;
  /** `config`, `config-dir`, `kubeconfig`, `hostname-override`; an empty value stands here too. */
  readonly names: ReadonlyMap<string, string>;
  /** How far the text can be believed. */
  readonly notes: readonly string[];
}

/** ARG_MAX is larger, but no kubelet has a longer command line. */
const longestLine = 256 * 1024;

const nameFlags: ReadonlySet<string> = new Set(['config', 'config-dir', 'kubeconfig', 'hostname-override']);
const settingOfFlag: ReadonlyMap<string, SettingPath> = new Map(
  settingPaths.filter((path) => !path.startsWith('featureGates.')).map((path) => [settings[path].flag, path]),
);

/**
 * The flags as the kubelet reads them; the last of a repeated flag wins. A command line that no kubelet would start with, or that is cut, is an
 * error: nothing follows from it. Source: spf13/pflag `flag.go`, kubernetes `component-base/cli/flag` (`_` equals `-`).
 */
export function parseCommandLine(commandLine: CommandLine): Result<KubeletFlags, string> {
  const split = wordsOf(commandLine);
  if (!split.ok) return split;

  const given = readFlags(split.value.flags, split.value.exact);
  if (!given.ok) return err(`a kubelet with this command line would not start: ${given.error}`);

  const values = new Map<SettingPath, SettingValue>();
  const featureGates = new Map<string, boolean>();
  const names = new Map<string, string>();

  for (const { name, value } of given.value) {
    const setting = settingOfFlag.get(name);
    if (setting !== undefined) {
      const typed = flagValue(setting, value);
      if (!typed.ok) return err(`the flag --${name} cannot be read: ${typed.error}`);
      values.set(setting, typed.value);
    } else if (name === 'feature-gates') {
      const gates = readGates(value);
      if (!gates.ok) return err(`the flag --${name} cannot be read: ${gates.error}`);
      for (const [gate, on] of gates.value) featureGates.set(gate, on);
    } else if (nameFlags.has(name)) {
      names.set(name, value);
    } else if (boolFlags.has(name) && goBool(value) === undefined) {
      return err(`a kubelet with this command line would not start: --${printable(name, 60)} is not true or false`);
    }
  }

  const notes = split.value.exact
    ? []
    : ['the command line comes from ps, which loses empty values and blanks inside values'];
  return ok({ settings: values, featureGates, names, notes });
}

interface Flag {
  readonly name: string;
  readonly value: string;
}

function wordsOf(
  commandLine: CommandLine,
): Result<{ readonly flags: readonly string[]; readonly exact: boolean }, string> {
  if (commandLine.from === 'ps') {
    if (commandLine.truncated)
      return err('the process list cuts the command line of the kubelet, and a flag may stand behind the cut');
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

/** @param exact false for the text of `ps`, where a missing value may be an empty one, and a stray word the rest of a value with a blank in it */
function readFlags(words: readonly string[], exact: boolean): Result<readonly Flag[], string> {
  const flags: Flag[] = [];

  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = words[at + 1];

    if (word === '--') {
      return exact && next !== undefined ? err(`argument ${at + 2} is not a flag`) : ok(flags);
    }
    if (!word.startsWith('-') || word === '-') {
      if (exact) return err(`argument ${at + 1} is not a flag`);
      continue;
    }
    if (!word.startsWith('--')) {
      if (!/^-v/.test(word)) return err(`a flag with one dash, ${printable(flagName(word), 60)}`);
      if (word === '-v') at += 1;
      continue;
    }

    const equals = word.indexOf('=');
    const name = word.slice(2, equals === -1 ? undefined : equals).replaceAll('_', '-');
    if (name === '' || name.startsWith('-')) return err(`no flag, ${printable(flagName(word), 60)}`);

    if (equals !== -1) {
      flags.push({ name, value: word.slice(equals + 1) });
    } else if (boolFlags.has(name)) {
      flags.push({ name, value: 'true' });
    } else if (takesNext(name, next, exact)) {
      flags.push({ name, value: next });
      at += 1;
    } else if (isOurs(name) && (exact || next === undefined)) {
      // At the end of what `ps` shows, the value is rather cut off than empty.
      return err(`the flag --${name} needs a value`);
    } else {
      flags.push({ name, value: '' });
    }
  }

  return ok(flags);
}

/** A flag without its value, which may be a secret. */
const flagName = (word: string): string => word.split('=', 1)[0] ?? '';

/** pflag takes the next word whatever it looks like. Of `ps`, and for a flag whose type is not known, a word with two dashes is the next flag. */
function takesNext(name: string, next: string | undefined, exact: boolean): next is string {
  if (next === undefined) return false;
  return (exact && isOurs(name)) || !next.startsWith('--');
}

const isOurs = (name: string): boolean => settingOfFlag.has(name) || nameFlags.has(name) || name === 'feature-gates';

function flagValue(path: SettingPath, text: string): Result<SettingValue, string> {
  switch (settings[path].type) {
    case 'bool':
      return settingValue(path, goBool(text) ?? null);
    case 'int':
      return settingValue(path, /^(?:0|-?[1-9]\d{0,9})$/.test(text) ? Number(text) : null);
    default:
      return settingValue(path, text);
  }
}

function readGates(text: string): Result<ReadonlyMap<string, boolean>, string> {
  const gates = new Map<string, boolean>();
  for (const part of text.split(',').filter((each) => each.trim() !== '')) {
    const [gate = '', value = ''] = part.split(/=(.*)/s);
    const on = goBool(value.trim());
    if (on === undefined) return err(`the gate ${printable(gate, 60)} is not true or false`);
    gates.set(gate.trim(), on);
  }
  return ok(gates);
}

/** Source: Go `strconv.ParseBool`. */
function goBool(text: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false;
  return undefined;
}
