import { expect, it } from 'vitest';
import type { Verdict, VerdictStatus } from '../../../../lambda/core/model/model.ts';
import { nextNodeLines } from '../../../../lambda/core/report/terminal/next-node-lines.ts';
import type { TableStyle } from '../../../../lambda/core/report/terminal/table-style.ts';
import { auditOf, clientCa, failed, inGroups, passed, unread, waived } from '../../findings/compliant-audit.ts';

const style: TableStyle = { bold: String, colour: (text: string) => `[${text}]`, draw: () => '' };
const options = { controls: [clientCa], benchmark: 'cis-eks-1.8.0', style };
type Verdicts = readonly Verdict[];
const linesOf = (running: Verdicts, next: Verdicts, only?: readonly VerdictStatus[]) => {
  const nodes = inGroups(...next).map(({ node, verdicts }) => ({ node, verdicts, source: 'lt-1' }));
  const audit = auditOf(inGroups(...running), { nextNodes: { nodes, complete: true } });
  const { lines, isFailing } = nextNodeLines(audit, { ...options, ...(only && { only }) });
  return [...lines, isFailing];
};

it('next nodes are counted by node group, and those that fail or are right at last are named, the worst first', () => {
  const [running, next] = [
    [failed, failed, passed, passed],
    [passed, unread, failed, waived],
  ];
  const inGroup = (status: string, group: string) =>
    `  > [${status}] 3.2.3 kubelet-client-ca-file, next node of ${group} (managed)`;
  const isUnset = 'authentication.x509.clientCAFile is (not set) by running configuration, which lt-1 leaves as it is';
  const willFail = `fixed here, but the next node will fail: ${isUnset}`;
  expect(linesOf(running, next)).toEqual([
    '  Next nodes, by what the node groups launch: 1 fail, 1 unknown, 1 waived, 1 pass',
    `${inGroup('fail', 'g2')}: ${willFail}`,
    `${inGroup('waived', 'g3')}: ${willFail}; waived until 2026-12-31 by sre: moved`,
    `${inGroup('pass', 'g0')}: fails here, but the next node is right: replace it (lt-1)`,
    true,
  ]);
  expect(linesOf(running, next, ['fail'])).toEqual(linesOf(running, next));
  expect(linesOf(running, next, ['warn'])).toEqual([true]);
  expect(linesOf([failed], [passed], ['pass'])).toEqual([false]);
  expect(linesOf([], [])).toEqual(['  Next nodes, by what the node groups launch: none', false]);
});

it('fifty are named, and the rest is counted', () => {
  const many = (count: number) => linesOf([], Array(count).fill(failed));
  expect([many(50).length, many(52).length]).toEqual([52, 53]);
  expect(many(52).at(-2)).toBe('    and 2 more; -f json has each');
});
