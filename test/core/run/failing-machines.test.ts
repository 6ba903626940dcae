import { expect, it } from 'vitest';
import { byOwner, failingMachines } from '../../../lambda/core/run/failing-machines.ts';
import { anonymous, clientCa, failed, judged, node, passed, waived, warned } from '../findings/compliant-audit.ts';

const controls = [clientCa, anonymous, { slug: 'another', severity: 'HIGH' }] as const;
const machine = (owner: string | undefined, verdicts: Parameters<typeof failingMachines>[0][number]['verdicts']) => ({
  ...judged(node(1, owner === undefined ? {} : { owner }), failed),
  verdicts,
});

it('counts a machine once for its owner and once a severity, without what is waived or only in doubt', () => {
  const [ca, off] = [clientCa.slug, anonymous.slug];
  const nodes = [
    machine('a', { [ca]: failed, another: failed, [off]: failed }),
    machine('b', { [ca]: failed, [off]: waived }),
    machine('a', { [ca]: failed }),
    machine('c', { [ca]: warned, [off]: waived, another: passed }),
    machine(undefined, { [off]: failed, 'not chosen': failed }),
  ];
  expect(failingMachines(nodes, controls)).toEqual([
    { owner: 'a', machines: 2, bySeverity: { HIGH: 2, CRITICAL: 1 } },
    { owner: 'b', machines: 1, bySeverity: { HIGH: 1 } },
    { machines: 1, bySeverity: { CRITICAL: 1 } },
  ]);
});

it('names at most fifty owners of any number of clusters, and loses no machine', () => {
  const own = (from: number, count: number) =>
    failingMachines(
      Array.from({ length: count }, (_, index) => machine(`owner-${from + index}`, { [clientCa.slug]: failed })),
      controls,
    );
  expect(own(0, 50).some(({ others }) => others)).toBe(false);

  for (const owners of [own(0, 51), byOwner([...own(0, 400), ...own(400, 300)])]) {
    expect(owners.length).toBeLessThanOrEqual(50);
    expect(owners.filter(({ others }) => others).length).toBe(1);
  }
  const all = byOwner([...own(0, 400), ...own(400, 300)]);
  expect(all.reduce((sum, { machines, bySeverity: { HIGH = 0 } }) => sum + machines + HIGH, 0)).toBe(1_400);
});
