import { reasonText, waiverText } from '../../findings/asff/status-reasons.ts';
import { waiverOf } from '../../findings/roll-up.ts';
import { mostUrgentFirst, type Statement, statementsOf } from '../../findings/statement.ts';
import { causeText } from '../../findings/statement-words.ts';
import { type AccessState, accessStates, type Language, stateOrder } from '../../model/access-states.ts';
import { alikeBy } from '../../model/alike-by.ts';
import type { AccessStatus, VerdictStatus } from '../../model/model.ts';
import type { ReportedAudit, ReportedNode } from '../../model/reported-audit.ts';
import { worstFirst } from '../../model/statuses.ts';
import { howMany, nameList } from '../../model/text/words.ts';
import { columns, hanging } from '../../model/text/wrap.ts';
import { verdictStanding } from '../../model/verdict-parts.ts';
import { placeText, plain } from '../not-looked-at.ts';
import type { Standing } from '../posture.ts';
import { controlList, type ReportedControls, type TableStyle } from '../report.ts';
import { tableWords } from './table-words.ts';

export interface StatementLinesOptions extends ReportedControls {
  readonly style: TableStyle;
  /** Only rows of these verdicts; all without. Counts stay whole. */
  readonly only?: readonly VerdictStatus[];
  readonly language?: Language;
}

/** Nodes of a group that are named in its row; more are counted. */
const mostNamed = 2;

/** Node groups that are named in the row of what is closed. */
const mostGroups = 3;

/**
 * The statements of a cluster as a table: a row for each node group and state that needs a person, and one for all that is closed. `details` has the
 * evidence of each node below it.
 */
export function statementLines(audit: ReportedAudit, options: StatementLinesOptions) {
  const { style, only, language = 'en' } = options;
  const shown = statementsOf(audit, options.controls).filter((each) => !only || isAsked(each, only));
  const open = shown.filter(isOpen);
  const closed = [...alikeBy(shown.filter((each) => !isOpen(each)).toSorted(byGroup), ({ state }) => state)];
  // The group of a node is unknown when its files were given by hand.
  const known = audit.inventory.from !== 'saved';
  const words = tableWords[language];
  const row = (state: AccessState, cells: readonly string[]): readonly string[] => [
    style.colour(accessStates[state][language].name, accessStates[state].status),
    ...cells.map(plain),
  ];
  const names = namesByRow(audit);
  const rows = [
    ...open.map((each) => {
      const nodes = nodesText(names.get(rowKey(each.state, each.group)) ?? [], words.nodes);
      return row(each.state, [nodes, ...(known ? [each.group.name] : []), causeText(each, language)]);
    }),
    ...closed.map(([state, all]) => {
      const groups = nameList(
        all.map(({ group }) => group.name),
        mostGroups,
      );
      const nodes = all.reduce((sum, each) => sum + each.nodes, 0);
      return row(state, [words.nodes(nodes), ...(known ? [groups] : []), '']);
    }),
  ];
  const head = [words.state, words.node, ...(known ? [words.group] : []), words.cause];
  return {
    table: rows.length === 0 ? [] : [style.draw(head, rows)],
    open,
    details: evidenceLines(audit, options),
  };
}

/** Rows of a run; the rest is counted. */
const mostRows = 200;

/** The rows of many clusters below their states, in the order in which to act. */
export function stateLines(rows: readonly Statement[], options: StatementLinesOptions): readonly string[] {
  const { style, language = 'en' } = options;
  const shown = rows.toSorted(mostUrgentFirst).slice(0, style.verbose ? undefined : mostRows);
  const isOnePlace = new Set(rows.map(({ accountId, region }) => `${accountId}/${region}`)).size === 1;
  const words = tableWords[language];
  const cells = shown.map((each) =>
    [isOnePlace ? each.cluster : placeText(each), each.group.name, words.nodes(each.nodes)].map(cell),
  );
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((each) => columns(each[column] ?? ''))));
  const lines = shown.map((statement, index) => {
    const before = (cells[index] ?? []).map((text, at) => text + ' '.repeat((widths[at] ?? 0) - columns(text) + 2));
    return hanging(`   ${before.join('')}`, causeText(statement, language), style.width);
  });
  const byState = alikeBy(shown.entries(), ([, { state }]) => state);
  const left = rows.length - shown.length;
  return [
    ...[...byState].flatMap(([state, all]) => {
      const nodes = all.reduce((sum, [, each]) => sum + each.nodes, 0);
      const but = state === 'closed' ? words.otherControls : '';
      const name = `${accessStates[state][language].name}${but}: ${words.nodes(nodes)}`;
      return [` ${style.colour(name, accessStates[state].status)}`, ...all.map(([index]) => lines[index] ?? '')];
    }),
    ...(left > 0 ? [`   and ${howMany(left, 'more row')}; -f json has each`] : []),
  ];
}

/** Characters of one cell; `--verbose` and the other formats have the whole name. */
const longestCell = 34;

const cell = (text: string): string => (text.length <= longestCell ? text : `${text.slice(0, longestCell - 1)}…`);

/** Something fails, or is not known to be closed. */
const isOpen = ({ state, causes }: Statement): boolean =>
  (state !== 'closed' && state !== 'run-by-aws') || causes.length > 0;

/** A waived failure is still one. */
const statusOf = (standing: AccessStatus): VerdictStatus => (standing === 'waived' ? 'fail' : standing);

const isAsked = ({ state, causes }: Statement, only: readonly VerdictStatus[]): boolean =>
  [accessStates[state].status, ...causes.map(({ standing }) => standing)].some((each) => only.includes(statusOf(each)));

const byGroup = (one: Statement, other: Statement): number => one.group.name.localeCompare(other.group.name, 'en');

const rowKey = (state: AccessState, { kind, name }: { readonly kind: string; readonly name: string }): string =>
  [state, kind, name].join('\n');

/** By row, the names of its nodes. */
function namesByRow(audit: ReportedAudit): ReadonlyMap<string, readonly string[]> {
  const short = shortNames(audit);
  const rows = alikeBy(audit.nodes, ({ node, access }) =>
    rowKey(access?.state ?? 'not-read', { ...node.group, name: plain(node.group.name) }),
  );
  return new Map([...rows].map(([key, all]) => [key, all.map(({ node }) => short.get(node.key) ?? node.key)]));
}

function nodesText(names: readonly string[], counted: (nodes: number) => string): string {
  const text = names.join(', ');
  return names.length <= mostNamed && text.length <= longestNames ? text : counted(names.length);
}

/** Characters of the names in a row. */
const longestNames = 20;

/** `ip-10-0-1-11` of `ip-10-0-1-11.eu-west-1.compute.internal`; an address stays whole. */
const hostOf = (name: string): string => (/^[\d.]+$/.test(name) ? name : name.replace(/\..*$/s, ''));

/** By key, the host part of each name that no other node of the cluster shares; the others are called by key. */
function shortNames({ nodes }: ReportedAudit): ReadonlyMap<string, string> {
  const short = nodes.flatMap(({ node: { key, name } }) => (name ? [{ key, name: hostOf(name) }] : []));
  const shared = Map.groupBy(short, ({ name }) => name);
  return new Map(short.filter(({ name }) => shared.get(name)?.length === 1).map(({ key, name }) => [key, name]));
}

/** Nodes that have the same evidence, and the verdicts that are no pass with what was seen; with `verbose` each node, and what passes, too. */
function evidenceLines(audit: ReportedAudit, options: StatementLinesOptions): readonly string[] {
  const { style, language = 'en' } = options;
  const short = shortNames(audit);
  const seen = audit.nodes
    .map((each) => ({ each, verdicts: verdictTexts(each, options) }))
    .filter(({ verdicts }) => verdicts.length > 0)
    .toSorted((one, other) => urgency(one.each) - urgency(other.each));
  const alike = alikeBy(seen, ({ each, verdicts }) => JSON.stringify([each.node.group, verdicts]));
  return [...alike.values()].flatMap((all) => {
    const [{ each, verdicts }] = all;
    const names = all.map(({ each: { node } }) => plain(short.get(node.key) ?? node.key));
    const group = audit.inventory.from === 'saved' ? '' : ` (${plain(each.node.group.name)})`;
    const most = style.verbose ? names.length : undefined;
    const counted = names.length > 1 ? `${tableWords[language].nodes(names.length)}: ` : '';
    return [
      hanging('  ', `${counted}${nameList(names, most)}${group}`, style.width),
      ...verdicts.map(({ standing, text }) => hanging(`    ${style.colour(standing, standing)} `, text, style.width)),
    ];
  });
}

const urgency = ({ access }: ReportedNode): number => stateOrder.indexOf(access?.state ?? 'not-read');

/** The controls that one thing was seen for, together: `3.2.3 kubelet-client-ca-file: … is (not set), expected …`. */
function verdictTexts(
  { node, verdicts }: ReportedNode,
  options: StatementLinesOptions,
): readonly { readonly standing: Standing; readonly text: string }[] {
  const { controls, benchmark, style, only } = options;
  const judged = controls.flatMap((control) => {
    const verdict = verdicts[control.slug];
    if (!verdict) return [];
    const standing = verdictStanding(verdict);
    const isShown = only
      ? only.includes(statusOf(standing))
      : style.verbose || (standing !== 'pass' && standing !== 'not-applicable');
    const waiver = waiverOf(verdict);
    const text = [reasonText(verdict), ...(waiver ? [waiverText(waiver)] : [])].join('; ');
    // A reason may name its node.
    return isShown ? [{ control, standing, text: plain(text.replaceAll(node.key, 'this node')) }] : [];
  });
  return [...alikeBy(judged, ({ standing, text }) => `${standing} ${text}`).values()]
    .map((all) => {
      const [{ standing, text }] = all;
      const names = controlList(
        all.map(({ control }) => control),
        { controls, benchmark },
      );
      return { standing, text: `${names}: ${text}` };
    })
    .toSorted((one, other) => worstFirst.indexOf(one.standing) - worstFirst.indexOf(other.standing));
}

/** Why controls have no verdict on nodes whose state is known: the other ones are said by their state. */
export function unreadReasons(
  { nodes }: Pick<ReportedAudit, 'nodes'>,
  { controls, benchmark }: ReportedControls,
): readonly string[] {
  const unread = nodes.flatMap(({ access, verdicts, node }) =>
    access && ['not-read', 'refuses-api-server'].includes(access.state)
      ? []
      : controls.flatMap((control) => {
          const verdict = verdicts[control.slug];
          return verdict?.status === 'unknown'
            ? [{ control, reason: verdict.because.replaceAll(node.key, 'a node') }]
            : [];
        }),
  );
  return [...alikeBy(unread, ({ reason }) => reason)].map(([reason, all]) => {
    const names = controlList([...new Set(all.map(({ control }) => control))], { controls, benchmark });
    return `${names} not read: ${reason}`;
  });
}
