import { benchmarkChoices } from '../../../contract/benchmarks.ts';
import { type BenchmarkChoice, type Control, defaultBenchmark } from '../../judge/control.ts';
import { controls as catalogue } from '../../judge/controls/index.ts';
import { stateOfStatus } from '../../model/access-states.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import { type Coverage, coverage } from '../../run/coverage.ts';
import type { SavedCluster, SavedStart } from './result-schema.ts';

/** The numbering that a result was made with, where this version knows it. */
export const benchmarkOf = (start: SavedStart | undefined): BenchmarkChoice =>
  benchmarkChoices.find((each) => each === start?.benchmark) ?? defaultBenchmark;

/** The controls that a result is about, in the catalogue's order; `unknown` names those that this version does not know, and cannot show. */
export function controlsOfResult({ controls: { lookedAt } }: Pick<SavedCluster, 'controls'>): {
  readonly controls: readonly Control[];
  readonly unknown: readonly string[];
} {
  return {
    controls: catalogue.filter(({ slug }) => lookedAt.includes(slug)),
    unknown: lookedAt.filter((slug) => !catalogue.some((each) => each.slug === slug)),
  };
}

/** A saved cluster as every report takes it: with the verdicts of these controls, and no others. */
export function reportedAudit(saved: SavedCluster, controls: readonly Control[]): ReportedAudit {
  const wanted = new Set(controls.map(({ slug }) => slug));
  const ofWanted = <T>(verdicts: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(verdicts).filter(([slug]) => wanted.has(slug)));
  return {
    ...saved,
    ...(saved.clusterVerdicts && { clusterVerdicts: ofWanted(saved.clusterVerdicts) }),
    ...(saved.nextNodes && {
      nextNodes: {
        ...saved.nextNodes,
        nodes: saved.nextNodes.nodes.map((next) => ({ ...next, verdicts: ofWanted(next.verdicts) })),
      },
    }),
    controls: { ...saved.controls, lookedAt: saved.controls.lookedAt.filter((slug) => wanted.has(slug)) },
    nodes: saved.nodes.map(({ access, ...node }) => ({
      ...node,
      verdicts: ofWanted(node.verdicts),
      // Results of an older release have a summary verdict, and no state.
      ...(access && { access: { ...access, state: access.state ?? stateOfStatus(access.status) } }),
    })),
  };
}

/** Several runs' coverage as one: what any of them did not look at was not looked at. */
export const coverageTogether = (all: readonly Coverage[]): Coverage | undefined =>
  all.length === 0 ? undefined : all.reduce((one, other) => coverage.parse(together(one, other)));

/** Field by field: numbers are added, lists joined, and what must hold of all holds of both. Of texts the first stays. */
const together = (one: object, other: object): object => {
  const fields = new Map<string, unknown>(Object.entries(one));
  for (const [name, value] of Object.entries(other)) fields.set(name, joined(fields.get(name), value));
  return Object.fromEntries(fields);
};

function joined(one: unknown, other: unknown): unknown {
  if (one === undefined) return other;
  if (typeof one === 'number' && typeof other === 'number') return one + other;
  if (Array.isArray(one) && Array.isArray(other)) return [...one, ...other];
  if (typeof one === 'boolean') return one && other;
  return typeof one === 'object' ? together(Object(one), Object(other)) : one;
}
