import { waiverText } from '../../findings/asff/status-reasons.ts';
import { waiverOf } from '../../findings/roll-up.ts';
import { accessControls, inDoubt } from '../../judge/access.ts';
import type { Control } from '../../judge/control.ts';
import { alikeBy } from '../../model/alike-by.ts';
import type { Verdict } from '../../model/model.ts';
import type { ReportedNode } from '../../model/reported-audit.ts';
import { originText, viaText } from '../../model/text/origin-text.ts';
import { allOf, byText } from '../../model/text/words.ts';
import { evidenceIn, reasonIn, verdictStanding } from '../../model/verdict-parts.ts';
import { type Standing, standings } from '../posture.ts';
import { controlNumbers, type ReportedControls } from '../report.ts';
import { accessName } from './matrix.ts';

/** A row that one or more nodes share. */
export interface NodeLine {
  readonly nodes: readonly [ReportedNode, ...ReportedNode[]];
  readonly standing: Standing;
  readonly found: readonly NodeFinding[];
  /** It is unknown because of the source, not because of the node. */
  readonly blind: boolean;
}

/** The result in a few words, such as `no client CA`, and the details for a note below the table. */
export interface NodeFinding {
  readonly label: string;
  readonly where: string;
  /** It is one of the four that decide the headline. */
  readonly ofAccess?: true;
}

/**
 * The lines of one cluster on a screen, the worst first, then by node group: one for each node and verdict, with its controls and reasons. Passing
 * and out-of-scope results, and what a source cannot show of any node, are one line for all nodes. More than ten nodes of one group with the same
 * results are one line too.
 */
export function nodeLines(nodes: readonly ReportedNode[], options: ReportedControls): readonly NodeLine[] {
  const lines = nodes.flatMap((node) => linesOf(node, options));
  const folded = [...alikeBy(lines, sameLine).values()].flatMap((alike) =>
    isQuiet(alike[0]) || alike.length > mostAlike ? [asOne(alike)] : alike,
  );
  return folded.toSorted(
    (one, other) =>
      standings.indexOf(one.standing) - standings.indexOf(other.standing) ||
      Number(one.blind) - Number(other.blind) ||
      doorsOf(other) - doorsOf(one) ||
      Number(isTheRest(one)) - Number(isTheRest(other)) ||
      byText<NodeLine>(({ nodes: [{ node }] }) => node.group.name)(one, other),
  );
}

/** So many nodes of a group are still listed one by one. */
const mostAlike = 10;

/** Whether several nodes that do not simply pass are one line. */
export const isFolded = (line: NodeLine): boolean => line.nodes.length > 1 && !isQuiet(line);

const isQuiet = ({ blind, standing }: NodeLine): boolean =>
  blind || standing === 'pass' || standing === 'not-applicable';

/** How many of the four that decide the headline are among its reasons: the worst node comes first. */
const doorsOf = ({ found }: NodeLine): number => found.filter(({ ofAccess }) => ofAccess).length;

/** The label of the controls that a node passes, beside those that it doesn't. */
const theRest = 'the other controls';

const isTheRest = ({ found }: NodeLine): boolean => found[0]?.label === theRest;

function sameLine(line: NodeLine): string {
  const [{ node }] = line.nodes;
  // A reason may name its node.
  const said = JSON.stringify([line.standing, line.blind, line.found]).replaceAll(node.key, '');
  return isQuiet(line) ? said : [said, node.group.kind, node.group.name, node.kind].join('\n');
}

const asOne = ([first, ...others]: readonly [NodeLine, ...NodeLine[]]): NodeLine => {
  return { ...first, nodes: [first.nodes[0], ...others.map((each) => each.nodes[0])] };
};

function linesOf(node: ReportedNode, options: ReportedControls): readonly NodeLine[] {
  const judged = judgedOf(node, options.controls);
  const blind = judged.filter((each) => cannotShow(node, each));
  const seen = judged.filter((each) => !blind.includes(each));
  const line = (standing: Standing, found: readonly NodeFinding[], isBlind = false): readonly NodeLine[] =>
    found.length > 0 ? [{ nodes: [node], standing, found, blind: isBlind }] : [];

  return [
    ...standings.flatMap((standing) => {
      const own = seen.filter(({ verdict }) => verdictStanding(verdict) === standing);
      const isAll = own.length === judged.length;
      if (standing === 'pass') return line(standing, passed(node, own, isAll));
      if (standing === 'unknown' || standing === 'not-applicable')
        return line(standing, [...unnamed(node, standing, options), ...sharedReasons(own, { ...options, isAll })]);
      return line(standing, reasonsOf(node, own, standing));
    }),
    ...line('unknown', sharedReasons(blind, { ...options, isAll: false }), true),
  ];
}

/**
 * The failures in words, the worst first: the reasons of the headline, asked for or not, then the other controls. A failure that is waived or only
 * probable is on the line of its own verdict.
 */
function reasonsOf({ access }: ReportedNode, own: readonly Judged[], standing: Standing): readonly NodeFinding[] {
  const doors = access?.status === standing ? access.because.split('; ') : [];
  const asked = own.map((judged) => ({ judged, words: reasonWords(judged, standing) }));
  // A control that was not asked for may decide the headline, too.
  const unasked = doors
    .filter((each) => (standing === 'waived' || !isWaivedWord(each)) && asked.every(({ words }) => words !== each))
    .map((words) => ({ judged: undefined, words }));

  return [...asked, ...unasked]
    .toSorted((one, other) => doorIndex(doors, one.words) - doorIndex(doors, other.words))
    .map(({ judged, words }) => (judged ? foundOf(judged, words, doors) : { label: words, where: '', ofAccess: true }));
}

const doorIndex = (doors: readonly string[], label: string): number => {
  const index = doors.indexOf(label);
  return index === -1 ? doors.length : index;
};

/** Of a node that fails otherwise, the headline also names what is waived: that has a line of its own. */
const isWaivedWord = (words: string): boolean => words.startsWith('waived: ');

const reasonWords = ({ control }: Judged, standing: Standing): string =>
  standing === 'warn' ? inDoubt(control) : standing === 'waived' ? `waived: ${control.failure}` : control.failure;

/** A value that says more than the words is beside them, or in the note where it is long. */
function foundOf({ verdict }: Judged, label: string, doors: readonly string[]): NodeFinding {
  const [value, origin] = valueCells(verdict);
  // The running value decides, so its origin is left out.
  const where = origin.replace(/^running configuration, by [^;]*(?:; )?/, '');
  const isOf = doors.includes(label) && ({ ofAccess: true } as const);
  if (plainValues.includes(value)) return { label, where, ...isOf };
  if (value.length <= longestValue) return { label: `${label} (${value})`, where, ...isOf };
  return { label, where: `${value}; ${where}`, ...isOf };
}

const plainValues: readonly string[] = ['', '(not set)', 'true', 'false', 'AlwaysAllow'];
const longestValue = 16;

/** The headline of a node that is unknown because of a control that was not asked for. */
function unnamed({ access }: ReportedNode, standing: Standing, { controls }: ReportedControls): readonly NodeFinding[] {
  if (access?.status !== standing || standing !== 'unknown') return [];
  const areShown = accessControls.every((slug) => controls.some((each) => each.slug === slug));
  return areShown ? [] : [{ label: accessName, where: access.because }];
}

/** The passes of one node: with one control its value, with several how many, and what is worth a note. */
function passed({ facts }: ReportedNode, own: readonly Judged[], isAll: boolean): readonly NodeFinding[] {
  const [first, ...others] = own;
  if (!first) return [];
  const evidence = evidenceIn(first.verdict);
  if (isAll && others.length === 0 && evidence) return [{ label: evidence.value, where: evidence.notes.join('; ') }];
  return [{ label: isAll ? allOf(own.length, 'control') : theRest, where: (facts?.notes ?? []).join('; ') }];
}

/** Controls that one reason leaves without a verdict, listed together. */
function sharedReasons(
  own: readonly Judged[],
  { benchmark, controls, isAll }: ReportedControls & { readonly isAll: boolean },
): readonly NodeFinding[] {
  const isOnly = controls.length === 1;
  const byReason = [...alikeBy(own, ({ verdict }) => whyOf(verdict))];
  return byReason.map(([where, group]): NodeFinding => {
    const which = controlNumbers(
      group.map(({ control }) => control),
      benchmark,
    );
    const label = isOnly
      ? ''
      : isAll && byReason.length === 1 && group.length > 1
        ? allOf(group.length, 'control')
        : which;
    return {
      label: [label, ...(group[0].verdict.status === 'unknown' ? [notRead] : [])].filter(Boolean).join(' '),
      where,
    };
  });
}

const notRead = 'not read';

/** A control that was asked, and what came of it. */
interface Judged {
  readonly control: Control;
  readonly verdict: Verdict;
}

const judgedOf = (node: ReportedNode, controls: readonly Control[]): readonly Judged[] =>
  controls.flatMap((control): readonly Judged[] => {
    const verdict = node.verdicts[control.slug];
    return verdict ? [{ control, verdict }] : [];
  });

/** The value, and where it comes from with all notes about it. */
function valueCells(verdict: Verdict): readonly [string, string] {
  const evidence = evidenceIn(verdict);
  if (!evidence) return ['', whyOf(verdict)];

  const { value, origin, via, notes } = evidence;
  const joined = [`${originText(origin)}, by ${viaText[via]}`, whyOf(verdict), ...notes].filter(Boolean);
  return [value, joined.join('; ')];
}

/** The reason of a verdict, and what a person has accepted, or had. */
function whyOf(verdict: Verdict): string {
  const waiver = waiverOf(verdict);
  return [reasonIn(verdict), waiver && waiverText(waiver)].filter(Boolean).join('; ');
}

/** A node was read by a source that shows settings only, and this is none. No other source was tried on it, which would be a reason of its own. */
const cannotShow = ({ facts, otherFacts = [], failures }: ReportedNode, { control, verdict }: Judged): boolean =>
  verdict.status === 'unknown' &&
  control.about.kind !== 'setting' &&
  failures.length === 0 &&
  facts !== undefined &&
  [facts, ...otherFacts].every(({ via }) => via !== 'ssm');
