import { describe, expect, it } from 'vitest';
import type { ClusterAudit } from '../../../../lambda/core/model/model.ts';
import { controlsLeftOut } from '../../../../lambda/core/report/not-looked-at.ts';
import { noStandings } from '../../../../lambda/core/report/posture.ts';
import type { TableStyle } from '../../../../lambda/core/report/report.ts';
import { type ClusterRow, matrixLines } from '../../../../lambda/core/report/terminal/matrix.ts';
import { auditOf } from '../../findings/compliant-audit.ts';
import { controls } from '../telling-run.ts';

const [first, second, third] = controls.map(({ slug }) => slug) as [string, string, string];
const style: TableStyle = {
  bold: (text) => text,
  colour: (text) => text,
  draw: () => '',
  width: Number.POSITIVE_INFINITY,
};
const rowOf = (name: string, change: Partial<ClusterRow> = {}): ClusterRow => {
  const cells = new Map([
    [first, { ...noStandings, fail: 3, warn: 2, unknown: 1, waived: 1 }],
    [second, { ...noStandings, pass: 7 }],
    [third, { ...noStandings, 'not-applicable': 7 }],
  ]);
  return { name, region: '', accountId: '', nodes: 7, cells, ...change };
};
const drawn = (rows: readonly ClusterRow[], width?: number) =>
  matrixLines(rows, { controls, benchmark: 'cis-eks-1.8.0', style: { ...style, ...(width && { width }) } }).join('\n');

describe('the summary', () => {
  const calm = rowOf('calm', { cells: new Map([[second, { ...noStandings, pass: 7 }]]) });
  const out = rowOf('out', { cells: new Map([[third, { ...noStandings, 'not-applicable': 7 }]]) });
  const empty = rowOf('empty', { cells: new Map([[second, noStandings]]), nodes: 0 });

  it('of one cluster has no sum, and of many has one', () => {
    const lines = drawn([rowOf('one')]).split('\n');
    const legend = '  Numbers of nodes: ✗ fail, ! warn, ? unknown, ~ waived';
    expect(lines.slice(0, 3)).toEqual([' CLUSTER  NODES  3.2.3', ' one          7  ✗3 !2 ?1 ~1', legend]);
    const two = drawn([rowOf('one'), rowOf('two', { region: 'r', accountId: 'a' })]).split('\n');
    expect(two.slice(0, 4)).toEqual([
      ' CLUSTER        NODES  3.2.3',
      ' one                7  ✗3 !2 ?1 ~1',
      ' two                7  ✗3 !2 ?1 ~1',
      ' both clusters     14  ✗6 !4 ?2 ~2',
    ]);
  });

  it('shows what passes everywhere where nothing else is there, and what is out of scope by its own sign', () => {
    const lines = (rows: readonly ClusterRow[]) => drawn(rows).split('\n').slice(0, 3).join('\n');
    expect(lines([calm])).toBe(' CLUSTER  NODES  3.2.4\n calm         7  ✓\n  Numbers of nodes: ✓ all pass');
    expect(lines([out])).toBe(' CLUSTER  NODES  3.1.3\n out          7  –\n  Numbers of nodes: – not applicable');
    expect(drawn([empty])).toBe(' CLUSTER  NODES  3.2.4\n empty        0\n  3.2.4 kubelet-read-only-port');
  });

  it('says in a narrow cell that there is more, where there is', () => {
    const all = new Map(controls.map(({ slug }) => [slug, { ...noStandings, warn: 12, waived: 1 }]));
    const unknown = new Map([[first, { ...noStandings, unknown: 2 }]]);
    const rows = [rowOf('one', { cells: all }), rowOf('two', { cells: unknown })];

    expect(drawn(rows, 68)).toBe(
      ` CLUSTER       NODES 3.2.3 3.2.4 3.1.3 client-ca-expiry 4.1.10
 one               7 !12+  !12+  !12+  !12+             !12+
 two               7 ?2
 both clusters    14 !12+  !12+  !12+  !12+             !12+
  Numbers of nodes: ! warn, ? unknown, ~ waived; + other verdicts,
  too
  3.2.3 kubelet-client-ca-file, 3.2.4 kubelet-read-only-port,
  3.1.3 kubelet-config-mode, 4.1.10 cluster-proxy-holders`,
    );
  });

  it('goes on below where even that is too wide, and names each cluster again', () => {
    const all = new Map(controls.map(({ slug }) => [slug, { ...noStandings, fail: 1 }]));

    expect(drawn([rowOf('a-cluster-with-a-long-name', { cells: all })], 44)).toBe(
      ` CLUSTER          NODES 3.2.3 3.2.4 3.1.3
 a-cluster-with-…     7 ✗1    ✗1    ✗1
 CLUSTER          client-ca-expiry
 a-cluster-with-… ✗1
 CLUSTER          4.1.10
 a-cluster-with-… ✗1
  Numbers of nodes: ✗ fail; + other
  verdicts, too
  3.2.3 kubelet-client-ca-file,
  3.2.4 kubelet-read-only-port,
  3.1.3 kubelet-config-mode,
  4.1.10 cluster-proxy-holders`,
    );
  });
});

const two = ['kubelet-config-mode', 'kubelet-config-owner'];
const told = (change: Partial<ClusterAudit>, leftOut = two) =>
  controlsLeftOut({ ...auditOf([]), controls: { lookedAt: [], leftOut }, ...change }, 'cis-eks-1.8.0')
    .map(({ message, remedy }) => `${message}: ${remedy}`)
    .join();
const { arn: _, ...elsewhere } = auditOf([]).cluster;

it('what was not looked at is said with what would show it', () => {
  const left = 'not looked at: 2 controls: 3.1.3-3.1.4: only the machine shows them;';
  expect(told({})).toBe(`${left} --complete asks SSM for them, node by node`);
  expect(told({ inventory: { from: 'saved', complete: true } })).toBe(`${left} what was saved of it does not`);
  const known = 'SSM must know the EKS cluster: give its ARN as CLUSTER, and --sources configz,ssm';
  expect(told({ cluster: elsewhere })).toBe(`${left} --complete asks SSM for them; ${known}`);
  expect(told({}, [])).toBe('');
});
