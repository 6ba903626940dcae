import { recommendation } from '../../findings/remedies/remediation-text.ts';
import { remedyFor } from '../../findings/remedies/remedy.ts';
import type { Control } from '../../judge/control.ts';
import type { VerdictStatus } from '../../model/model.ts';
import type { SettingPath } from '../../model/settings.ts';
import { printable } from '../../model/text/printable.ts';
import { type DecidingPlace, type JudgedNext, judgeNextNode, placeOf } from '../judge/judge-next-node.ts';
import type { NextNodeGroup } from '../read/carriers/carrier.ts';
import type { FileKind } from '../read/carriers/file-kinds.ts';
import { type FileRange, lineAt, type Spelling, spelled } from '../read/carriers/mapped-text.ts';
import { declaredBy } from '../read/carriers/recognize.ts';
import { fileDiff } from './file-diff.ts';
import { replacement } from './replacement.ts';
import { shownChange } from './shown-change.ts';

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
  const judge = new Judge(options);
  let text = options.text;
  let left = mostCharacters;
  const count = judge.groupsOf(text).length;

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
    advice.add(`${printable(name, 300)}: not every setting is looked at; apply this, and give the command again`);

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
  const before = judge.at(given, index);
  if (before === undefined || statusOf(before, control) !== 'fail') return undefined;
  if (control.about.kind !== 'setting') return { advice: byHand(before.group, control) };

  const { setting } = control.about;
  const changes: Change[] = [];
  let text = given;
  for (let edits = 0; edits < mostEditsOfSetting; edits += 1) {
    const judged = judge.at(text, index);
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

/** Judges node groups of one text after another; what was read of the last one is kept. */
class Judge {
  readonly #options: FixOptions;
  readonly #judged = new Map<number, JudgedNext>();
  #text: string | undefined;
  #groups: readonly NextNodeGroup[] = [];

  constructor(options: FixOptions) {
    this.#options = options;
  }

  groupsOf(text: string): readonly NextNodeGroup[] {
    if (text === this.#text) return this.#groups;
    const { name, as } = this.#options;
    const declared = declaredBy({ name, bytes: Buffer.from(text), ...(as && { as }) });
    this.#judged.clear();
    this.#text = text;
    this.#groups = declared.ok ? declared.value.groups : [];
    return this.#groups;
  }

  at(text: string, index: number): JudgedNext | undefined {
    const group = this.groupsOf(text)[index];
    const known = this.#judged.get(index);
    if (known !== undefined || group === undefined) return known;
    const { name, controls, kubeletVersion, ami } = this.#options;
    const result = judgeNextNode(group, {
      controls,
      file: { name, text },
      scripts: 'left-out',
      ...(kubeletVersion !== undefined && { kubeletVersion }),
      ...(ami && { ami }),
    });
    this.#judged.set(index, result);
    return result;
  }
}

/** One range of a file, and what is to be there. */
interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly spelling: Spelling;
}

const withEdit = (text: string, { start, end, text: wanted, spelling }: TextEdit): string =>
  text.slice(0, start) + spelled(wanted, spelling) + text.slice(end);

interface EditOptions {
  readonly deciding: DecidingPlace;
  readonly group: NextNodeGroup;
}

function editOf(text: string, { deciding, group }: EditOptions): TextEdit | undefined {
  const { place, written, setting } = deciding;
  if (group.madeBy !== undefined || written === undefined || written.behind !== undefined) return undefined;

  const piece = group.content.status === 'known' ? group.content.pieces[place.piece] : undefined;
  const spelling = piece?.written?.spelling ?? 'as-is';
  const { value, entry } = written;
  if (value === undefined) return entry && flagWithValue(text, entry, { deciding, group });

  const old = decoded(text.slice(value.start, value.end), spelling);
  const around = entry ? decoded(text.slice(entry.start, entry.end), spelling) : keyBefore(text, value.start);
  const wanted = replacement({ setting, kind: group.kind, place, old, entry: around });
  return wanted === undefined ? undefined : { ...value, text: wanted, spelling };
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
  return { start: end, end, text: `=${wanted}`, spelling: 'as-is' };
}

const decoded = (source: string, spelling: string): string =>
  spelling === 'double-quoted' ? source.replaceAll('\\"', '"') : source;

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
  const change = shownChange(group, { setting: deciding.setting, place });
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
