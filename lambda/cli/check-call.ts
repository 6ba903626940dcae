import type { Command } from 'commander';
import { didYouMean } from '../contract/nearest.ts';
import { UsageError } from '../core/model/operator-error.ts';

/**
 * What is wrong in the same way in every command: an empty value, a misspelled Region, a table in a file of another name.
 * @throws UsageError naming the option or argument
 */
export function checkCall(called: Command): void {
  throwIfEmpty(called);
  const { region = [], output = [] } = called.opts<Partial<Record<'region' | 'output', string | string[]>>>();
  for (const each of [region].flat()) checkRegion(each);
  const hasFormat = called.options.some((each) => each.attributeName() === 'format');
  if (hasFormat && called.getOptionValueSource('format') !== 'cli')
    for (const each of [output].flat()) checkTable(each);
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

function checkTable(file: string): void {
  if (/\.(json|jsonl|html?|csv|sarif|xml|md)$/i.test(file))
    throw new UsageError(`'${file}' would hold a table; name the format of the file with --format as well`);
}
