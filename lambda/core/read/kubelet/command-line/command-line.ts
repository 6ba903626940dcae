import { err, ok, type Result } from '../../../model/result.ts';
import { type SettingPath, type SettingValue, settingPaths, settings } from '../../../model/settings.ts';
import { printable } from '../../../model/text/words.ts';
import { absolutePath, isWindowsPath } from '../absolute-path.ts';
import { goInteger, goTrimmed } from '../documents/go-values.ts';
import { minorVersion } from '../known-versions.ts';
import type { CommandLine } from '../node-files.ts';
import { settingValue } from '../setting-facts.ts';
import { isUnknownTo, kubeletArguments, nameOf, typeOfFlag, valueFault, withoutValue } from './known-flags.ts';

/** What a kubelet's command line says about the settings of this program and about its files. Of other flags only names and whole numbers are kept. */
export interface KubeletFlags {
  readonly settings: ReadonlyMap<SettingPath, SettingValue>;
  /** Every gate that is named, the last value of each. */
  readonly featureGates: ReadonlyMap<string, boolean>;
  /** `config`, `config-dir`, `kubeconfig`, `hostname-override`, also with an empty value. */
  readonly names: ReadonlyMap<string, string>;
  /** Every flag that is named; its last value only where that is a whole number. */
  readonly given: ReadonlyMap<string, number | undefined>;
  /** How far pasted text can be believed. */
  readonly notes: readonly string[];
}

/** ARG_MAX is larger, but no kubelet has a longer command line. */
const longestLine = 256 * 1024;

const pathFlags: ReadonlySet<string> = new Set(['config', 'config-dir', 'kubeconfig', 'client-ca-file']);
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
  const words = wordsOf(commandLine);
  if (!words.ok) return words;

  const isPasted = commandLine.from === 'ps';
  const given = readFlags(words.value, {
    isPasted,
    minor: minorVersion(version),
    onWindows: /\.exe$/i.test(commandLine.arguments[0] ?? ''),
  });
  if (!given.ok) return given;

  const values = new Map<SettingPath, SettingValue>();
  const featureGates = new Map<string, boolean>();
  const names = new Map<string, string>();

  for (const { name, value } of given.value) {
    if (isPasted && pathFlags.has(name) && !isNoPathOrAbsolute(value))
      return err(`--${name} names no absolute path in what was pasted: ${printable(value, 60)}`);

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

  const pasted = ['the command line was pasted: an argument with a blank in it looks like two'];
  const notes = [...(commandLine.notes ?? []), ...(isPasted ? pasted : [])];
  return ok({
    settings: values,
    featureGates,
    names,
    given: new Map(given.value.map(({ name, value }) => [name, goInteger(value)])),
    notes,
  });
}

/** A person may have shortened any other value. */
const isNoPathOrAbsolute = (value: string): boolean => value === '' || value.startsWith('/') || isWindowsPath(value);

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
  readonly value: string;
}

function wordsOf({ arguments: words }: CommandLine): Result<readonly string[], string> {
  if (words.reduce((length, word) => length + word.length + 1, 0) > longestLine)
    return err('the command line is longer than 256 KB');

  const flags = kubeletArguments(words);
  return flags === undefined
    ? err(`this is not the command line of a kubelet: ${printable(words[0] ?? '', 60) || 'it is empty'}`)
    : ok(flags);
}

interface ReadFlagsOptions {
  /** Pasted text is strict: no real kubelet has a flag as the value of another, but lost words look like that. */
  readonly isPasted: boolean;
  readonly minor: number | undefined;
  readonly onWindows: boolean;
}

function readFlags(
  words: readonly string[],
  { isPasted, minor, onWindows }: ReadFlagsOptions,
): Result<readonly Flag[], string> {
  const flags: Flag[] = [];

  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const next = words[at + 1];

    if (word === '--' && next === undefined) return ok(flags);
    if (word === '--') return notStartable(`argument ${at + 2} is not a flag`);
    if (!word.startsWith('-') || word === '-') {
      if (!isPasted) return notStartable(`argument ${at + 1} is not a flag`);
      return err(
        `word ${at + 2} of the command line is no flag and no value of one; somebody may have shortened or joined it`,
      );
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
    if (isUnknownTo(minor, name, onWindows))
      return notStartable(`a kubelet 1.${minor} has no flag --${printable(name, 60)}`);

    const type = typeOfFlag(name);
    if (equals !== -1) {
      flags.push({ name, value: word.slice(equals + 1) });
    } else if (type === 'bool') {
      flags.push({ name, value: 'true' });
    } else if (next === undefined) {
      if (type === 'value' || isPasted) return notStartable(`the flag --${printable(name, 60)} needs a value`);
      flags.push({ name, value: 'true' });
    } else if (!next.startsWith('--') || (type === 'value' && !isPasted)) {
      flags.push({ name, value: next });
      at += 1;
    } else if (type === 'value') {
      return err(`the value of --${printable(name, 60)} is missing in what was pasted`);
    } else {
      return err(
        `the flag --${printable(name, 60)} is in no list of the kubelet's flags, so whether the next word is its value is not known`,
      );
    }
  }

  return ok(flags);
}

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
    const on = goBool(goTrimmed(value));
    if (on === undefined) return err(`the gate ${printable(gate, 60)} is not true or false`);
    gates.set(goTrimmed(gate), on);
  }
  return ok(gates);
}

/** Source: Go `strconv.ParseBool`. */
function goBool(text: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false;
  return undefined;
}

export interface NamedPath {
  readonly written: string;
  /** Absent when the path is relative and the working directory is not known. */
  readonly absolute?: string;
}

/** The files that a command line names; absent when the flag is absent or empty. */
export interface NamedFiles {
  readonly config?: NamedPath;
  readonly configDir?: NamedPath;
  readonly kubeconfig?: NamedPath;
}

/** Which files decide about a kubelet: its main file and its drop-in directory, as keys of `NodeFiles.files` and `.directories`. */
export function namedFiles(commandLine: CommandLine, workingDirectory?: string): Result<NamedFiles, string> {
  const flags = parseCommandLine(commandLine);
  return flags.ok ? ok(namedBy(flags.value, workingDirectory)) : flags;
}

export function namedBy(
  { names }: { readonly names: ReadonlyMap<string, string> },
  workingDirectory?: string,
): NamedFiles {
  const named = (flag: string): NamedPath | undefined => {
    const written = names.get(flag);
    if (written === undefined || written === '') return undefined;

    const absolute = absolutePath(written, workingDirectory);
    return absolute === undefined ? { written } : { written, absolute };
  };

  const [config, configDir, kubeconfig] = [named('config'), named('config-dir'), named('kubeconfig')];
  return { ...(config && { config }), ...(configDir && { configDir }), ...(kubeconfig && { kubeconfig }) };
}
