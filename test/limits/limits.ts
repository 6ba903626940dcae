import Table from 'cli-table3';
import { deployedSizes, mostOf } from '../infra/deployed-sizes.ts';
import { settingsAtTheEdge } from '../infra/settings-at-the-edge.ts';
import { templatesOf } from '../infra/synthesise.ts';

// `npm run limits`: what AWS takes only up to a size, the largest that any settings give, and the room left.

interface Largest {
  readonly size: number;
  readonly limit: number;
  readonly of: string;
}

const largest = new Map<string, Largest>();
for (const [of, settings] of settingsAtTheEdge)
  for (const template of Object.values(templatesOf(settings)))
    for (const { what, size, limit } of deployedSizes(template))
      if (size > (largest.get(what)?.size ?? -1)) largest.set(what, { size, limit, of });

const number = (value: number) => value.toLocaleString('en');
const table = new Table({
  head: ['what', 'limit', 'largest', 'room', 'with the settings'],
  colAligns: ['left', 'right', 'right', 'right', 'left'],
  style: { head: [], border: [] },
});
const rows = [...largest].toSorted(([, one], [, other]) => other.size / other.limit - one.size / one.limit);
for (const [what, { size, limit, of }] of rows)
  table.push([what, number(limit), number(size), `${Math.floor((1 - size / limit) * 100)} %`, of]);
console.log(table.toString());
if (rows.some(([what, { size, limit }]) => size > limit * mostOf(what))) process.exitCode = 1;
