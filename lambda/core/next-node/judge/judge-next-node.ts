import { accessOf } from '../../judge/access.ts';
import type { Control } from '../../judge/control.ts';
import { evaluate } from '../../judge/evaluate.ts';
import type { ClusterNode, KubeletFacts, NodeAudit, Problem, Verdict } from '../../model/model.ts';
import type { Proof } from '../../model/node-facts.ts';
import { err } from '../../model/result.ts';
import type { SettingPath } from '../../model/settings.ts';
import { printable } from '../../model/text/words.ts';
import { minorVersion } from '../../read/kubelet/known-versions.ts';
import { settingFacts, unknownFact } from '../../read/kubelet/setting-facts.ts';
import type { CarriedPiece, NextNodeGroup } from '../read/carriers/carrier.ts';
import { at, type Located } from '../read/carriers/located.ts';
import { editableRange, type FileRange, lineAt } from '../read/carriers/mapped-text.ts';
import { nextNode } from '../read/next-node.ts';
import type { ByteRange, Joins, NextNode, SettingPlace } from '../read/types.ts';

/** Kubelets before 1.32 keep what a null would delete; before 1.30 drop-ins need a switch. Between these minors nothing that is judged changes. */
const telling = [29, 31, 34];

export interface JudgeNextOptions {
  readonly controls: readonly Control[];
  /** As the file is called, and what is in it. */
  readonly file: { readonly name: string; readonly text: string };
  /** What a person says of the nodes; it counts before what the file says. */
  readonly kubeletVersion?: string;
  readonly ami?: 'standard' | 'custom';
  /** When the file was read, and its hash: of the file as a whole, since a part of it can be a secret that is guessed. */
  readonly proof?: Proof;
  /** Whether scripts beside the settings count; a fix looks at the settings alone. */
  readonly scripts?: 'left-out';
}

/** A node group with the verdicts of the nodes that it will make. */
export interface JudgedNext {
  readonly group: NextNodeGroup;
  readonly audit: NodeAudit;
  readonly joins: Joins;
  readonly problems: readonly Problem[];
  /** Where the file has what decides about a setting. */
  readonly places: ReadonlyMap<SettingPath, DecidingPlace>;
}

export interface DecidingPlace {
  readonly setting: SettingPath;
  readonly place: Parameters<typeof writtenPlace>[1];
  /** Absent where a tool adds it. */
  readonly written?: WrittenPlace;
}

export function judgeNextNode(group: NextNodeGroup, options: JudgeNextOptions): JudgedNext {
  const { controls, file, proof } = options;
  const version = options.kubeletVersion ?? group.kubeletVersion;
  const next = readNext(group, options, version);
  const node = nodeOf(group, file, version);
  const places = new Map([...next.places].map(([path, place]) => [path, decidingPlace(group, path, place)] as const));
  const reading = {
    node,
    ...(next.reading.ok
      ? { facts: { ...withNotes(next.reading.value, group), ...(proof && { proof }) }, failures: [] }
      : { failures: [next.reading.error] }),
  };
  const mayChange = options.scripts === 'left-out' ? undefined : next.mayChange;
  const judge = (control: Control): Verdict =>
    besideScripts(located(evaluate(control, reading), control, { places, file }), mayChange);
  return {
    group,
    audit: {
      ...reading,
      verdicts: Object.fromEntries(controls.map((control) => [control.slug, judge(control)])),
      access: accessOf(judge),
    },
    joins: next.joins,
    problems: problemsOf(group, next.joins),
    places,
  };
}

type Read = Pick<NextNode, 'reading' | 'joins' | 'places' | 'mayChange'>;

function readNext({ content, ...group }: NextNodeGroup, { ami }: JudgeNextOptions, version: string | undefined): Read {
  if (content.status === 'unknown')
    return {
      reading: err({ via: 'files', kind: 'unreadable', because: content.because }),
      joins: { status: 'unknown', because: content.because },
      places: new Map(),
    };

  const pieces = content.pieces.map(({ piece }) => piece);
  const read = (kubeletMinor: number): NextNode =>
    nextNode({ kind: group.kind, cluster: group.cluster, ami: ami ?? group.ami, pieces, kubeletMinor });
  const minor = minorVersion(version);
  if (minor !== undefined) return read(minor);

  const [newest, ...older] = telling.map(read).toReversed();
  return newest === undefined ? read(telling[0] ?? 0) : older.reduce(agreed, newest);
}

/** What holds whichever of the versions it is. */
function agreed(one: Read, other: Read): Read {
  const joins: Joins =
    one.joins.status === other.joins.status
      ? one.joins
      : { status: 'unknown', because: 'it depends on the kubelet’s version; give --kubelet-version' };
  return { ...one, joins, reading: agreedReading(one.reading, other.reading) };
}

function agreedReading(one: NextNode['reading'], other: NextNode['reading']): NextNode['reading'] {
  if (!one.ok || !other.ok) return one.ok ? other : one;

  const versions = ', Kubernetes 1.29 to 1.34';
  const notes = one.value.notes.map((note) => note.replace(/, Kubernetes 1\.\d+(?: to 1\.\d+)?/, versions));
  const settings = settingFacts((path) => {
    const [fact, second] = [one.value.settings[path], other.value.settings[path]];
    const isSame = fact.state === 'known' ? second.state === 'known' && fact.value === second.value : true;
    return isSame ? fact : unknownFact('it depends on the kubelet’s version; give --kubelet-version');
  });
  return { ok: true, value: { ...one.value, settings, notes } };
}

const withNotes = (facts: KubeletFacts, { notes }: NextNodeGroup): KubeletFacts => ({
  ...facts,
  notes: [...facts.notes, ...notes],
});

function decidingPlace({ content }: NextNodeGroup, setting: SettingPath, place: DecidingPlace['place']): DecidingPlace {
  const written = content.status === 'known' ? writtenPlace(content.pieces, place) : undefined;
  return { setting, place, ...(written && { written }) };
}

/** The gate is looked at together with what asks for a certificate at all. */
const lookedAtWith: Partial<Record<SettingPath, SettingPath>> = {
  'featureGates.RotateKubeletServerCertificate': 'serverTLSBootstrap',
};

/** Where the file decides about a setting, or about the one that a control looks at together with it. */
export function placeOf(places: JudgedNext['places'], setting: SettingPath): DecidingPlace | undefined {
  const other = lookedAtWith[setting];
  return places.get(setting) ?? (other && places.get(other));
}

/** Beside a script that may change the kubelet, a stated value that fails still fails, and nothing passes. */
function besideScripts(verdict: Verdict, mayChange: NextNode['mayChange']): Verdict {
  if (mayChange === undefined || !('evidence' in verdict)) return verdict;

  const { evidence } = verdict;
  if (verdict.status === 'pass' || evidence?.origin.from !== 'user-data')
    return { status: 'unknown', because: mayChange.text, scripts: [...mayChange.scripts] };
  const note = `a script of this file may change it: ${mayChange.where}`;
  return { ...verdict, evidence: { ...evidence, notes: [note, ...evidence.notes] } };
}

interface LocatedOptions {
  readonly places: JudgedNext['places'];
  readonly file: JudgeNextOptions['file'];
}

/** What the file decides comes from its line; defaults stay what they are. */
function located(verdict: Verdict, { about }: Control, { places, file }: LocatedOptions): Verdict {
  if (!('evidence' in verdict) || !verdict.evidence || about.kind !== 'setting') return verdict;

  const deciding = placeOf(places, about.setting);
  if (deciding?.written === undefined) return verdict;
  const { part, flag } = deciding.place;
  const origin = {
    from: 'user-data',
    file: printable(file.name, 300),
    line: lineAt(file.text, deciding.written.at),
    ...(part !== undefined && { part }),
    ...(flag !== undefined && { flag }),
  } as const;
  return { ...verdict, evidence: { ...verdict.evidence, origin } };
}

function nodeOf(group: NextNodeGroup, file: JudgeNextOptions['file'], version: string | undefined): ClusterNode {
  return {
    key: group.name,
    machine: { status: 'none', because: 'it does not exist yet' },
    kind: group.kind,
    group: { kind: group.group, name: group.name },
    declaredAt: { file: printable(file.name, 300), line: lineAt(file.text, group.declaredAt) },
    ...(version !== undefined && { kubeletVersion: printable(version, 60) }),
  };
}

function problemsOf({ name, refused }: NextNodeGroup, joins: Joins): readonly Problem[] {
  const problems: Problem[] = [];
  if (refused !== undefined)
    problems.push({
      code: 'node-group-refused',
      message: `no node comes of ${name}: ${refused}`,
      remedy: 'take out what is refused; verdicts say what the file asks for',
    });
  if (joins.status === 'no' || joins.status === 'no-cluster')
    problems.push({
      code: 'node-does-not-join',
      message: `nodes of ${name} do not join a cluster: ${printable(joins.because, 300)}`,
      remedy: 'fix what keeps them out; verdicts say what the settings are all the same',
    });
  return problems;
}

/** Where the file has the value that decides about a setting. */
export interface WrittenPlace {
  /** Offset of the value, or of what holds it. */
  readonly at: number;
  /** The range of the file that is the value and nothing else; absent where an edit there would do more than that. */
  readonly value?: FileRange;
  /** The same of the whole entry. */
  readonly entry?: FileRange;
  /** Why an edit there would not do. */
  readonly behind?: NonNullable<SettingPlace['behind']>;
}

/** `undefined` where a tool adds what decides, and the file has no place of it. */
export function writtenPlace(pieces: readonly CarriedPiece[], place: SettingPlace): WrittenPlace | undefined {
  const piece = pieces[place.piece];
  if (piece?.config) return inDocument(piece.config, place);
  if (piece?.written === undefined) return undefined;

  const { written } = piece;
  const toText = indexer(written.text);
  const first = place.value ?? place.entry;
  const offset = first ? toText(first.start) : 0;
  const found = written.at[offset] ?? written.at.at(-1);
  if (found === undefined) return undefined;

  const editable = (range: ByteRange | undefined) =>
    range && editableRange(written, toText(range.start), toText(range.end));
  const [value, entry] = [editable(place.value), editable(place.entry)];
  return {
    at: found,
    ...(place.behind === undefined && value && { value }),
    ...(place.behind === undefined && entry && { entry }),
    ...(place.behind !== undefined && { behind: place.behind }),
    ...(place.behind === undefined && written.spelling === 'encoded' && { behind: 'encoding' as const }),
  };
}

function inDocument(config: Located, { keys = [], behind }: SettingPlace): WrittenPlace {
  // The nearest that is there: a null or a scalar may stand where deeper keys are asked for.
  const node = at(config, ...keys) ?? config;
  const isBlock = node.kind === 'scalar' && node.text?.().spelling === 'encoded';
  const detour =
    behind ??
    node.behind ??
    (node.tag === undefined ? undefined : 'encoding') ??
    (isBlock ? 'block-scalar' : undefined);
  return {
    at: node.start,
    ...(detour === undefined ? { value: { start: node.start, end: node.end } } : { behind: detour }),
  };
}

/** Byte offsets into UTF-8 → offsets into the text. */
function indexer(text: string): (byte: number) => number {
  const bytes = Buffer.from(text);
  return bytes.length === text.length ? (byte) => byte : (byte) => bytes.subarray(0, byte).toString('utf8').length;
}
