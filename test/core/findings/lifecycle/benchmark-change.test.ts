import { expect, it } from 'vitest';
import { controlsOf } from '../../../../lambda/core/judge/controls/catalogue/find-control.ts';
import type { ClusterAudit } from '../../../../lambda/core/model/model.ts';
import { auditOf, failed, node, passed } from '../compliant-audit.ts';
import { StoredWorld } from '../stored-world.ts';

const controls = controlsOf('auto').filter(({ about }) => about.kind === 'setting');
/** Every second control fails, all year. */
const verdicts = Object.fromEntries(controls.map(({ slug }, index) => [slug, index % 2 === 0 ? failed : passed]));
const { cluster } = auditOf([]);
const auditAt = (version: string): ClusterAudit =>
  auditOf([{ node: node(1), failures: [], verdicts }], { cluster: { ...cluster, version } });

it('a year of runs over the new default and over an upgrade of the cluster sends each finding once for each, and announces nothing', () => {
  const world = new StoredWorld();
  const sent = (from: number, to: number, benchmark: string, version: string) => {
    const changes = Array.from({ length: to - from }, () =>
      world.run(auditAt(version), { controls, catalogue: controls, benchmark }),
    );
    return {
      updates: changes
        .flatMap((each) => each.changes.filter(({ kind }) => kind === 'update'))
        .map(({ finding }) => finding.Id),
      transitions: changes.flatMap(({ transitions }) => transitions),
    };
  };
  const titles = () => [...world.findings.values()].map(({ Id, Title }) => [Id, Title]);
  const numberOf = (slug: string) =>
    [...world.findings.values()].find(({ GeneratorId }) => GeneratorId.endsWith(`/${slug}`))?.ProductFields[
      'eks-kubelet-audit/control-number'
    ];

  const before = sent(0, 120, 'cis-eks-1.8.0', '1.33');
  expect(before.transitions).toHaveLength(Math.ceil(controls.length / 2));
  const named = titles();
  expect(numberOf('kubelet-iptables-chains')).toBe('3.2.6');

  // The numbers of 1.33 are those of before, so the new default sends nothing at all.
  expect(sent(120, 200, 'auto', '1.33')).toEqual({ updates: [], transitions: [] });
  const upgraded = sent(200, 365, 'auto', '1.34');
  expect(upgraded.updates.toSorted()).toEqual(named.map(([id]) => id).toSorted());
  expect(upgraded.transitions).toEqual([]);
  expect(titles()).toEqual(named);
  expect(numberOf('kubelet-iptables-chains')).toBe('3.2.5');
  expect(numberOf('kubelet-streaming-timeout')).toBeUndefined();
});

it('the new default alone sends each finding of a cluster with other numbers once, and announces nothing', () => {
  const world = new StoredWorld();
  const run = (benchmark: string) => world.run(auditAt('1.36'), { controls, catalogue: controls, benchmark });
  run('cis-eks-1.8.0');
  const { kinds, transitions } = run('auto');
  expect([kinds, transitions]).toEqual([controls.map(() => 'update'), []]);
  expect(run('auto').kinds).toEqual([]);
});
