import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { nearest } from '../contract/nearest.ts';
import { UsageError } from '../core/model/operator-error.ts';
import type { Terminal } from './terminal.ts';

type Environment = Terminal['env'];

/** Of an option that may be given more than once. */
export const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

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

/** A list of words, each one of those allowed: `fail,warn`. */
export const listOf =
  <const T extends string>(allowed: readonly T[]) =>
  (text: string): readonly T[] =>
    text.split(',').map((each) => {
      const word = each.trim();
      const found = allowed.find((one) => one === word);
      if (found !== undefined) return found;
      const meant = nearest(word, allowed);
      throw new InvalidArgumentError(
        `'${word}' is none of ${allowed.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`,
      );
    });

/** `-f` and `-o`, which every command that prints a report has. */
export const formatOption = <T extends string>(formats: readonly T[], description = 'how to print'): Option =>
  new Option('-f, --format <format>', description).choices(formats).default(formats[0]);
export const outputOption = (): Option => new Option('-o, --output <file>', 'print to this file instead of stdout');

/** `--kubeconfig [file]`; without a file those of kubectl. Source: kubectl's documentation of KUBECONFIG. */
export const kubeconfigOption = (env: Environment): Option =>
  new Option(
    '--kubeconfig [file]',
    'reach one cluster through this kubeconfig instead; without a file those of KUBECONFIG, or ~/.kube/config',
  ).preset(kubectlFiles(env));

function kubectlFiles({ KUBECONFIG = '', HOME }: Environment): readonly string[] {
  const listed = KUBECONFIG.split(delimiter).filter(Boolean);
  return listed.length > 0 ? listed : [join(HOME || homedir(), '.kube', 'config')];
}

/** `-q`, `-v` and `--width` of a command. */
export const withVerbosity = (command: Command, terminal: Pick<Terminal, 'verbosity' | 'width'>): Command =>
  command
    .option('-q, --quiet', 'print errors only beside the report: no progress, no warnings')
    .option('-v, --verbose', 'say more on stderr: each step, and the stack of an error')
    .addOption(
      new Option(
        '--width <columns>',
        'columns to print, 40 to 1000 (default: those of the terminal, or 120); from 240 on rows have their whole reasons',
      ).argParser(columnsNamed),
    )
    .hook('preAction', (called) => {
      const { quiet, verbose, width } = called.opts<{
        readonly quiet?: boolean;
        readonly verbose?: boolean;
        readonly width?: number;
      }>();
      if (width !== undefined) terminal.width = width;
      if (quiet && verbose) throw new UsageError('--quiet and --verbose exclude each other; give one of them');
      if (verbose) terminal.verbosity = 'verbose';
      else if (quiet) terminal.verbosity = 'quiet';
    });

function columnsNamed(text: string): number {
  const columns = /^\d+$/.test(text) ? Number(text) : 0;
  if (columns >= 40 && columns <= 1_000) return columns;
  throw new InvalidArgumentError(`'${text}' is no number of columns from 40 to 1000`);
}

/** The end of a command's help: its exit codes, then examples. */
export const helpEnd = (codes: string, examples: readonly string[]): string =>
  `\n${codes}\n\nExamples:\n${examples.map((each) => `  eks-kubelet-audit ${each}`).join('\n')}`;

export const auditCodes = `Exit codes: 0 all passed or waived, 1 a control failed, 2 incomplete (unknown,
warned or not looked at; nothing failed), 3 could not run, 64 wrong usage,
130 interrupted.`;
export const plainCodes = 'Exit codes: 0 done, 3 could not run, 64 wrong usage, 130 interrupted.';
