import type { Command } from 'commander';
import type { ZodMiniType } from 'zod/mini';
import { environment, variableOf } from '../contract/environment.ts';
import { didYouMean } from '../contract/nearest.ts';
import { settingFromText, settingsTable, terminalSettings } from '../contract/settings-table.ts';
import { UsageError } from '../core/model/operator-error.ts';
import type { Terminal } from './terminal.ts';

/**
 * Checks that all commands share: no empty value, no misspelled Region, no table in a file of another format.
 * @throws UsageError naming the option or argument
 */
export function checkCall(called: Command): void {
  throwIfEmpty(called);
  const { region = [], output = [] } = called.opts<Partial<Record<'region' | 'output', string | string[]>>>();
  for (const each of [region].flat()) checkRegion(each);
  const hasFormat = called.options.some((each) => each.attributeName() === 'format');
  const isTable = hasFormat && called.getOptionValueSource('format') !== 'cli';
  const other = [output].flat().find((file) => isTable && /\.(json|jsonl|html?|csv|sarif|xml|md)$/i.test(file));
  if (other !== undefined)
    throw new UsageError(`'${other}' would hold a table; name the format of the file with --format as well`);
}

/** An empty value is mostly that of a variable that is not set. */
function throwIfEmpty(called: Command): void {
  const isEmpty = (value: unknown) => [value].flat().includes('');
  const option = called.options.find((each) => isEmpty(called.opts()[each.attributeName()]));
  const empty = called.args.indexOf('');
  const argument = called.registeredArguments[empty] ?? called.registeredArguments.at(-1);
  const name = option?.long ?? (empty >= 0 ? argument?.name() : undefined);
  if (name !== undefined) throw new UsageError(`${name} is empty; give a value, or leave it out`);
}

/** Every Region of AWS has one of these in its name, so that no list of Regions has to be kept up to date. */
const directions = ['north', 'northeast', 'east', 'southeast', 'south', 'southwest', 'west', 'northwest', 'central'];

/** In a misspelled Region, the calls would only find no address. */
function checkRegion(region: string): void {
  const [, direction = ''] = /-([a-z]+)-\d+$/.exec(region) ?? [];
  if (direction === '' || directions.includes(direction)) return;
  const known = directions.map((each) => region.replace(`-${direction}-`, `-${each}-`));
  throw new UsageError(`'${region}' is not a Region; ${didYouMean(region, known, 'give one such as eu-west-1')}`);
}

const prefix = 'EKS_KUBELET_AUDIT_';

/** Variables that only a terminal has; any value sets them. */
const switches: readonly string[] = [`${prefix}DEBUG`, `${prefix}QUIET`];

/**
 * Refuses our own variables with another name or a value that no option would take. Without it a misspelled one is ignored, and another audit runs
 * than was meant.
 * @throws UsageError naming the variable
 */
export function checkOwnVariables(env: Terminal['env']): void {
  const ours = Object.entries(env).filter(([name, value]) => name.startsWith(prefix) && value !== undefined);
  const known: readonly string[] = [...Object.values(environment), ...switches];
  for (const [name] of ours) {
    if (known.includes(name)) continue;
    const advice = didYouMean(name, known, 'unset it; audit --help lists the variables');
    throw new UsageError(`unknown variable ${name}; ${advice}`);
  }

  for (const setting of terminalSettings) {
    const name = variableOf(setting) ?? '';
    const text = env[name];
    if (!text) continue;
    const { default: usual, schema }: { readonly default: unknown; readonly schema: ZodMiniType } =
      settingsTable[setting];
    const fault =
      typeof usual === 'boolean' && text !== 'true' && text !== 'false'
        ? 'write true or false'
        : schema.safeParse(settingFromText(setting, text)).error?.issues[0]?.message;
    if (fault !== undefined) throw new UsageError(`${name} '${text}': ${fault}`);
  }
}
