import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { remedyFor } from '../../findings/remedies/remedy.ts';
import type { Control } from '../../judge/control.ts';
import type { VerdictStatus } from '../../model/model.ts';
import type { SettingPath } from '../../model/settings.ts';
import { printable } from '../../model/text/words.ts';
import { type DecidingPlace, type JudgedNext, judgeNextNode, placeOf } from '../judge/judge-next-node.ts';
import type { NextNodeGroup } from '../read/carriers/carrier.ts';
import type { FileKind } from '../read/carriers/file-kinds.ts';
import { type FileRange, lineAt } from '../read/carriers/mapped-text.ts';
import { declaredBy } from '../read/carriers/recognize.ts';
import { fileDiff, looksSecret } from './file-diff.ts';
import { replacement } from './replacement.ts';

export interface FixOptions {
  readonly name: string;
  readonly text: string;
  readonly as?: FileKind;
  readonly controls: readonly Control[];
  readonly kubeletVersion?: string;
  readonly ami?: 'standard' | 'custom';
}

export interface FixedFile {
  /** The file with every edit that holds. */
  readonly text: string;
  /** From the one to the other, for `git apply`; empty where nothing could be edited. */
  readonly diff: string;
  /** What to change where an edit of this file would not do. One sentence each. */
  readonly advice: readonly string[];
}

/** A value may be hidden behind another one, that behind a flag, and so on. */
const mostEditsOfSetting = 20;

/** Each edit reads the file anew: so many characters in all, which is 500 edits of a file of 10 KB. */
const mostCharacters = 5_000_000;

/** Edits the file's own settings until they pass, by position: every other character stays. Each edit is judged again before it counts. */
export function fixNextFile(options: FixOptions): FixedFile {
  const { name, controls } = options;
  const advice = new Set<string>();
  const changes: Change[] = [];
  const judge = judging(options);
  let text = options.text;
  let left = mostCharacters;
  const count = declaredIn(text, options).length;

  for (let index = 0; index < count; index += 1)
    for (const control of controls) {
      if (left < 0) break;
      const result = fixSetting(text, { options, judge, index, control });
      if (result === undefined) continue;
      left -= text.length * (1 + ('text' in result ? result.changes.length : 1));
      if ('text' in result) {
        text = result.text;
        changes.push(...result.changes);
      } else advice.add(result.advice);
    }

  if (left < 0)
    advice.add(`${printable(name, 300)}: not every setting is looked at; apply this, and run the command again`);

  if (text === options.text) return { text, diff: '', advice: [...advice] };
  const { text: diff, hidden } = fileDiff({ name, before: options.text, after: text });
  const untold = hidden.flatMap((line) => changes.filter((change) => change.line === line));
  return { text, diff, advice: [...advice, ...untold.map((change) => hiddenAdvice(name, change))] };
}

/** One value that was edited. */
interface Change {
  readonly line: number;
  readonly setting: SettingPath;
  readonly wanted: string;
}

const hiddenAdvice = (name: string, { line, setting, wanted }: Change): string =>
  `${printable(name, 300)}:${line}: write ${wanted} for ${setting}; the difference is not shown, since lines around it look like secrets`;

interface SettingOptions {
  readonly options: FixOptions;
  readonly judge: Judge;
  readonly index: number;
  readonly control: Control;
}

type Fixed = { readonly text: string; readonly changes: readonly Change[] } | { readonly advice: string };

/** `undefined` where there is nothing to fix. */
function fixSetting(given: string, { options, judge, index, control }: SettingOptions): Fixed | undefined {
  const before = judge(given, index);
  if (before === undefined || statusOf(before, control) !== 'fail') return undefined;
  if (control.about.kind !== 'setting') return { advice: byHand(before.group, control) };

  const { setting } = control.about;
  const changes: Change[] = [];
  let text = given;
  for (let edits = 0; edits < mostEditsOfSetting; edits += 1) {
    const judged = judge(text, index);
    if (judged === undefined || isWorse(before, judged)) break;
    const status = statusOf(judged, control);
    if (status === 'pass') return { text, changes };
    if (status !== 'fail') break;

    const deciding = placeOf(judged.places, setting);
    const edit = deciding && editOf(text, { deciding, group: judged.group });
    if (deciding === undefined || edit === undefined) break;
    changes.push({ line: lineAt(text, edit.start), setting: deciding.setting, wanted: edit.text.replace(/^=/, '') });
    text = withEdit(text, edit);
  }
  return { advice: adviceOf({ ...options, text: given }, { before, control, setting }) };
}

/** Nothing else may fail by an edit, and no node may be kept out by it. */
function isWorse(before: JudgedNext, after: JudgedNext): boolean {
  const others = Object.entries(after.audit.verdicts).some(
    ([slug, { status }]) => status !== 'pass' && before.audit.verdicts[slug]?.status === 'pass',
  );
  return others || (after.joins.status === 'no' && before.joins.status !== 'no');
}

const statusOf = ({ audit }: JudgedNext, { slug }: Control): VerdictStatus | undefined => audit.verdicts[slug]?.status;

type Judge = (text: string, index: number) => JudgedNext | undefined;

const declaredIn = (text: string, { name, as }: FixOptions): readonly NextNodeGroup[] => {
  const declared = declaredBy({ name, bytes: Buffer.from(text), ...(as && { as }) });
  return declared.ok ? declared.value.groups : [];
};

/** Judges a node group of one text after another; what was judged last is kept, since one control after another asks for it. */
function judging(options: FixOptions): Judge {
  const { name, controls, kubeletVersion, ami } = options;
  let last: { readonly text: string; readonly groups: readonly NextNodeGroup[] } = { text: '', groups: [] };
  let known: { readonly group: NextNodeGroup; readonly judged: JudgedNext } | undefined;
  return (text, index) => {
    if (text !== last.text) last = { text, groups: declaredIn(text, options) };
    const group = last.groups[index];
    if (group === undefined || group === known?.group) return group && known?.judged;
    const judged = judgeNextNode(group, {
      controls,
      file: { name, text },
      scripts: 'left-out',
      ...(kubeletVersion !== undefined && { kubeletVersion }),
      ...(ami && { ami }),
    });
    known = { group, judged };
    return judged;
  };
}

/** One range of a file, and what is to be there. */
interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const withEdit = (text: string, { start, end, text: wanted }: TextEdit): string =>
  text.slice(0, start) + wanted + text.slice(end);

interface EditOptions {
  readonly deciding: DecidingPlace;
  readonly group: NextNodeGroup;
}

function editOf(text: string, { deciding, group }: EditOptions): TextEdit | undefined {
  const { place, written, setting } = deciding;
  if (group.madeBy !== undefined || written === undefined || written.behind !== undefined) return undefined;

  const piece = group.content.status === 'known' ? group.content.pieces[place.piece] : undefined;
  const { value, entry } = written;
  if (value === undefined) return entry && flagWithValue(text, entry, { deciding, group });

  const old = text.slice(value.start, value.end);
  const around = entry ? text.slice(entry.start, entry.end) : keyBefore(text, value.start);
  const wanted = replacement({ setting, kind: group.kind, place, old, entry: around });
  // A quote would end the text that this is in.
  const isPlain = piece?.written?.spelling !== 'quoted' || !/["'\\]/.test(wanted ?? '');
  return wanted !== undefined && isPlain ? { ...value, text: wanted } : undefined;
}

/** A flag without a value is true: it gets one. */
function flagWithValue(
  text: string,
  entry: FileRange,
  { deciding: { place, setting }, group }: EditOptions,
): TextEdit | undefined {
  const old = text.slice(entry.start, entry.end);
  const bare = /^(["']?)--?([\w-]+)\1$/.exec(old);
  const wanted = bare?.[2] === place.flag && replacement({ setting, kind: group.kind, place, old: '', entry: '' });
  if (!bare || !wanted) return undefined;
  const end = entry.end - (bare[1]?.length ?? 0);
  return { start: end, end, text: `=${wanted}` };
}

/** The key in front of a value, to see how it is quoted. */
function keyBefore(text: string, start: number): string {
  const before = text.slice(Math.max(0, start - 200), start).trimEnd();
  if (!before.endsWith(':')) return '';
  return /["']?(?<![\w.-])[\w.-]+["']?$/.exec(before.slice(0, -1).trimEnd())?.[0] ?? '';
}

interface AdviceOptions {
  readonly before: JudgedNext;
  readonly control: Control;
  readonly setting: SettingPath;
}

/** What to write, and where; never a word of the file but the judged lines themselves. */
function adviceOf({ name, text }: FixOptions, { before, control, setting }: AdviceOptions): string {
  const { group } = before;
  const deciding = placeOf(before.places, setting);
  if (deciding?.written === undefined) return byHand(group, control);

  const { written, place } = deciding;
  const where = `${printable(name, 300)}:${lineAt(text, written.at)}: node group ${group.name}`;
  const wanted = place.flag === undefined ? deciding.setting : `--${place.flag}`;
  const change = shownChange(group, deciding);
  const reason = group.madeBy ?? detourText[written.behind ?? 'elsewhere'];
  return `${where}: set ${wanted} so that it passes (expected ${control.expected}); ${reason}${change ?? ''}`;
}

const detourText: Readonly<Record<string, string>> = {
  alias: 'an alias, an anchor or a merge key shares the value with other places: write the value itself at this one',
  'block-scalar': 'the value is in a block that an edit would change as a whole: write it on one line',
  encoding: 'the text is encoded: decode it, change it, and encode it again',
  shell: 'a script makes the value: change it there',
  elsewhere: 'no edit of one value does it',
};

const byHand = (group: NextNodeGroup, control: Control): string =>
  `node group ${group.name}: ${recommendation(control, remedyFor({ kind: group.kind, group: { kind: group.group, name: group.name } })).Text}`;

/** The changed line of user data that is not edited here, without the lines around it; nothing where it may hold a secret. */
function shownChange(
  group: NextNodeGroup,
  { setting, place }: Pick<DecidingPlace, 'setting' | 'place'>,
): string | undefined {
  const piece = group.content.status === 'known' ? group.content.pieces[place.piece]?.piece : undefined;
  if (piece === undefined || piece.from === 'kubelet' || place.value === undefined || place.behind !== undefined)
    return undefined;

  const bytes = Buffer.from(piece.bytes);
  const { start, end } = place.value;
  const entry = place.entry ? bytes.toString('utf8', place.entry.start, place.entry.end) : '';
  const wanted = replacement({ setting, kind: group.kind, place, old: bytes.toString('utf8', start, end), entry });
  if (wanted === undefined) return undefined;

  const lineStart = bytes.lastIndexOf('\n', start - 1) + 1;
  const next = bytes.indexOf('\n', end);
  const lineEnd = next === -1 ? bytes.length : next;
  const before = bytes.toString('utf8', lineStart, lineEnd);
  const after = bytes.toString('utf8', lineStart, start) + wanted + bytes.toString('utf8', end, lineEnd);
  if (looksSecret(before)) return undefined;
  const line = place.line === undefined ? '' : ` line ${place.line}`;
  return `; in the user data${line}:\n#   -${printable(before, 300)}\n#   +${printable(after, 300)}`;
}
