import { parse, type Word } from 'unbash';
import { ok } from '../../model/result.ts';
import { type SettingPath, settings } from '../../model/settings.ts';
import { settingFacts, unknownFact } from '../../read/kubelet/setting-facts.ts';
import { amazonLinuxConfig } from './eks-defaults.ts';
import { firstFacts, startedBy } from './next-facts.ts';
import { type FlagWord, flagWords, lineOf, valueInText, wordOfSetting } from './places.ts';
import { judgeParts, type OtherPart } from './shell/other-parts.ts';
import { isOfDeployment } from './tokens.ts';
import { type NextNode, type NextNodeOptions, type NextNodePiece, type SettingPlace, unknownNode } from './types.ts';
import { latin1 } from './user-data/encodings.ts';
import { mediaType, readMessage } from './user-data/mime.ts';

const bootstrap = '/etc/eks/bootstrap.sh';
const configFile = '/etc/kubernetes/kubelet/kubelet-config.json';
const notPlain = 'of Amazon Linux 2, only one plain call of bootstrap.sh is read';

/** The extra arguments of a call, and where its piece has them. */
interface ExtraArguments extends Pick<PlacedPart, 'piece' | 'part' | 'bytes'> {
  readonly text: string;
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
    joins: isMissing ? { status: 'no', by: 'bootstrap', because: `nothing calls ${bootstrap}` } : startedBy(first),
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
  return [...latin1(bytes).matchAll(/^[^\n]+/gm)].flatMap(({ 0: line, index: begin }) => {
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
function statedNode({ kubeletMinor }: NextNodeOptions, { extra, because, isKnown }: StatedOptions): NextNode {
  const words = extra && flagWords([extra.text]);
  // The deployment puts its values in between any quotes.
  if (!words?.ok || isOfDeployment(extra?.text ?? '')) return unknownNode(because);
  const first = firstFacts({
    flags: words.value.map(({ word }) => word),
    configFile,
    config: {},
    kubeletMinor,
    notes: [],
    placeOf: (setting) => (isKnown(setting) ? placeOfFlag(setting, words.value, extra) : undefined),
    nameOf: () => undefined,
  });
  if (!first.reading.ok) return { ...first, joins: startedBy(first) };
  const { settings: facts } = first.reading.value;
  const reading = ok({
    via: 'files' as const,
    settings: settingFacts((setting) => (first.places.has(setting) ? facts[setting] : unknownFact(because))),
    flags: { 'hostname-override': unknownFact(because) },
    notes: ['not running yet: what a new node will run, as far as its user data writes it out'],
  });
  return { reading, joins: { status: 'unknown', because }, places: first.places };
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
  const index = texts.findIndex((text) => text.includes(bootstrap));
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
  const { extra } = call;
  if (extra === undefined) return { isCalled: true, mayChange };
  const offset = (at: number): number => placed.at + Buffer.byteLength(text.slice(0, at));
  const place = { start: offset(extra.pos), end: offset(extra.end) };
  return { isCalled: true, mayChange, extra: { ...placed, ...place, text: extra.value } };
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
    const type = given.from === 'part' ? (mediaType(given.contentType) ?? '') : '';
    const around = given.from === 'part' && { headers: new Map() };
    if (message.value === undefined) parts.push({ piece, type, body: bytes, bytes, at: 0, ...around });
    for (const [index, part] of (message.value ?? []).entries()) parts.push({ piece, part: index + 1, bytes, ...part });
  }
  return parts;
}

/** Of a plain command: its words, without `sudo`; none of any other. */
function wordsIn({ command }: ReturnType<typeof parse>['commands'][number]): readonly Word[] {
  if (command.type !== 'Command' || command.prefix.length > 0) return [];
  const words = [command.name, ...command.suffix];
  const all = words.flatMap((each) => (each?.type === 'Word' ? each : []));
  if (all.length < words.length) return [];
  return all.slice(all[0]?.text === 'sudo' ? 1 : 0);
}

/** A value that is no option, whatever it is. */
const isOneValue = (word: Word, text: string): boolean =>
  isLiteral(word) ? !word.value.startsWith('-') : isOneWord(word, text);

/**
 * A command of its own at the top of the script, not inside another and without redirections: a name, and options with a value each. AWS's pages and
 * tools write the call so; another form may mean something else to bootstrap.sh.
 */
function callIn(text: string): { readonly pos: number; readonly end: number; readonly extra?: Word } | undefined {
  // What a template gets at its deployment: `${var.name}` is no variable of a shell.
  const { commands, errors } = parse(text.replaceAll(/\$\{[^{}\n]*\}/g, (all) => all.replaceAll(/[^\w${}]/g, '_')));
  const found = commands.find((each) => wordsIn(each)[0]?.text === bootstrap);
  if (!found || errors?.length || found.background) return undefined;
  const { command } = found;
  const rest = wordsIn(found).slice(1);
  let extra: Word | undefined;
  const names: Word[] = [];
  for (let word = rest.shift(); word; word = rest.shift()) {
    const isOption = word.text.startsWith('-');
    const value = isOption ? rest.shift() : word;
    if (!value || (isOption && !/^--[a-z\d-]+$/.test(word.text))) return undefined;
    const isExtra = word.text === '--kubelet-extra-args';
    const isPlain = isExtra ? isLiteral(value) : isOneValue(value, text);
    if (!isPlain || value.value === '') return undefined;
    if (isExtra) extra = value;
    if (!isOption) names.push(word);
  }
  if (names.length !== 1) return undefined;
  return { pos: command.pos, end: command.end, ...(extra && { extra }) };
}

const isLiteral = ({ text }: Word): boolean => /^(?:'[^'\\]*'|"[^"\\$`]*"|[\w@%+=:,./-]+)$/.test(text);

/** Names of variables whose values are one word: a cluster's name, endpoint, certificate and addresses. */
function isOfCluster(name: string): boolean {
  const [, behind = ''] = /cluster(.*)/i.exec(name) ?? [];
  return (
    /name|endpoint|ca|auth|cert|id|url/i.test(behind) || /api_?server|endpoint|certificate|b64|cidr|dns_?ip/i.test(name)
  );
}

/** `"$NAME"`, or `$NAME` where the script gives it one word once, as EKS writes it. */
function isOneWord({ text: word }: Word, script: string): boolean {
  const [, quote, name] = /^("?)\$\{?(\w+)\}?\1$/.exec(word) ?? [];
  if (quote === '"' || name === undefined || isOfCluster(name)) return name !== undefined;
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
