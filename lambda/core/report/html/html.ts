import htm from 'htm';
import { type ComponentChildren, h, type VNode } from 'preact';
import { type AccessState, accessStates, type Language } from '../../model/access-states.ts';
import { howMany, printable, shortHash } from '../../model/text/words.ts';
import type { Standing } from '../posture.ts';
import { standingWords } from '../standing-words.ts';

/** Longer than any list of this program; one text of a node is bounded long before. */
const longest = 100_000;

/** One printable line, with the blanks around it as they are: the template puts words together. */
const plainText = (text: string): string => text.replace(/[^ ](?:[\s\S]*[^ ])?/, (words) => printable(words, longest));

const plainChild = (child: ComponentChildren): ComponentChildren => {
  if (typeof child === 'string') return plainText(child);
  return Array.isArray(child) ? child.map(plainChild) : child;
};

const plainProp = (value: unknown): unknown => (typeof value === 'string' ? plainText(value) : value);

const element = (
  type: string,
  props: Readonly<Record<string, unknown>> | null,
  ...children: readonly ComponentChildren[]
): VNode =>
  h(
    type,
    Object.fromEntries(Object.entries(props ?? {}).map(([name, value]) => [name, plainProp(value)])),
    ...children.map(plainChild),
  );

/** A text of several lines, such as a file. */
export function preformatted(text: string): VNode {
  const props: Readonly<Record<string, unknown>> = { class: 'copied' };
  const type: string = 'pre';
  return h(type, props, text.trimEnd().split('\n').map(plainText).join('\n'));
}

// The package's types declare a `default` that its ES module lacks. What is there is a function, bound to the maker of elements as `this`.
const template: unknown = htm;
if (typeof template !== 'function') throw new TypeError('htm is no function');

/** Templates of a page. All text is escaped when it is rendered and made printable here: no characters that move a terminal or reorder text. */
export const html: (strings: TemplateStringsArray, ...values: readonly unknown[]) => VNode = template.bind(element);

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
  /** Its name, where it scrolls on its own. */
  readonly scrolls?: string;
}

/** A table whose cells have the name of their column, which small screens show. */
export function table(columns: readonly Column[], options: TableOptions): VNode {
  const { rows, widths = [], more, isSmall = false, scrolls } = options;
  const named = columns.map((each) => (typeof each === 'string' ? [each] : each));
  const cell = (value: unknown, index: number) => {
    const [label, kind] = named[index] ?? [];
    return index === 0
      ? html`<th scope="row">${value}</th>`
      : html`<td data-label=${isSmall ? undefined : label} class=${kind}>${value}</td>`;
  };
  const drawn = html`<table class=${isSmall ? undefined : 'nodes'}>
    ${widths.length > 0 ? html`<colgroup>${widths.map((each) => html`<col class=${each || undefined} />`)}</colgroup>` : undefined}
    <thead><tr>${named.map(([name, kind]) => html`<th scope="col" class=${kind === 'number' ? kind : undefined}>${name}</th>`)}</tr></thead>
    <tbody>
      ${rows.map((row) => ('cells' in row ? html`<tr ...${row.props}>${row.cells.map(cell)}</tr>` : html`<tr>${row.map(cell)}</tr>`))}
      ${more && moreRow(columns.length, ...more)}
    </tbody>
  </table>`;
  return scrolls === undefined ? drawn : scrolling(scrolls, drawn);
}

/** A row that says how many are left out. */
const moreRow = (columns: number, left: number, what: string): VNode | undefined =>
  left > 0
    ? html`<tr><td colspan=${columns} class="quiet">… and ${left} more ${what}: see the JSON result</td></tr>`
    : undefined;

/** A table that scrolls on its own where it is wider than the page, and can then be reached by keyboard. */
export const scrolling = (label: string, content: VNode): VNode =>
  html`<div class="scroll" role="region" aria-label=${label} tabindex="0">${content}</div>`;

export const nodes = (count: number): string => howMany(count, 'node');

export const tag = (standing: Standing): VNode =>
  html`<span class=${`tag ${standing}`}>${standingWords[standing]}</span>`;

/** The state of nodes, by the table of states. */
export const stateTag = (state: AccessState, language: Language = 'en'): VNode =>
  html`<span class=${`tag ${state}`}>${accessStates[state][language].name}</span>`;

/** A claim, in quotation marks. */
export const ownerWords = (owner: string | undefined): string => (owner ? `“${owner}”` : 'no owner');

/** Far more than any page has; an attribute has at most 100,000 characters. */
const mostTokens = 2_500;

/** A name in the page's filter: names themselves can contain anything. */
export const filterToken = (name: string): string => (name === '' ? 'none' : shortHash(name));

/** By what the script filters a row. */
export const filtered = (groups: readonly string[], owners: readonly (string | undefined)[]) => ({
  'data-groups': tokens(groups),
  ...(owners.some(Boolean) && { 'data-owners': tokens(owners.map((each) => each ?? '')) }),
});

const tokens = (names: readonly string[]): string =>
  [...new Set(names)].slice(0, mostTokens).map(filterToken).join(' ');
