import { describe, expect, it } from 'vitest';
import { worstFirst } from '../../../../lambda/core/model/statuses.ts';
import type { TableStyle } from '../../../../lambda/core/report/report.ts';
import { tableReport } from '../../../../lambda/core/report/terminal/table.ts';
import { textOf as written } from '../report-text.ts';
import { byHand, contradicted, controls, coverage, everywhere, inEks, problems, run, waivers } from '../telling-run.ts';

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
    ['on a narrow screen, brief', { brief: true }, 60],
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

  it('on a screen shows the notes of a reading with all that a node passes', () => {
    const [quiet] = inEks;
    const nodes = quiet!.nodes.map((each) => ({ ...each, facts: { via: 'ssm', notes: ['seen from afar'] } as const }));
    const text = textOf(table({ controls: controls.slice(0, 2) }, 100), { clusters: [{ ...quiet!, nodes }], run });

    expect(text.split('\n').slice(1, 3)).toEqual([
      'VERDICT | NODE | NODE GROUP | WHAT WAS FOUND',
      'pass<pass> | ip-10-0-0-6 | workers | both controls: seen from afar',
    ]);
  });
});
