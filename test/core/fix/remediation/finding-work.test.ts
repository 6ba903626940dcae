import { describe, expect, it } from 'vitest';
import { findingId, parseFindingId, type Subject } from '../../../../lambda/core/findings/identity.ts';
import { workOf } from '../../../../lambda/core/fix/remediation/plan-remediation.ts';
import type { Control } from '../../../../lambda/core/judge/control.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import type { NodeAudit, WaiverMark } from '../../../../lambda/core/model/model.ts';
import { arn } from '../../findings/compliant-audit.ts';
import { audited, clusterCa, judgedNode, mainFile, nodeOfKind, running, seen } from './failing-audit.ts';

const named = (slug: string): Control => controls.find((control) => control.slug === slug)!;
const port = named('kubelet-read-only-port');

const wrong = { readOnlyPort: { value: 10255, origin: { from: 'file', file: mainFile.al2 } } } as const;
const bad = seen('al2', { settings: wrong });
const failing = (number: number, name = 'al2-workers') =>
  judgedNode({ facts: bad }, nodeOfKind('al2', number, { group: { kind: 'managed', name } }));
const passing = (number: number) => judgedNode({ facts: seen('al2') }, nodeOfKind('al2', number));

const workers: Subject = { scope: 'node-group', group: { kind: 'managed', name: 'al2-workers' } };

function work(nodes: readonly NodeAudit[], subject: Subject = workers, control = port) {
  const id = findingId(control.slug, arn, subject);
  return workOf({ id, name: parseFindingId(id)!, control }, audited(nodes));
}

const waived = (node: NodeAudit, change: Partial<WaiverMark> = {}): NodeAudit => {
  const verdict = node.verdicts[port.slug];
  if (verdict?.status !== 'fail') throw new Error('it does not fail');
  const mark = { until: '2026-12-31', by: 'ann@example.com', reason: 'an old scraper', ...change };
  return { ...node, verdicts: { ...node.verdicts, [port.slug]: { ...verdict, waived: mark } } };
};
const start = (number: number) => {
  const key = `i-0000000000000000${number}`;
  const group = expect.stringMatching(/^managed\/[\w-]+$/);
  return { key, instanceId: key, controls: [port.slug], trust: [clusterCa], group };
};

describe('the work of a finding', () => {
  it('are the nodes of its node group that fail, and no others', () => {
    const nodes = [failing(1), passing(2), failing(3), failing(4, 'others')];
    expect(work(nodes)).toEqual({ kind: 'nodes', nodes: [start(1), start(3)] });
  });

  it('is its one node, or every node of the cluster', () => {
    const nodes = [failing(1), failing(2, 'others')];

    expect(work(nodes, { scope: 'node', node: nodes[1]!.node })).toEqual({ kind: 'nodes', nodes: [start(2)] });
    expect(work(nodes, { scope: 'cluster' })).toEqual({ kind: 'nodes', nodes: [start(1), start(2)] });
  });

  it('is its own control and nothing else that fails there', () => {
    const origin = { from: 'file', file: mainFile.al2 } as const;
    const anonymous = { 'authentication.anonymous.enabled': { value: true, origin } };
    const facts = seen('al2', { settings: { readOnlyPort: { value: 10255, origin }, ...anonymous } });

    expect(work([judgedNode({ facts }, nodeOfKind('al2'))])).toEqual({ kind: 'nodes', nodes: [start(1)] });
  });

  it('is that of the nodes whose failure nobody accepts', () => {
    expect(work([waived(failing(1)), failing(2)])).toEqual({ kind: 'nodes', nodes: [start(2)] });
  });
});

describe('there is nothing to do', () => {
  const gone = 'none of its nodes is in the cluster any more, or none could be listed';
  const failures = [{ via: 'ssm', kind: 'unreadable', because: 'no agent' }] as const;
  const unread = judgedNode({ failures }, nodeOfKind('al2', 2));
  const teams = [1, 2, 3, 4].map((number) => waived(failing(number), { by: `team ${number}` }));
  const until = 'until 2026-12-31 (an old scraper)';
  const accepted = 'its failure is accepted: by';
  it.each<[string, readonly NodeAudit[], string]>([
    ['none of its nodes is there', [failing(1, 'others')], gone],
    ['no node could be listed', [], gone],
    ['its nodes pass', [passing(1), passing(2)], 'it passes now'],
    ['its nodes cannot be read', [passing(1), unread], 'it is not seen to fail now: ssm: no agent'],
    ['its failures are accepted', [1, 2].map((at) => waived(failing(at))), `${accepted} ann@example.com ${until}`],
    ['many accept them', teams, `${accepted} ${[1, 2, 3].map((at) => `team ${at} ${until}`).join('; by ')}`],
  ])('where %s', (_, nodes, because) => {
    expect(work(nodes)).toEqual({ kind: 'nothing-to-do', because });
  });
});

describe('the runbook leaves to a person', () => {
  const expectLeft = (work: unknown, ...reasons: readonly string[]) =>
    expect(work).toEqual({ kind: 'not-planned', because: `the runbook leaves it to a person: ${reasons.join('; ')}` });

  it('a node of which only the running value is known', () => {
    const because = 'only the running value is known, and not which file or flag it comes from';
    const node = judgedNode({ facts: running(bad) }, nodeOfKind('al2'));
    expectLeft(work([node]), `${because}: SSM shows that (--complete)`);
  });

  it('nodes that it has no way to, with three reasons of as many as there are', () => {
    const nodes = ['one', 'two', 'two', 'three', 'four'].map((because, index) => {
      const machine = { status: 'unconfirmed', because } as const;
      return judgedNode({ facts: bad }, nodeOfKind('al2', index + 1, { machine }));
    });
    const reasons = ['one', 'two', 'three'].map((each) => `the runbook touches confirmed machines only: ${each}`);
    expectLeft(work(nodes), ...reasons);
  });

  it('a step without a caution, by what is wrong there', () => {
    const subject: Subject = { scope: 'node-group', group: { kind: 'fargate', name: 'fargate' } };
    const origin = { from: 'file', file: mainFile.fargate } as const;
    const facts = seen('fargate', { settings: { readOnlyPort: { value: 10255, origin } } });
    const because = 'replace the node, and open a case with AWS Support if new ones show the same';
    const nodes = [judgedNode({ facts }, nodeOfKind('fargate'))];
    expectLeft(work(nodes, subject), `AWS runs this kubelet (Fargate): ${because}`);
  });
});
