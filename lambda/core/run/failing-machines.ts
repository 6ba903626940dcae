import { type Control, severities } from '../judge/control.ts';
import { alikeBy } from '../model/alike-by.ts';
import type { NodeAudit } from '../model/model.ts';
import { isWaived } from '../model/verdict-parts.ts';
import type { FailingMachines } from './answer.ts';

/** A tag can give every machine an owner of its own. */
const mostOwners = 50;

/** By owner, the one with the most machines first. */
export function failingMachines(
  nodes: readonly Pick<NodeAudit, 'node' | 'verdicts'>[],
  controls: readonly Pick<Control, 'slug' | 'severity'>[],
): readonly FailingMachines[] {
  const failing = nodes.flatMap(({ node: { owner }, verdicts }): readonly FailingMachines[] => {
    const failed = controls.filter(({ slug }) => isOpenFailure(verdicts[slug]));
    const bySeverity = Object.fromEntries(failed.map(({ severity }) => [severity, 1]));
    return failed.length > 0 ? [{ ...(owner !== undefined && { owner }), machines: 1, bySeverity }] : [];
  });
  return byOwner(failing);
}

const isOpenFailure = (verdict: NodeAudit['verdicts'][string] | undefined): boolean =>
  verdict?.status === 'fail' && !isWaived(verdict);

/** Of several clusters. */
export function byOwner(all: readonly FailingMachines[]): readonly FailingMachines[] {
  const owners = merged(all).toSorted((one, other) => other.machines - one.machines);
  if (owners.length <= mostOwners) return owners;

  const rest = owners.slice(mostOwners - 1).map(({ owner: _, ...each }) => ({ ...each, others: true as const }));
  return merged([...owners.slice(0, mostOwners - 1), ...rest]);
}

const merged = (all: readonly FailingMachines[]): readonly FailingMachines[] =>
  [...alikeBy(all, ({ owner, others }) => JSON.stringify([owner, others])).values()].map(sum);

function sum(alike: readonly [FailingMachines, ...FailingMachines[]]): FailingMachines {
  const ofAll = (count: (each: FailingMachines) => number) => alike.reduce((total, each) => total + count(each), 0);
  const bySeverity = Object.fromEntries(
    severities.flatMap((severity) => {
      const count = ofAll((each) => each.bySeverity[severity] ?? 0);
      return count > 0 ? [[severity, count]] : [];
    }),
  );
  return { ...alike[0], machines: ofAll(({ machines }) => machines), bySeverity };
}
