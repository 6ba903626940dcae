import { err, ok, type Result } from '../../../model/result.ts';
import type { SettingPath } from '../../../model/settings.ts';
import { printable } from '../../../model/text/printable.ts';
import { ofCustomAmi } from '../custom-ami.ts';
import { amazonLinuxConfig } from '../eks-defaults.ts';
import { type FlagWord, flagWords, valueInText, wordOfSetting } from '../flag-words.ts';
import { type FirstFacts, firstFacts } from '../next-facts.ts';
import { lineOf, spelledIn } from '../places.ts';
import { type CloudInitPart, cloudInitPart } from '../shell/cloud-init.ts';
import {
  type Joins,
  type NextNodeOptions,
  type NextNodePiece,
  nameOfPiece,
  type SettingPlace,
  unknownNode,
  type WithoutHash,
} from '../types.ts';
import { latin1 } from '../user-data/encodings.ts';
import { parseMediaType } from '../user-data/media-type.ts';
import { readMessage } from '../user-data/mime.ts';
import { type Al2State, followScript, type ScriptRange } from './al2-script.ts';
import { al2ConfigFile, multiplied } from './config-edits.ts';

/** A script of the user data, and where it is written. */
interface PlacedScript {
  readonly text: string;
  readonly piece: number;
  readonly part?: number;
  /** Where its text begins in the bytes of the piece; absent where it is encoded. */
  readonly at?: number;
}

/** A node of Amazon Linux 2, whose scripts call bootstrap.sh or leave that to EKS. */
export function al2Node(options: NextNodeOptions): WithoutHash {
  const scripts = scriptsOf(options.pieces);
  if (!scripts.ok) return unknownNode(scripts.error);
  const followed = stateAfter(scripts.value);
  if (!followed.ok) return unknownNode(followed.error);

  let state = followed.value;
  for (const piece of options.pieces)
    if (piece.from === 'kubelet' && piece.config !== undefined)
      state = { ...state, config: multiplied(state.config, piece.config) };
  if (state.restartMissing)
    return unknownNode('a script changes the configuration of a kubelet that runs, and does not restart it');

  const extra = extraArgs(state, options.pieces);
  if (!extra.ok) return unknownNode(extra.error);
  const first = al2Facts(state, { scripts: scripts.value, words: extra.value, options });
  const node = { reading: first.reading, joins: joinsOf(state, first, options), places: first.places };
  return options.ami === 'custom' ? ofCustomAmi(node) : node;
}

function stateAfter(scripts: readonly PlacedScript[]): Result<Al2State, string> {
  let state: Al2State = { config: amazonLinuxConfig, edits: [], copies: new Map(), restartMissing: false };
  for (const [index, { text, part }] of scripts.entries()) {
    const next = followScript(text, index, state);
    if (!next.ok) return err(`${part === undefined ? 'the user data' : `part ${part}`}: ${next.error}`);
    state = next.value;
  }
  return ok(state);
}

/** Everything that cloud-init runs, in its order. */
function scriptsOf(pieces: readonly NextNodePiece[]): Result<readonly PlacedScript[], string> {
  const scripts: PlacedScript[] = [];
  for (const [piece, given] of pieces.entries()) {
    if (given.from === 'kubelet') continue;
    const parts: Result<readonly Part[], string> =
      given.from === 'part'
        ? ok([{ type: typeOf(given.contentType), body: given.bytes, at: 0 }])
        : partsOf(given.bytes);
    if (!parts.ok) return parts;

    for (const { type, body, part, at } of parts.value) {
      const found = scriptTexts(cloudInitPart(type, body));
      if (!found.ok) return err(`${part === undefined ? 'the user data' : `part ${part}`} ${found.error}`);
      const isPlain = at !== undefined && found.value.every((text) => Buffer.from(text).equals(body));
      for (const text of found.value)
        scripts.push({ text, piece, ...(part !== undefined && { part }), ...(isPlain && { at }) });
    }
  }
  return ok(scripts);
}

const typeOf = (contentType: string): string => parseMediaType(contentType)?.type ?? '';

interface Part {
  readonly type: string;
  readonly body: Uint8Array;
  readonly part?: number;
  readonly at?: number;
}

function partsOf(bytes: Uint8Array): Result<readonly Part[], string> {
  const message = readMessage(bytes);
  if (!message.ok) return err(message.error.because);
  if (message.value.kind === 'single')
    // cloud-init reads headers that Go refuses. Source: cloud-init `user_data.py` convert_string.
    return /mime-version:/i.test(latin1(bytes.subarray(0, 4096)))
      ? err('the MIME message cannot be read')
      : ok([{ type: '', body: bytes, at: 0 }]);
  if (message.value.fault !== undefined) return err(`the MIME message cannot be read: ${message.value.fault.because}`);
  return ok(
    message.value.parts.map(({ contentType = '', body, at }, index) => ({
      type: typeOf(contentType),
      body,
      part: index + 1,
      ...(at !== undefined && { at }),
    })),
  );
}

function scriptTexts(part: CloudInitPart): Result<readonly string[], string> {
  switch (part.kind) {
    case 'ignored':
      return ok([]);
    case 'script':
      return ok([part.text]);
    case 'config':
      return part.keys.length === 0 ? ok([]) : err(`has cloud-config with ${printable(part.keys[0] ?? '', 60)}`);
    case 'several': {
      const texts: string[] = [];
      for (const each of part.parts) {
        const found = scriptTexts(each);
        if (!found.ok) return found;
        texts.push(...found.value);
      }
      return ok(texts);
    }
    case 'not-followed':
      return err(`is ${part.because}`);
  }
}

/** bootstrap.sh writes them between single quotes into a unit. */
function extraArgs(state: Al2State, pieces: readonly NextNodePiece[]): Result<readonly FlagWord[], string> {
  const given = state.call?.extraArgs?.text ?? state.environmentArgs ?? '';
  if (/['%]/.test(given))
    return err('the extra arguments have a quote or a % in them, which systemd reads in its own way');
  return flagWords([given, ...pieces.flatMap((piece) => (piece.from === 'kubelet' ? (piece.flags ?? []) : []))]);
}

interface FactsOptions {
  readonly scripts: readonly PlacedScript[];
  readonly words: readonly FlagWord[];
  readonly options: NextNodeOptions;
}

function al2Facts(state: Al2State, { scripts, words, options }: FactsOptions): FirstFacts {
  const { pieces, kubeletMinor } = options;
  const dropped = state.call?.dropped ?? [];
  return firstFacts({
    flags: [
      `--config=${al2ConfigFile}`,
      '--kubeconfig=/var/lib/kubelet/kubeconfig',
      "--hostname-override=(the instance's own name)",
      ...words.map(({ word }) => word),
    ],
    configFile: al2ConfigFile,
    config: state.config,
    kubeletMinor,
    notes: [
      `not running yet: what a new node (Amazon Linux 2, Kubernetes 1.${kubeletMinor}) will run, by its user data`,
      ...(dropped.length === 0
        ? []
        : [`bootstrap.sh drops ${dropped[0]} with a '=': the value is a word of its own there`]),
    ],
    placeOf: (setting, by) =>
      by === 'flag'
        ? placeOfFlag(setting, { state, scripts, words, pieces })
        : (placeOfEdit(setting, { state, scripts, pieces }) ?? placeOfPiece(setting, pieces)),
    nameOf: (piece) => nameOfPiece(pieces[piece]),
  });
}

interface PlaceOptions {
  readonly state: Al2State;
  readonly scripts: readonly PlacedScript[];
  readonly pieces: readonly NextNodePiece[];
}

function placeOfFlag(
  setting: SettingPath,
  { state, scripts, words, pieces }: PlaceOptions & { readonly words: readonly FlagWord[] },
): SettingPlace | undefined {
  const word = wordOfSetting(words, setting);
  if (word === undefined) return undefined;
  const flag = /^--([^=]*)/.exec(word.word)?.[1] ?? '';
  const piece = pieces.findLastIndex((each) => each.from === 'kubelet' && (each.flags ?? []).length > 0);
  if (word.entry > 0) return { piece, flag, flagIndex: word.entry - 1 };

  const range = state.call?.range;
  const place = range === undefined ? undefined : placeOfRange(range, scripts, pieces);
  if (place === undefined) return undefined;
  const text = scripts[range?.script ?? 0]?.text.slice(range?.start, range?.end) ?? '';
  const found = valueInText(text, word.word);
  const start = (place.entry?.start ?? 0) + Buffer.byteLength(text.slice(0, found?.start ?? 0));
  return {
    ...place,
    flag,
    ...(found !== undefined && place.entry !== undefined
      ? { value: { start, end: start + Buffer.byteLength(text.slice(found.start, found.end)) } }
      : { behind: place.behind ?? ('shell' as const) }),
  };
}

/** An edit by jq is not one that is replaced by position. */
function placeOfEdit(setting: SettingPath, { state, scripts, pieces }: PlaceOptions): SettingPlace | undefined {
  const edit = state.edits.findLast(
    ({ keys }) => setting === keys.join('.') || setting.startsWith(`${keys.join('.')}.`),
  );
  const place = edit === undefined ? undefined : placeOfRange(edit.range, scripts, pieces);
  return place === undefined ? undefined : { ...place, behind: 'shell' };
}

function placeOfPiece(setting: SettingPath, pieces: readonly NextNodePiece[]): SettingPlace | undefined {
  const spelled = pieces.map((each) =>
    each.from === 'kubelet' && each.config !== undefined ? spelledIn(each.config, setting) : undefined,
  );
  const piece = spelled.findLastIndex((keys) => keys !== undefined);
  const keys = spelled[piece];
  return keys === undefined ? undefined : { piece, keys };
}

function placeOfRange(
  { script, start, end }: ScriptRange,
  scripts: readonly PlacedScript[],
  pieces: readonly NextNodePiece[],
): SettingPlace | undefined {
  const placed = scripts[script];
  if (placed === undefined) return undefined;
  const { piece, part, at, text } = placed;
  const named = { piece, ...(part !== undefined && { part }) };
  const given = pieces[piece];
  if (at === undefined || given === undefined || given.from === 'kubelet') return { ...named, behind: 'encoding' };

  const entry = {
    start: at + Buffer.byteLength(text.slice(0, start)),
    end: at + Buffer.byteLength(text.slice(0, end)),
  };
  return { ...named, line: lineOf(given.bytes, entry.start), entry };
}

function joinsOf({ call }: Al2State, { fault }: FirstFacts, { cluster }: NextNodeOptions): Joins {
  if (cluster === 'whole' && call === undefined)
    return { status: 'no', by: 'bootstrap', because: 'nothing calls /etc/eks/bootstrap.sh' };
  if (call !== undefined && !call.hasClusterName)
    return { status: 'no', by: 'bootstrap', because: 'bootstrap.sh gets no name of a cluster' };
  return fault === undefined
    ? { status: 'yes' }
    : { status: 'no', by: 'kubelet', because: `the kubelet would not start: ${fault}` };
}
