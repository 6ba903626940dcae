import { describe, expect, it } from 'vitest';
import { controlNamed } from '../../../../lambda/core/judge/controls/catalogue/find-control.ts';
import type { Drift, NodeAudit } from '../../../../lambda/core/model/model.ts';
import type { ReportedAudit, ReportedNode } from '../../../../lambda/core/model/reported-audit.ts';
import { driftLines } from '../../../../lambda/core/report/terminal/cluster-part.ts';
import { nextCommands } from '../../../../lambda/core/report/terminal/table.ts';
import { auditOf, called, failed, node, passed, unread, waived, warned } from '../../findings/compliant-audit.ts';

const origin = { from: 'file', file: '/c.json' } as const;
const values = { setting: 'readOnlyPort', running: '0', afterRestart: '10255', origin } as const;
const drifted = (because: string): Drift => ({ ...values, kind: 'edited-not-restarted', because });
const audited = (name: string, drift?: readonly Drift[]): NodeAudit => {
  return { node: { ...node(1), name }, failures: [], verdicts: {}, ...(drift && { drift }) };
};
const head = '  Not restarted since an edit:';

describe('the lines about drift', () => {
  it('are none where nothing drifted, or nothing was compared', () => {
    expect(driftLines([audited('a', []), audited('b')], 200)).toEqual([]);
  });

  it('tell each thing of each node', () => {
    const lines = driftLines([audited('a', [drifted('x'), drifted('y')]), audited('b', [])], 200);
    expect(lines).toEqual([head, '  ~ a: x', '  ~ a: y']);
  });

  it('tell once what many nodes have in common', () => {
    const lines = driftLines(
      ['a', 'b', 'c', 'd', 'e'].map((name) => audited(name, [drifted('x')])),
      200,
    );
    expect(lines).toEqual([head, '  ~ a, b, c and 2 more: x']);
  });
});

describe('what to run next', () => {
  const [ca, proxy] = ['kubelet-client-ca-file', 'cluster-proxy-holders'];
  const controls = ['client-ca-expiry', ca, proxy].map((slug) => controlNamed(slug, 'cis-eks-1.8.0'));
  const [explain, remediate] = [
    'eks-kubelet-audit explain',
    'eks-kubelet-audit remediate blue --region eu-west-1 --controls',
  ];
  const doctor = 'eks-kubelet-audit doctor blue --region eu-west-1';
  const { arn: _, ...elsewhere } = auditOf([]).cluster;
  const of = (verdicts: ReportedNode['verdicts'], change: Partial<ReportedAudit> = {}): ReportedAudit => {
    return { ...auditOf([]), nodes: [{ node: node(1), failures: [], verdicts }], ...change };
  };
  const fails = { [ca]: failed, 'client-ca-expiry': passed };
  it.each<[string, ReportedAudit, readonly string[]]>([
    ['nothing fails', of({ [ca]: passed }), []],
    ['a failure is waived', of({ [ca]: waived }), []],
    ['a control fails', of(fails), [`${explain} ${ca}`, `${remediate} ${ca}`]],
    [
      'one without a number fails',
      of({ ...fails, 'client-ca-expiry': failed }),
      [`${explain} client-ca-expiry`, `${remediate} client-ca-expiry`],
    ],
    ['one of the cluster fails', of({}, { clusterVerdicts: { [proxy]: failed } }), [`${explain} ${proxy}`]],
    ['the files were saved', of(fails, { inventory: { from: 'saved', complete: true } }), [`${explain} ${ca}`]],
    ['no ARN is known', of({ ...fails, [proxy]: unread }, { cluster: elsewhere }), [`${explain} ${ca}`]],
    ['nothing of a node is known', of({ [ca]: unread, 'client-ca-expiry': warned }), [doctor]],
    ['something of it is', of({ [ca]: unread, 'client-ca-expiry': passed }), []],
    ['a node was not judged', of({}), []],
    ['nodes could not be listed', of({}, { inventory: { from: 'none', complete: false }, nodes: [] }), [doctor]],
    ['nothing is known where no ARN is', of({ [ca]: unread }, { cluster: elsewhere }), []],
  ])('is what helps where %s', (_what, audit, commands) => {
    const next = nextCommands({ controls });
    next.add(audit);
    next.add(of({ [proxy]: failed, [ca]: unread }, called('other')));
    const other = nextCommands({ controls });
    other.add(audit);
    const lines = commands.map((each, index) => `${index === 0 ? 'Next: ' : '      '}${each}`);
    expect(other.lines()).toEqual(lines);
    // Of each kind the first one that was found.
    for (const each of commands) expect(next.lines().join('\n')).toContain(each);
  });
});
