import { Option } from 'commander';
import { settingFromText, settingsTable, settingText, type TerminalSetting } from '../contract/settings-table.ts';
import type { Terminal } from './terminal.ts';

type TerminalRow = Pick<(typeof settingsTable)[TerminalSetting], 'flag' | 'default'> & {
  readonly environment?: string;
};

/**
 * The option of a setting. The environment may give its default, and the help says so.
 * @param help instead of the setting's own, for a command in which it means something else
 */
export function settingOption(
  env: Terminal['env'],
  name: TerminalSetting,
  help: string = settingsTable[name].help,
): Option {
  const { flag, environment, default: usual }: TerminalRow = settingsTable[name];
  const text = settingText(usual);
  const option = new Option(flag, typeof usual === 'boolean' || text === '' ? help : `${help} (default ${text})`);

  const given = environment === undefined ? undefined : env[environment];
  if (!given || settingFromText(name, given) === false) return option;
  return option.default(typeof usual === 'boolean' ? true : given, `${given}, by ${environment}`);
}
