import { describe, expect, it } from 'vitest';
import type { Control } from '../../../../lambda/core/judge/control.ts';
import { controlNamed } from '../../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { noStandings, type Standing, standings } from '../../../../lambda/core/report/posture.ts';
import type { TableStyle } from '../../../../lambda/core/report/report.ts';
import { type ClusterRow, clusterRow, matrixLines } from '../../../../lambda/core/report/terminal/matrix.ts';
import { auditOf, auditWith, failed, passed, unread, waived } from '../../findings/compliant-audit.ts';

const benchmark = 'cis-eks-1.8.0';
/** Thirteen controls with a number and three own checks, however many the catalogue has. */
const numbers = [
  ...[1, 2, 3, 4].map((each) => `3.1.${each}`),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((each) => `3.2.${each}`),
];
const cis = numbers.map((number) => controlNamed(number, benchmark));
const own = ['client-ca-file-present', 'client-ca-is-cluster-ca', 'client-ca-expiry'];
const all = [...cis, ...own.map((slug) => controlNamed(slug, benchmark))];
const style: TableStyle = {
  bold: (text) => text,
  colour: (text) => text,
  draw: () => '',
  width: Number.POSITIVE_INFINITY,
};

type Asked = { readonly width?: number; readonly controls?: readonly Control[] };
const lines = (rows: readonly ClusterRow[], { width, controls = cis }: Asked = {}) => {
  const drawn = matrixLines(rows, { controls, benchmark, style: { ...style, ...(width && { width }) } });
  return drawn.join('\n').split('\n');
};

/** Ten nodes of which so many have another verdict than pass. */
function row(name: string, open: Readonly<Record<string, Partial<Record<Standing, number>>>>, place = {}): ClusterRow {
  const cells = ['access', ...all.map(({ slug }) => slug)].map((key) => {
    const own = open[key] ?? {};
    const others = standings.reduce((sum, each) => sum + (own[each] ?? 0), 0);
    return [key, { ...noStandings, pass: 10 - others, ...own }] as const;
  });
  return { name, region: '', accountId: '', nodes: 10, cells: new Map(cells), ...place };
}

describe('the summary by cluster and control', () => {
  it('counts nodes by verdict, waived failures apart', () => {
    const { cells, nodes: counted } = clusterRow(auditWith(failed, failed, unread, passed, waived));
    expect(counted).toBe(5);
    expect(cells.get('kubelet-client-ca-file')).toMatchObject({ fail: 2, unknown: 1, pass: 1, waived: 1 });
  });

  it('has signs with numbers of nodes, no column for what passes everywhere, and a row for all of them', () => {
    const one = row('one', { access: { fail: 2, unknown: 1 }, 'kubelet-read-only-port': { fail: 2 } });
    const rows = [one, row('two', {})];
    expect(lines(rows)).toEqual([
      ' CLUSTER        NODES  ACCESS  3.2.4',
      ' one               10  ✗2 ?1   ✗2',
      ' two               10  ✓       ✓',
      ' both clusters     20  ✗2 ?1   ✗2',
      '  ACCESS: the API server and all clients are authenticated and authorized',
      '  Numbers of nodes: ✗ fail, ? unknown, ✓ all pass',
      '  ✓ on every node that was judged: 3.1.1-3.1.4, 3.2.1-3.2.3, 3.2.5-3.2.9',
      '  3.2.4 kubelet-read-only-port',
    ]);
  });

  it('calls a check of the program’s by its name, and names account and Region where they differ', () => {
    const rows = [
      row('one', { 'client-ca-expiry': { warn: 1 } }, { region: 'eu-west-1', accountId: '111122223333' }),
      row('one', {}, { region: 'eu-west-2', accountId: '444455556666' }),
    ];
    expect(lines(rows, { controls: all }).slice(0, 2)).toEqual([
      ' CLUSTER        REGION     ACCOUNT       NODES  ACCESS  client-ca-expiry',
      ' one            eu-west-1  111122223333     10  ✓       !1',
    ]);
  });

  it('shows that nobody could list the nodes of a cluster', () => {
    const unlisted = { ...auditOf([]), inventory: { from: 'none' as const, complete: false } };
    expect(lines([clusterRow(unlisted), row('two', {})])[1]).toMatch(/^ blue +\?$/);
  });

  it('cuts a long name in the summary only', () => {
    const [, line] = lines([row('a-cluster-with-a-very-long-name-indeed', {})], { width: 60 });
    expect(line).toMatch(/^ a-cluster-with-a-ve… {5}10 {2}✓$/);
  });
});
