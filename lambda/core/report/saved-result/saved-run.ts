import { benchmarkChoices } from '../../../contract/benchmarks.ts';
import { type BenchmarkChoice, type Control, defaultBenchmark } from '../../judge/control.ts';
import { controls as catalogue } from '../../judge/controls/index.ts';
import type { ReportedAudit } from '../../model/reported-audit.ts';
import type { Coverage } from '../../run/coverage.ts';
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
    nodes: saved.nodes.map((node) => ({
      ...node,
      verdicts: ofWanted(node.verdicts),
    })),
  };
}

/** Several runs' coverage as one: what any of them did not look at was not looked at. */
export function coverageTogether(all: readonly Coverage[]): Coverage | undefined {
  const [first, ...others] = all;
  if (!first) return undefined;

  return others.reduce(
    (one, other) => ({
      accounts: one.accounts + other.accounts,
      regions: one.regions + other.regions,
      clusters: {
        found: one.clusters.found + other.clusters.found,
        audited: one.clusters.audited + other.clusters.audited,
        gone: one.clusters.gone + other.clusters.gone,
        failed: one.clusters.failed + other.clusters.failed,
      },
      nodes: one.nodes + other.nodes,
      unreadableNodes: one.unreadableNodes + other.unreadableNodes,
      bootingNodes: one.bootingNodes + other.bootingNodes,
      machinesWithoutKubelet: one.machinesWithoutKubelet + other.machinesWithoutKubelet,
      ...suppressedTogether(one, other),
      ...claimsTogether(one, other),
      ...nextTogether(one, other),
      failedItems: one.failedItems + other.failedItems,
      complete: one.complete && other.complete,
      gaps: [...one.gaps, ...other.gaps],
      skipped: [...one.skipped, ...other.skipped],
    }),
    first,
  );
}

function claimsTogether(one: Coverage, other: Coverage): Pick<Coverage, 'claimedNodes' | 'claims'> {
  const claims = [...(one.claims ?? []), ...(other.claims ?? [])];
  return claims.length > 0 ? { claimedNodes: (one.claimedNodes ?? 0) + (other.claimedNodes ?? 0), claims } : {};
}

function nextTogether(one: Coverage, other: Coverage): Pick<Coverage, 'nextNodes'> {
  const nextNodes = [...(one.nextNodes ?? []), ...(other.nextNodes ?? [])];
  return nextNodes.length > 0 ? { nextNodes } : {};
}

function suppressedTogether(one: Coverage, other: Coverage): Pick<Coverage, 'suppressed'> {
  const suppressed = (one.suppressed ?? 0) + (other.suppressed ?? 0);
  return suppressed > 0 ? { suppressed } : {};
}
