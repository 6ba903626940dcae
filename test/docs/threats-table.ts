import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { withGenerated } from './pages.ts';

/** What an actor can do with its rights, what the program promises against it, and the tests that hold the promise. */
const threat = z.strictObject({
  can: z.string(),
  promise: z.string(),
  /** By file: whole titles of its tests, or keys of its table of cases. */
  tests: z.record(z.string(), z.array(z.string()).min(1)),
  /** A command that proves it beside the tests. */
  also: z.string().optional(),
});
type Threat = z.infer<typeof threat>;

export const threatsByActor = z
  .array(z.strictObject({ actor: z.string(), threats: z.array(threat).min(1) }))
  .parse(parse(readFileSync(join(import.meta.dirname, 'threats.yaml'), 'utf8')));

const marks = [
  '<!-- threats: made by `npm run docs` from test/docs/threats.yaml -->',
  '<!-- end of threats -->',
] as const;

/** docs/threat-model.md with the table of test/docs/threats.yaml between its two marks. */
export function withThreats(page: string): string {
  const rows = threatsByActor.flatMap(({ actor, threats }) =>
    threats.map((threat, index) => rowOf(index === 0 ? actor : '', threat)),
  );
  const table = ['| actor | can, with its rights | promise | tests |', '| --- | --- | --- | --- |', ...rows].join('\n');
  return withGenerated(page, marks, `\n${table}\n`);
}

function rowOf(actor: string, { can, promise, tests, also }: Threat): string {
  const named = Object.entries(tests).map(
    ([file, titles]) => `\`${file}\` (${titles.map((title) => `"${title}"`).join(', ')})`,
  );
  const cells = [actor, can, promise, [...named, ...(also === undefined ? [] : [`\`${also}\``])].join(', ')];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
