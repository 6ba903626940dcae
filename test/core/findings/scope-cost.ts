import { type Scope, scopes } from '../../../lambda/contract/settings.ts';
import { defaultBenchmark } from '../../../lambda/core/judge/control.ts';
import { controlsOf } from '../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { prices } from '../../bench/cost.ts';

/** An account's Region of some size: what docs/findings.md computes with. */
const estate = { clusters: 4, nodeGroups: 20, nodes: 400 } as const;

const controls = controlsOf(defaultBenchmark).filter(({ optIn }) => !optIn);

const { nodeGroups, nodes, clusters } = estate;
const subjects: Readonly<Record<Scope, number>> = { 'node-group': nodeGroups, node: nodes, cluster: clusters };

/** Imports of a month that an account and Region pays nothing for; source: docs/findings.md. */
const free = 10_000;
const pageSize = 100;
const pagesPerSecond = 3;

function costOf(scope: Scope): readonly string[] {
  const findings = subjects[scope] * controls.length;
  // Each is refreshed once in 30 days; a replaced node is one finding archived and one created.
  const imports = scope === 'node' ? findings * 2 : findings;
  const dump = findings * 30;
  const readSeconds = Math.ceil(Math.ceil(imports / pageSize) / pagesPerSecond);
  const costs = [number(imports), usdOf(imports), number(dump), usdOf(dump), `${readSeconds} s`];
  return [`\`${scope}\``, number(findings), ...costs];
}

const usdOf = (imports: number): string => `$${(Math.max(0, imports - free) * prices.findingEvent).toFixed(2)}`;

const number = (value: number): string => value.toLocaleString('en-US');

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function costTable(): string {
  const head = '| scope | findings | imports a month | cost | everything each night would be | cost | reading takes |';
  return [head, row(Array(7).fill('---')), ...scopes.map((scope) => row(costOf(scope)))].join('\n');
}

const [begin, end] = ['<!-- costs: made by `npm run docs` -->', '<!-- end of costs -->'];

/** docs/findings.md with the costs as they are computed here, between their two comments. */
export function withCosts(page: string): string {
  const [before = '', rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (after === undefined) throw new Error(`docs/findings.md has lost '${begin}' or '${end}'`);

  const about = `Computed for one account's Region of ${estate.clusters} clusters, ${estate.nodeGroups} node groups and ${estate.nodes} nodes, and for all ${controls.length} controls of ${defaultBenchmark}.`;
  return `${before}${begin}\n\n${about}\n\n${costTable()}\n\n${end}${after}`;
}
