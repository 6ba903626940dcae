import { parse, type Word } from 'unbash';
import { ok } from '../../model/result.ts';
import { type SettingPath, settings } from '../../model/settings.ts';
import { parseCommandLine } from '../../read/kubelet/command-line/command-line.ts';
import { settingFacts, unknownFact } from '../../read/kubelet/setting-facts.ts';
import { amazonLinuxConfig } from './eks-defaults.ts';
import { firstFacts, startedBy } from './next-facts.ts';
import { notYetKnownVariable } from './not-yet-known.ts';
import { type FlagWord, flagWords, lineOf, valueInText, wordOfSetting } from './places.ts';
import { judgeParts, type OtherPart } from './shell/other-parts.ts';
import { type NextNode, type NextNodeOptions, type NextNodePiece, type SettingPlace, unknownNode } from './types.ts';
import { latin1 } from './user-data/encodings.ts';
import { mediaType, readMessage } from './user-data/mime.ts';

const configFile = '/etc/kubernetes/kubelet/kubelet-config.json';
const notPlain = 'of Amazon Linux 2, only one plain call of bootstrap.sh is read';

/** The extra arguments of a call, and where its piece has them. */
interface ExtraArguments {
  readonly text: string;
  readonly piece: number;
  readonly part?: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * A node of Amazon Linux 2, of which EKS ended the AMIs in November 2025. One plain call of bootstrap.sh is read; the script around it is judged as any
 * other.
 */
export function al2Node(options: NextNodeOptions): NextNode {
  const { pieces, kubeletMinor } = options;
  if (pieces.some(({ from }) => from === 'kubelet')) return unknownNode(notPlain);
  const script = bootstrapScript(pieces);
  if (typeof script === 'string') return unknownNode(script);
  const { extra } = script;
  const given = extra?.text ?? '';
  if (/['"%]/.test(given))
    return unknownNode('the extra arguments have a quote or a % in them, which systemd reads in its own way');
  const words = flagWords([given]);
  if (!words.ok) return unknownNode(words.error);

  const first = firstFacts({
    flags: [
      `--config=${configFile}`,
      '--kubeconfig=/var/lib/kubelet/kubeconfig',
      "--hostname-override=(the instance's own name)",
      ...words.value.map(({ word }) => word),
    ],
    configFile,
    config: amazonLinuxConfig,
    kubeletMinor,
    notes: [
      `not running yet: what a new node (Amazon Linux 2, Kubernetes 1.${kubeletMinor}) will run, by its user data`,
    ],
    placeOf: (setting) => placeOfFlag(setting, words.value, extra),
    nameOf: () => undefined,
  });
  const isMissing = !script.isCalled && options.cluster === 'whole';
  const { mayChange } = script;
  return {
    reading: first.reading,
    joins: isMissing
      ? { status: 'no', by: 'bootstrap', because: 'nothing calls /etc/eks/bootstrap.sh' }
      : startedBy(first),
    places: first.places,
    ...(mayChange && { mayChange }),
  };
}

/** Flags that Canonical's snap sets itself; where the user's stand beside them is not known. */
const ofSnap: ReadonlySet<string> = new Set(
  'anonymous-auth authentication-token-webhook authorization-mode client-ca-file feature-gates rotate-certificates rotate-server-certificates'.split(
    ' ',
  ),
);

/** Ubuntu: Canonical's bootstrap sets flags of its own, and its configuration file is not public. */
export function ubuntuNode(options: NextNodeOptions): NextNode {
  const because = "what Canonical's own bootstrap sets is not public";
  const script = bootstrapScript(options.pieces);
  const extra = typeof script === 'string' ? undefined : script.extra;
  const node = statedNode(options, { extra, because, isKnown: (setting) => !ofSnap.has(settings[setting].flag) });
  return typeof script === 'string' || !script.mayChange ? node : { ...node, mayChange: script.mayChange };
}

/**
 * Windows: what the AMI's own Start-EKSBootstrap.ps1 sets is not public. Only arguments that are written out are known: they stand behind everything
 * else on the command line.
 */
export function windowsNode(options: NextNodeOptions): NextNode {
  const calls = options.pieces.flatMap((piece, index) =>
    piece.from === 'kubelet'
      ? []
      : windowsCalls(piece.bytes).map((call) => ({ ...call, piece: index, bytes: piece.bytes })),
  );
  const because = "what the Windows AMI's own bootstrap sets is not public";
  return statedNode(options, { extra: calls.length === 1 ? calls[0] : undefined, because, isKnown: () => true });
}

/** In each line that is not behind a `#`, the text between quotes. */
function windowsCalls(bytes: Uint8Array): readonly Pick<ExtraArguments, 'text' | 'start' | 'end'>[] {
  const option = '-kubeletextraargs';
  let next = 0;
  return latin1(bytes)
    .split('\n')
    .flatMap((line) => {
      const begin = next;
      next += line.length + 1;
      const at = (line.split('#', 1)[0] ?? '').toLowerCase().lastIndexOf(option);
      const behind = at === -1 ? '' : line.slice(at + option.length);
      const [whole, double, single] = /^[ \t]+(?:"([^"'`$]*)"|'([^'"]*)')/.exec(behind) ?? [];
      if (whole === undefined) return [];
      const text = double ?? single ?? '';
      const end = begin + at + option.length + whole.length - 1;
      return [{ text, start: end - text.length, end }];
    });
}

interface StatedOptions {
  readonly extra: ExtraArguments | undefined;
  readonly because: string;
  readonly isKnown: (setting: SettingPath) => boolean;
}

/** Of a node whose other settings are not public: what the extra arguments state. */
function statedNode(options: NextNodeOptions, { extra, because, isKnown }: StatedOptions): NextNode {
  const words = extra && flagWords([extra.text]);
  // The deployment puts its values in between any quotes.
  if (!words?.ok || extra?.text.includes(notYetKnownVariable)) return unknownNode(because);
  const flags = parseCommandLine(
    { from: 'proc', arguments: ['kubelet', ...words.value.map(({ word }) => word)] },
    `v1.${options.kubeletMinor}.0`,
  );
  if (!flags.ok) return { ...unknownNode(flags.error), joins: { status: 'no', by: 'kubelet', because: flags.error } };

  const places = new Map<SettingPath, SettingPlace>();
  const facts = settingFacts((setting) => {
    const value = setting.startsWith('featureGates.')
      ? flags.value.featureGates.get(setting.slice('featureGates.'.length))
      : flags.value.settings.get(setting);
    if (value === undefined || !isKnown(setting)) return unknownFact(because);

    const place = placeOfFlag(setting, words.value, extra);
    if (place !== undefined) places.set(setting, place);
    const line = place?.line;
    const { flag } = settings[setting];
    return { state: 'known', value, origin: { from: 'user-data', flag, ...(line !== undefined && { line }) } };
  });
  return {
    reading: ok({
      via: 'files',
      settings: facts,
      flags: { 'hostname-override': unknownFact(because) },
      notes: ['not running yet: what a new node will run, as far as its user data writes it out'],
    }),
    joins: { status: 'unknown', because },
    places,
  };
}

interface BootstrapScript {
  readonly isCalled?: true;
  readonly extra?: ExtraArguments;
  /** Of everything but the call. */
  readonly mayChange?: ReturnType<typeof judgeParts>;
}

/** The one call of bootstrap.sh in all parts, or why none is read. */
function bootstrapScript(pieces: readonly NextNodePiece[]): BootstrapScript | string {
  const parts = partsOf(pieces);
  if (typeof parts === 'string') return parts;
  const texts = parts.map(({ body }) => Buffer.from(body).toString('utf8'));
  const index = texts.findIndex((text) => text.includes('/etc/eks/bootstrap.sh'));
  const placed = parts[index];
  const text = texts[index];
  if (placed === undefined || text === undefined) return { mayChange: judgeParts(parts) };

  const call = callIn(text);
  if (call === undefined) return notPlain;
  // The rest is judged: with the lines of the call, and without its words.
  const rest = `${text.slice(0, call.pos)}:${text.slice(call.pos, call.end).replaceAll(/[^\n]/g, '')}${text.slice(call.end)}`;
  // bootstrap.sh reads variables of these names.
  if (/bootstrap\.sh|\bKUBELET_/.test(rest) || /\b(?:exit|return)\b/.test(text.slice(0, call.pos))) return notPlain;
  const mayChange = judgeParts(parts.map((part) => (part === placed ? { ...part, body: Buffer.from(rest) } : part)));
  const extra = extraOf(call.args, text);
  if (extra === undefined) return notPlain;
  const offset = (at: number): number => placed.at + Buffer.byteLength(text.slice(0, at));
  return {
    isCalled: true,
    ...(extra !== 'none' && {
      extra: {
        text: extra.value,
        piece: placed.piece,
        ...(placed.part !== undefined && { part: placed.part }),
        bytes: placed.bytes,
        start: offset(extra.pos),
        end: offset(extra.end),
      },
    }),
    mayChange,
  };
}

interface PlacedPart extends OtherPart {
  readonly piece: number;
  readonly bytes: Uint8Array;
  readonly at: number;
}

function partsOf(pieces: readonly NextNodePiece[]): readonly PlacedPart[] | string {
  const parts: PlacedPart[] = [];
  for (const [piece, given] of pieces.entries()) {
    if (given.from === 'kubelet') continue;
    const { bytes } = given;
    const message = given.from === 'user-data' ? readMessage(bytes) : ok(undefined);
    if (!message.ok) return `the MIME message cannot be read: ${message.error.because}`;
    // cloud-init reads headers that Go refuses. Source: cloud-init `user_data.py` convert_string.
    if (given.from === 'user-data' && !message.value && /mime-version:/i.test(latin1(bytes.subarray(0, 4096))))
      return 'the MIME message cannot be read';
    const type = given.from === 'part' ? (mediaType(given.contentType) ?? '') : '';
    if (message.value === undefined) parts.push({ piece, type, body: bytes, bytes, at: 0 });
    for (const [index, part] of (message.value ?? []).entries()) parts.push({ piece, part: index + 1, bytes, ...part });
  }
  return parts;
}

/** A command of its own at the top of the script, not inside another and without redirections. */
function callIn(text: string) {
  const { commands, errors } = parse(text);
  const found = commands.find(
    ({ command }) => command.type === 'Command' && command.name?.text === '/etc/eks/bootstrap.sh',
  );
  const command = found?.command.type === 'Command' ? found.command : undefined;
  const isPlain = !errors?.length && !found?.background && !command?.redirects.length && !command?.prefix.length;
  const args = command?.args.filter((each): each is Word => each.type === 'Word') ?? [];
  return command && isPlain && args.length === command.args.length ? { ...command, args } : undefined;
}

/** A name, and options with a value each, as AWS's pages and tools write the call. Another form may mean something else to bootstrap.sh. */
function extraOf([name, ...options]: readonly Word[], text: string): Word | 'none' | undefined {
  if (!name || !(isLiteral(name) || isOneWord(name, text)) || /^(?:-|$)/.test(name.value) || options.length % 2 === 1)
    return undefined;
  let extra: Word | 'none' = 'none';
  for (const [at, option] of options.entries()) {
    const value = options[at + 1];
    if (at % 2 === 1 || value === undefined) continue;
    const isExtra = option.value === '--kubelet-extra-args';
    if (!isLiteral(option) || !/^--[a-z\d-]+$/.test(option.value)) return undefined;
    if (isLiteral(value) ? !isExtra && value.value.startsWith('--') : isExtra || !isOneWord(value, text))
      return undefined;
    if (isExtra) extra = value;
  }
  return extra;
}

const isLiteral = ({ parts = [], text }: Word): boolean =>
  !/^~|\\/.test(text) &&
  parts.every((part) =>
    (part.type === 'DoubleQuoted' ? part.parts : [part]).every(({ type }) => /^(?:Literal|SingleQuoted)$/.test(type)),
  );

/** `"$NAME"`, or `$NAME` where the script gives it one word once, as EKS writes it. */
function isOneWord({ text: word }: Word, script: string): boolean {
  const [, quote, name] = /^("?)\$\{?(\w+)\}?\1$/.exec(word) ?? [];
  if (quote === '"' || name === undefined) return name !== undefined;
  const [, given = '', another] = script.split(`${name}=`);
  return another === undefined && /^[\w+/=:.-]+(?:\n|$)/.test(given);
}

function placeOfFlag(
  setting: SettingPath,
  words: readonly FlagWord[],
  extra: ExtraArguments | undefined,
): SettingPlace | undefined {
  const word = wordOfSetting(words, setting);
  if (word === undefined || extra === undefined) return undefined;
  const flag = /^--([^=]*)/.exec(word.word)?.[1] ?? '';
  const { piece, part, bytes, start, end } = extra;
  const found = valueInText(latin1(bytes.subarray(start, end)), Buffer.from(word.word).toString('latin1'));
  return {
    piece,
    ...(part !== undefined && { part }),
    line: lineOf(bytes, start),
    flag,
    entry: { start, end },
    ...(found ? { value: { start: start + found.start, end: start + found.end } } : { behind: 'shell' }),
  };
}
