import { accessControls } from '../../judge/access.ts';
import type { Control } from '../../judge/control.ts';
import { isWaived } from '../../model/is-waived.ts';
import type { Verdict } from '../../model/model.ts';
import type { ReportedAudit, ReportedNode } from '../../model/reported-audit.ts';
import { byText } from '../../model/text/by-text.ts';
import { allOf } from '../../model/text/how-many.ts';
import { controlNumber, controlNumbers } from '../control-list.ts';
import { type Standing, standings } from '../posture.ts';
import { plain } from '../problem-lines.ts';
import type { Footnotes } from './below-table.ts';
import { accessName } from './matrix.ts';
import { cannotShow, type Judged, judgedOf, valueCells, whyOf } from './table-rows.ts';
import type { TableStyle } from './table-style.ts';

/** What one or more nodes have in common. */
export interface NodeLine {
  readonly nodes: readonly [ReportedNode, ...ReportedNode[]];
  readonly standing: Standing;
  readonly found: readonly Found[];
  /** It is unknown because of the source, not because of the node. */
  readonly blind: boolean;
}

/** `3.2.1 true`, and where that comes from. */
interface Found {
  readonly label: string;
  readonly where: string;
}

interface NodeLinesOptions {
  readonly controls: readonly Control[];
  readonly benchmark: string;
}

/**
 * The lines of one cluster on a screen, the worst first, then by node group: one for each node and verdict, with its controls and reasons. Passing
 * and out-of-scope results, and what a source cannot show of any node, are one line for all nodes. More than ten nodes of one group with the same
 * results are one line too.
 */
export function nodeLines(nodes: readonly ReportedNode[], options: NodeLinesOptions): readonly NodeLine[] {
  const lines = nodes.flatMap((node) => linesOf(node, options));
  const folded = [...Map.groupBy(lines, sameLine).values()].flatMap((alike) =>
    isQuiet(alike[0]) || alike.length > mostAlike ? asOne(alike) : alike,
  );
  return folded.toSorted(
    (one, other) =>
      standings.indexOf(one.standing) - standings.indexOf(other.standing) ||
      Number(one.blind) - Number(other.blind) ||
      Number(isAboutAccess(other)) - Number(isAboutAccess(one)) ||
      Number(isTheRest(one)) - Number(isTheRest(other)) ||
      byText<NodeLine>(({ nodes: [{ node }] }) => node.group.name)(one, other),
  );
}

/** So many nodes of a group are still listed one by one. */
const mostAlike = 10;

const isQuiet = (line: NodeLine | undefined): boolean =>
  line !== undefined && (line.blind || line.standing === 'pass' || line.standing === 'not-applicable');

const isAboutAccess = ({ found }: NodeLine): boolean => found.some(({ label }) => label === accessName);

/** What a node passes beside what it does not. */
const theRest = 'the other controls';

const isTheRest = ({ found }: NodeLine): boolean => found[0]?.label === theRest;

function sameLine(line: NodeLine): string {
  const [{ node }] = line.nodes;
  // A reason may name its node.
  const said = JSON.stringify([line.standing, line.blind, line.found]).replaceAll(node.key, '');
  return isQuiet(line) ? said : [said, node.group.kind, node.group.name, node.kind].join('\n');
}

function asOne([first, ...others]: readonly NodeLine[]): readonly NodeLine[] {
  return first ? [{ ...first, nodes: [first.nodes[0], ...others.map((each) => each.nodes[0])] }] : [];
}

const standingOf = (verdict: Verdict): Standing => (isWaived(verdict) ? 'waived' : verdict.status);

function linesOf(node: ReportedNode, options: NodeLinesOptions): readonly NodeLine[] {
  const judged = judgedOf(node, options.controls);
  const blind = judged.filter((each) => cannotShow(node, each));
  const seen = judged.filter((each) => !blind.includes(each));
  const line = (standing: Standing, found: readonly Found[], isBlind = false): readonly NodeLine[] =>
    found.length > 0 ? [{ nodes: [node], standing, found, blind: isBlind }] : [];

  return [
    ...standings.flatMap((standing) => {
      const own = seen.filter(({ verdict }) => standingOf(verdict) === standing);
      const isAll = own.length === judged.length;
      const found = standing === 'pass' ? passed(node, own, isAll) : foundIn(own, { ...options, isAll });
      const access = accessIn(node, standing, { ...options, isAll });
      return line(standing, options.controls.length === 1 ? [...found, ...access] : [...access, ...found]);
    }),
    ...line('unknown', foundIn(blind, { ...options, isAll: false }), true),
  ];
}

/** The headline of a node for which something speaks against it, unless all that was asked says the same. */
function accessIn(
  { access }: ReportedNode,
  standing: Standing,
  { controls, isAll }: Pick<NodeLinesOptions, 'controls'> & { readonly isAll: boolean },
): readonly Found[] {
  if (access?.status !== standing || standing === 'pass' || standing === 'not-applicable') return [];
  // Each open door is a control of its own; where not all of them are shown, the headline says which.
  const areShown = accessControls.every((slug) => controls.some((each) => each.slug === slug));
  if (isAll && (areShown || standing === 'unknown')) return [];
  return [{ label: accessName, where: areShown ? '' : access.because }];
}

/** The passes of one node: with one control its value, with several how many. */
function passed({ facts }: ReportedNode, own: readonly Judged[], isAll: boolean): readonly Found[] {
  const [first, ...others] = own;
  if (!first) return [];
  if (isAll && others.length === 0) {
    const [label, where] = valueCells(first.verdict);
    return [{ label, where }];
  }
  return [{ label: isAll ? allOf(own.length, 'control') : theRest, where: (facts?.notes ?? []).join('; ') }];
}

/** Each value is listed separately; controls with one reason and no value are listed together. */
function foundIn(
  own: readonly Judged[],
  { benchmark, controls, isAll }: NodeLinesOptions & { readonly isAll: boolean },
): readonly Found[] {
  const isOnly = controls.length === 1;
  const byReason = Map.groupBy(own, ({ control, verdict }) =>
    'evidence' in verdict && verdict.evidence ? control.slug : `\n${whyOf(verdict)}`,
  );
  return [...byReason.values()].flatMap((group): readonly Found[] => {
    const [first] = group;
    if (!first) return [];
    if ('evidence' in first.verdict && first.verdict.evidence) {
      const [value, where] = valueCells(first.verdict);
      return [
        { label: isOnly ? value : `${controlNumber(first.control, benchmark) ?? first.control.slug} ${value}`, where },
      ];
    }
    const which = controlNumbers(
      group.map(({ control }) => control),
      benchmark,
    );
    const label = isOnly
      ? ''
      : isAll && byReason.size === 1 && group.length > 1
        ? allOf(group.length, 'control')
        : which;
    return [{ label, where: whyOf(first.verdict) }];
  });
}

interface DrawOptions {
  readonly notes: Footnotes;
  readonly style: TableStyle;
  readonly isOnly: boolean;
}

/** The lines as a table: verdict, node, group, and what was found with the numbers of its reasons. */
export function drawnLines(audit: ReportedAudit, lines: readonly NodeLine[], options: DrawOptions): string {
  const { notes, style, isOnly } = options;
  const names = shortNames(audit);
  // The group of a node is unknown when its files were given by hand.
  const known = audit.inventory.from !== 'saved';

  return style
    .draw(
      ['VERDICT', 'NODE', ...(known ? ['NODE GROUP'] : []), isOnly ? 'VALUE' : 'WHAT WAS FOUND'],
      lines.map((line) => [
        style.colour(line.standing, line.standing === 'waived' ? 'warn' : line.standing),
        nodesCell(line, names),
        ...(known ? [groupsCell(line)] : []),
        foundText(line.found, notes),
      ]),
      0,
    )
    .replaceAll('\u00a0', ' ');
}

/** Whether several nodes that do not simply pass are one line. */
export const isFolded = (line: NodeLine): boolean => line.nodes.length > 1 && !isQuiet(line);

/** `ip-10-0-1-11` of `ip-10-0-1-11.eu-west-1.compute.internal`; an address stays whole. */
const hostOf = (name: string): string => (/^[\d.]+$/.test(name) ? name : name.replace(/\..*$/s, ''));

/** By key, the host part of each name that no other node of the cluster shares; the others are called by key. */
function shortNames({ nodes }: ReportedAudit): ReadonlyMap<string, string> {
  const short = nodes.flatMap(({ node: { key, name } }) => (name ? [{ key, name: hostOf(name) }] : []));
  const shared = Map.groupBy(short, ({ name }) => name);
  return new Map(short.filter(({ name }) => shared.get(name)?.length === 1).map(({ key, name }) => [key, name]));
}

function nodesCell(line: NodeLine, names: ReadonlyMap<string, string>): string {
  const [{ node }, ...others] = line.nodes;
  const name = plain(names.get(node.key) ?? node.key);
  if (others.length === 0) return name;
  return `${line.nodes.length} nodes${isFolded(line) ? `, such as ${name}` : ''}`;
}

/** Names of groups are listed as far as they are no longer than this. */
const longestGroups = 28;

function groupsCell({ nodes }: NodeLine): string {
  const groups = [...new Set(nodes.map(({ node }) => node.group.name))].toSorted();
  const names = plain(groups.join(', '));
  return groups.length > 1 && names.length > longestGroups ? `${groups.length} groups` : names;
}

/** `access, 3.2.1 true, 3.2.2 AlwaysAllow by configz; 3.2.9 (not set) [1] [2]`: values from one place are written before it. */
function foundText(found: readonly Found[], notes: Footnotes): string {
  return found.reduce((text, { label, where }, index) => {
    const isLast = found[index + 1]?.where !== where;
    // Each open door is listed separately: nodes have them in many combinations.
    const reasons = label === accessName ? where.split('; ') : [where];
    const parts = [unbroken(plain(label)), ...(isLast ? reasons.map((each) => notes.refer(plain(each))) : [])];
    const before = found[index - 1];
    const words = unbroken(parts.filter(Boolean).join(' '));
    if (before === undefined) return words;
    return `${text}${before.where === '' || before.where === where ? ',' : ';'} ${words}`;
  }, '');
}

/** A control, its value and its numbers stay on one line. */
const unbroken = (words: string): string => (words.length <= 40 ? words.replaceAll(' ', '\u00a0') : words);
