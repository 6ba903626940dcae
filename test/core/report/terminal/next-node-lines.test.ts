import { expect, it } from 'vitest';
import type { Verdict, VerdictStatus } from '../../../../lambda/core/model/model.ts';
import type { TableStyle } from '../../../../lambda/core/report/report.ts';
import { nextNodeLines } from '../../../../lambda/core/report/terminal/cluster-part.ts';
import { auditOf, clientCa, failed, inGroups, passed, waived } from '../../findings/compliant-audit.ts';

const style: TableStyle = { bold: String, colour: (text: string) => `[${text}]`, draw: () => '', width: 1_000 };
const options = { controls: [clientCa], benchmark: 'cis-eks-1.8.0', style };
const linesOf = (next: readonly Verdict[], only?: readonly VerdictStatus[]) => {
  const nodes = inGroups(...next).map(({ node, verdicts }) => ({ node, verdicts, source: 'lt-1' }));
  const audit = auditOf(inGroups(failed), { nextNodes: { nodes, complete: true } });
  const { lines, failing } = nextNodeLines(audit, { ...options, ...(only && { only }) });
  return [...lines, `${failing.length > 0}`];
};

it('next nodes are shown beside nodes that fail, where such verdicts are wanted', () => {
  const counts = [[passed], [waived]].flatMap((next) => [
    linesOf(next, ['fail']).length,
    linesOf(next, ['pass']).length,
  ]);
  expect([...counts, linesOf([failed], ['warn'])]).toEqual([3, 1, 3, 1, ['true']]);
  expect(linesOf([])).toEqual(['  Next nodes, by what the node groups launch: none', 'false']);
});

it('fifty are named, and the rest is counted', () => {
  const [most, more] = [linesOf(Array(50).fill(failed)), linesOf(Array(52).fill(failed))];
  expect([most.length, more.length, more.at(-2)]).toEqual([52, 53, '    and 2 more; -f json has each']);
});
