import type { VNode } from 'preact';
import { html } from './html.ts';

/** Its name, and a class of its cells. */
type Column = string | readonly [name: string, kind: 'number' | 'value'];
/** Cells, the first of which names the row; with what the row's element has besides. */
type Row = readonly unknown[] | { readonly cells: readonly unknown[]; readonly props: object };

interface TableOptions {
  readonly rows: readonly Row[];
  /** Classes of the columns, in their order. */
  readonly widths?: readonly string[];
  /** How many rows are left out, and of what. */
  readonly more?: readonly [left: number, what: string];
  /** On a small screen it stays a table, where others have a block for each row. */
  readonly isSmall?: boolean;
}

/** A table whose cells have the name of their column, which small screens show. */
export function table(columns: readonly Column[], { rows, widths = [], more, isSmall = false }: TableOptions): VNode {
  const named = columns.map((each) => (typeof each === 'string' ? [each] : each));
  const cell = (value: unknown, index: number) => {
    const [label, kind] = named[index] ?? [];
    return index === 0
      ? html`<th scope="row">${value}</th>`
      : html`<td data-label=${isSmall ? undefined : label} class=${kind}>${value}</td>`;
  };
  return html`<table class=${isSmall ? undefined : 'nodes'}>
    ${widths.length > 0 ? html`<colgroup>${widths.map((each) => html`<col class=${each || undefined} />`)}</colgroup>` : undefined}
    <thead><tr>${named.map(([name, kind]) => html`<th scope="col" class=${kind === 'number' ? kind : undefined}>${name}</th>`)}</tr></thead>
    <tbody>
      ${rows.map((row) => ('cells' in row ? html`<tr ...${row.props}>${row.cells.map(cell)}</tr>` : html`<tr>${row.map(cell)}</tr>`))}
      ${more && moreRow(columns.length, ...more)}
    </tbody>
  </table>`;
}

/** A row that says how many are left out. */
const moreRow = (columns: number, left: number, what: string): VNode | undefined =>
  left > 0
    ? html`<tr><td colspan=${columns} class="quiet">… and ${left} more ${what}: see the JSON result</td></tr>`
    : undefined;

/** A table that scrolls on its own where it is wider than the page, and can then be reached by keyboard. */
export const scrolling = (label: string, content: VNode): VNode =>
  html`<div class="scroll" role="region" aria-label=${label} tabindex="0">${content}</div>`;
