import { expect, it } from 'vitest';
import type { Verdict, VerdictStatus } from '../../../../lambda/core/model/model.ts';
import { nextNodeLines } from '../../../../lambda/core/report/terminal/next-node-lines.ts';
import type { TableStyle } from '../../../../lambda/core/report/terminal/table-style.ts';
import { auditOf, clientCa, failed, inGroups, passed, waived } from '../../findings/compliant-audit.ts';

const style: TableStyle = { bold: String, colour: (text: string) => `[${text}]`, draw: () => '' };
const options = { controls: [clientCa], benchmark: 'cis-eks-1.8.0', style };
type Verdicts = readonly Verdict[];
const linesOf = (running: Verdicts, next: Verdicts, only?: readonly string[]) => {
  const nodes = inGroups(...next).map(({ node, verdicts }) => ({ node, verdicts, source: 'lt-1' }));
  const audit = auditOf(inGroups(...running), { nextNodes: { nodes, complete: true } });
  const { lines, isFailing } = nextNodeLines(audit, {
    ...options,
    ...(only && { only: only as readonly VerdictStatus[] }),
  });
  return [...lines, `${isFailing}`];
};

it('next nodes are shown beside nodes that fail, where such verdicts are wanted', () => {
  const fails = (...wanted: Parameters<typeof linesOf>) => linesOf(...wanted).length > 1;
  expect([['fail'], ['warn'], undefined].map((only) => fails([failed], [passed], only))).toEqual([true, false, true]);
  expect([['fail'], ['pass']].map((only) => fails([], [waived], only))).toEqual([true, false]);
  expect(linesOf([], [passed, failed], ['warn'])).toEqual(['true']);
  expect(linesOf([], [])).toEqual(['  Next nodes, by what the node groups launch: none', 'false']);
});

it('fifty are named, and the rest is counted', () => {
  const many = (count: number) => linesOf([], Array(count).fill(failed));
  expect([many(50).length, many(52).length, many(52).at(-2)]).toEqual([52, 53, '    and 2 more; -f json has each']);
});
