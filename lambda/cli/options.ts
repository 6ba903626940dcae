import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { variableOf } from '../contract/environment.ts';
import { memberRoleName } from '../contract/names.ts';
import { refusedWord, wordAmong } from '../contract/nearest.ts';
import {
  settingFromText,
  settingsTable,
  settingText,
  type TerminalSetting,
  terminalSettings,
} from '../contract/settings-table.ts';
import { type Control, type Severity, severities } from '../core/judge/control.ts';
import type { VerdictStatus } from '../core/model/model.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { verdictStatuses } from '../core/model/statuses.ts';
import { wrap } from '../core/model/text/wrap.ts';
import { type FailingFrom, failingFrom } from '../core/run/outcome.ts';
import type { BucketAccess } from '../wiring/open/run-bucket.ts';
import { screenWidth, type Terminal } from './terminal.ts';

type Environment = Terminal['env'];

/** The flags with which a pipeline filters and judges a result: `audit`, `evaluate` and `report` have them. */
export interface Gates {
  readonly only?: readonly VerdictStatus[];
  readonly severity?: readonly Severity[];
  readonly failOn: FailingFrom;
}

/** Collects the values of an option that may be given more than once. */
const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
export const repeatable = (flags: string, help: string): Option => new Option(flags, help).argParser(several);

/** One of the allowed words, in any case. */
const wordOf =
  <const T extends string>(allowed: readonly T[]) =>
  (text: string): T => {
    const found = wordAmong(text.trim(), allowed);
    if (found === undefined) throw new InvalidArgumentError(refusedWord(text.trim(), allowed));
    return found;
  };
const listOf = <const T extends string>(allowed: readonly T[]) => {
  const one = wordOf(allowed);
  return (text: string): readonly T[] => text.split(',').map(one);
};
export const choice = (flags: string, help: string, words: readonly string[]): Option =>
  new Option(flags, help).choices(words).argParser(wordOf(words));
/** The same of one that may be given more than once. */
export const choices = <const T extends string>(flags: string, help: string, words: readonly T[]): Option => {
  const one = wordOf(words);
  return new Option(flags, help).choices(words).argParser((text, before: readonly T[] = []) => [...before, one(text)]);
};
export const formatOption = (formats: readonly string[] = ['table', 'json']): Option =>
  choice('-f, --format <format>', 'how to print', formats).default(formats[0]);

/** The options that several commands have. A command may replace the text. */
const sharedOptions = {
  organization: (help = 'every active account of the AWS organization, each through its member role') =>
    new Option('--organization', help),
  account: (help = 'this account through its member role (repeatable)') => repeatable('--account <id>', help),
  memberRole: (help = `the role to assume in each account (default ${memberRoleName})`) =>
    new Option('--member-role <name>', help),
  region: (help = 'Region to look for clusters in (repeatable; default AWS_REGION)') =>
    repeatable('--region <region>', help),
  bucketRegion: (help = 'Region of the bucket (default AWS_REGION)') => new Option('--region <region>', help),
  profile: (help = 'AWS profile') => new Option('--profile <profile>', help),
  kubeconfig: () =>
    new Option(
      '--kubeconfig [file]',
      'reach one cluster through this kubeconfig instead; without a file those of KUBECONFIG, or ~/.kube/config',
    ),
  context: () => new Option('--context <context>', 'context of the kubeconfig (default its current one)'),
  apiServer: () =>
    new Option('--api-server <url>', 'reach one cluster through a kubectl proxy on this machine; sends no credentials'),
  only: () =>
    new Option(
      '--only <verdicts>',
      'show only these rows of the table, such as fail,warn; counts stay whole',
    ).argParser(listOf(verdictStatuses)),
  severity: () =>
    new Option('--severity <list>', 'only controls of these severities, such as CRITICAL,HIGH').argParser(
      listOf(severities),
    ),
  failOn: () =>
    choice(
      '--fail-on <verdict>',
      'exit with 1 from this verdict on; access: only for nodes whose access fails; never: always exit with 0',
      failingFrom,
    ).default('fail'),
  output: () => new Option('-o, --output <file>', 'print to this file instead of stdout'),
} as const satisfies Readonly<Record<string, (help?: string) => Option>>;

type OptionName = keyof typeof sharedOptions | TerminalSetting;

/** Adds options by their names: those of several commands, and those of settings, whose default the environment may give. */
export function withOptions(
  command: Command,
  env: Environment,
  names: readonly (OptionName | readonly [name: OptionName, help: string])[],
): Command {
  for (const each of names) {
    const [name, help] = typeof each === 'string' ? [each] : each;
    command.addOption(isSetting(name) ? settingOption(env, name, help) : sharedOptions[name](help));
    // A preset of the option would show a folder of this machine in the help.
    if (name === 'kubeconfig')
      command.hook('preAction', (called) => {
        if (called.opts()['kubeconfig'] === true)
          called.setOptionValueWithSource('kubeconfig', kubectlFiles(env), 'cli');
      });
  }
  return command;
}

const isSetting = (name: string): name is TerminalSetting => terminalSettings.some((each) => each === name);

function settingOption(env: Environment, name: TerminalSetting, help: string = settingsTable[name].help): Option {
  const { flag, default: usual } = settingsTable[name];
  const variable = variableOf(name);
  const text = settingText(usual);
  const option = new Option(flag, typeof usual === 'boolean' || text === '' ? help : `${help} (default ${text})`);

  const given = env[variable ?? ''];
  if (!given || settingFromText(name, given) === false) return option;
  return option.default(typeof usual === 'boolean' ? true : given, `${given}, by ${variable}`);
}

/** Source: kubectl's documentation of KUBECONFIG. */
function kubectlFiles({ KUBECONFIG = '', HOME }: Environment): readonly string[] {
  const listed = KUBECONFIG.split(delimiter).filter(Boolean);
  return listed.length > 0 ? listed : [join(HOME || homedir(), '.kube', 'config')];
}

/**
 * The controls of the severities that are wanted.
 * @throws UsageError when none is left
 */
export function ofSeverity<T extends Pick<Control, 'severity'>>(
  controls: readonly T[],
  wanted: Gates['severity'],
): readonly T[] {
  const left = wanted ? controls.filter(({ severity }) => wanted.includes(severity)) : controls;
  if (left.length > 0 || !wanted) return left;
  throw new UsageError(`none of the chosen controls has severity ${wanted.join(' or ')}; leave --severity out`);
}

/** The Region of the environment, or of the profile that is used. */
export async function defaultRegion(
  env: Environment,
  profile: string | undefined,
): Promise<{ readonly defaultRegion?: string }> {
  const named = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  if (named) return { defaultRegion: named };

  const { profileRegion } = await import('../wiring/open/caller.ts');
  const region = await profileRegion(profile);
  return region ? { defaultRegion: region } : {};
}

/** With which profile, and in which Region, a bucket is read. */
export async function bucketAccess({ region: named, profile }: BucketAccess, { env }: Pick<Terminal, 'env'>) {
  const region = named ?? (await defaultRegion(env, profile)).defaultRegion;
  return { ...(region && { region }), ...(profile && { profile }) };
}

/** @throws UsageError */
export function checkDay(flag: string, text: string): void {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return;
  throw new UsageError(`${flag} '${text}' is not a day; write it as 2026-01-31`);
}

/** `-q`, `-v` and `--width` of a command. */
export const withVerbosity = (command: Command, terminal: Pick<Terminal, 'verbosity' | 'width'>): Command =>
  command
    .option('-q, --quiet', 'print errors only beside the report: no progress, no warnings')
    .option('-v, --verbose', 'show every node and place in tables; on stderr, each step and the stack of an error')
    .option(
      '--width <columns>',
      'columns to print, 40 to 1000 (default: those of the terminal, or 120); from 240 on rows have their whole reasons',
      // Set as it is read: the help, too, is as wide.
      (text) => {
        const columns = /^\d+$/.test(text) ? Number(text) : 0;
        if (columns < 40 || columns > 1_000)
          throw new InvalidArgumentError(`'${text}' is not a number of columns from 40 to 1000`);
        terminal.width = columns;
        return columns;
      },
    )
    .hook('preAction', (called) => {
      const { quiet, verbose } = called.opts<{ readonly quiet?: boolean; readonly verbose?: boolean }>();
      if (quiet && verbose) throw new UsageError('--quiet and --verbose exclude each other; give one of them');
      if (verbose) terminal.verbosity = 'verbose';
      else if (quiet) terminal.verbosity = 'quiet';
    });

/** Columns of the help: those that are given or seen, but at most 120, which are enough to read. */
export const helpWidth = (terminal: Pick<Terminal, 'stdout' | 'env' | 'width'>): number =>
  Math.min(screenWidth(terminal) ?? 80, 120);

/** The end of a command's help: its exit codes, then examples. */
export const helpEnd = (command: Command, codes: string, examples: readonly string[]): Command =>
  command.addHelpText('after', () => {
    const { getOutHelpWidth = () => 80 } = command.configureOutput();
    const lines = examples.map((each) => `  eks-kubelet-audit ${each}`);
    return `\n${wrap(`Exit codes: ${codes}`, getOutHelpWidth())}\n\nExamples:\n${lines.join('\n')}`;
  });

export const auditCodes =
  '0 all passed or waived, 1 a control failed, 2 incomplete (unknown, warn or not read; no failure), 3 could not run, 64 wrong usage, 130 interrupted.';
export const plainCodes = '0 done, 3 could not run, 64 wrong usage, 130 interrupted.';
