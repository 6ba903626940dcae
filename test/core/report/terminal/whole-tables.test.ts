import { describe, expect, it } from 'vitest';
import { reasonText } from '../../../../lambda/core/findings/asff/status-reasons.ts';
import { worstFirst } from '../../../../lambda/core/model/statuses.ts';
import type { TableStyle } from '../../../../lambda/core/report/report.ts';
import { tableReport } from '../../../../lambda/core/report/terminal/table.ts';
import { textOf as written } from '../report-text.ts';
import { byHand, contradicted, controls, coverage, everywhere, problems, run, waivers } from '../telling-run.ts';

const style: TableStyle = {
  bold: (text) => `*${text}*`,
  colour: (text, status) => `${text}\u001b[3${worstFirst.indexOf(status)}m`,
  draw: (head, rows) => [head, ...rows].map((row) => row.join(' | ')).join('\n'),
  width: 240,
};
/** A colour takes no room on a screen; here its name is seen. */
const textOf = (...given: Parameters<typeof written>) =>
  written(...given).replaceAll(/\u001b\[3(\d)m/g, (_, index) => `<${worstFirst[index]}>`);
type TableOptions = Parameters<typeof tableReport>[0];
const table = (change: Partial<TableOptions>, width: number) =>
  tableReport({ controls, benchmark: 'cis-eks-1.8.0', style: { ...style, width }, ...change });

// One run with everything that a table can show: read these files when it changes.
describe('the whole table', () => {
  it.each<[string, Partial<TableOptions>, number]>([
    ['on a wide screen', {}, 240],
    ['on a screen', {}, 100],
    ['on a narrow screen', {}, 60],
    ['on a screen, in Japanese', { language: 'ja' }, 100],
    ['on a screen, of one control', { controls: controls.slice(1, 2) }, 100],
  ])('%s is the one that was reviewed', (_, change, width) => {
    const everything = { clusters: everywhere, problems, run: { ...run, coverage, waivers } };
    expect(textOf(table(change, width), everything)).toMatchSnapshot();
  });

  it.each([
    ['no cluster', [], 100],
    ['nodes that somebody contradicts', contradicted, 100],
    ['saved files', [byHand], 100],
  ])('of %s is the one that was reviewed', (_, clusters, width) => {
    expect(textOf(table({}, width), { clusters, run })).toMatchSnapshot();
  });

  it('with --verbose names each node, and every fact of what it fails', () => {
    const everything = { clusters: everywhere, problems, run: { ...run, coverage, waivers } };
    const text = textOf(table({ style: { ...style, width: 1_000, verbose: true } }, 1_000), everything);
    for (const { nodes } of everywhere)
      for (const { node, verdicts } of nodes) {
        expect(text).toContain((node.name ?? node.key).replace(/\..*/s, ''));
        for (const verdict of Object.values(verdicts))
          if (verdict.status === 'fail') expect(text).toContain(reasonText(verdict));
      }
  });
});
