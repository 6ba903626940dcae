import type { SettingPath } from '../../model/settings.ts';
import { isTreeMap, type TreeMap } from '../../read/kubelet/documents/tree.ts';
import { ofCustomAmi } from './custom-ami.ts';
import { amazonLinuxConfig } from './eks-defaults.ts';
import { type FlagWord, flagWords, valueInText, wordOfSetting } from './flag-words.ts';
import { type FirstFacts, firstFacts } from './next-facts.ts';
import { lineOf, spelledIn } from './places.ts';
import { judgeParts, type OtherPart } from './shell/other-parts.ts';
import { type BootstrapCall, ScriptEffects } from './shell/script-effects.ts';
import { onlyValue } from './shell/script-values.ts';
import { walkScript } from './shell/script-walk.ts';
import {
  type NextNodeOptions,
  type NextNodePiece,
  nameOfPiece,
  type SettingPlace,
  unknownNode,
  type WithoutHash,
} from './types.ts';
import { latin1 } from './user-data/encodings.ts';
import { parseMediaType } from './user-data/media-type.ts';
import { readMessage } from './user-data/mime.ts';

const configFile = '/etc/kubernetes/kubelet/kubelet-config.json';

/** A part of the user data, and where its text begins in the bytes of its piece. */
interface PlacedPart extends OtherPart {
  readonly piece: number;
  readonly at?: number;
}

/** A plain call of bootstrap.sh, and the part that has it. */
interface PlacedCall extends BootstrapCall {
  readonly placed: PlacedPart;
  readonly extra?: { readonly text: string; readonly field: number };
}

/**
 * A node of Amazon Linux 2, of which EKS ended the AMIs in November 2025. The arguments of one plain call of bootstrap.sh are read; whatever else a
 * script does to the kubelet is unknown.
 */
export function al2Node(options: NextNodeOptions): WithoutHash {
  const parts = partsOf(options.pieces);
  if (typeof parts === 'string') return unknownNode(parts);

  const effects = new ScriptEffects(walkScript, true);
  const mayChange = judgeParts(parts, effects);
  const call = plainCall(effects.bootstrapCalls, parts);
  if (typeof call === 'string') return unknownNode(call);
  const given = call?.extra?.text ?? '';
  if (/['%]/.test(given))
    return unknownNode('the extra arguments have a quote or a % in them, which systemd reads in its own way');
  const words = flagWords([
    given,
    ...options.pieces.flatMap((piece) => (piece.from === 'kubelet' ? (piece.flags ?? []) : [])),
  ]);
  if (!words.ok) return unknownNode(words.error);

  const first = factsOf(call, words.value, options);
  const stops = call
    ? !call.name && 'bootstrap.sh gets no name of a cluster'
    : options.cluster === 'whole' && 'nothing calls /etc/eks/bootstrap.sh';
  const node: WithoutHash = {
    reading: first.reading,
    joins: stops
      ? { status: 'no', by: 'bootstrap', because: stops }
      : first.fault === undefined
        ? { status: 'yes' }
        : { status: 'no', by: 'kubelet', because: `the kubelet would not start: ${first.fault}` },
    places: first.places,
    ...(mayChange && { mayChange }),
  };
  return options.ami === 'custom' ? ofCustomAmi(node) : node;
}

function partsOf(pieces: readonly NextNodePiece[]): readonly PlacedPart[] | string {
  const parts: PlacedPart[] = [];
  for (const [piece, given] of pieces.entries()) {
    if (given.from === 'kubelet') continue;
    if (given.from === 'part') {
      parts.push({ piece, type: parseMediaType(given.contentType)?.type ?? '', body: given.bytes, at: 0 });
      continue;
    }
    const message = readMessage(given.bytes);
    if (!message.ok) return message.error.because;
    if (message.value.kind === 'multipart') {
      if (message.value.fault) return `the MIME message cannot be read: ${message.value.fault.because}`;
      for (const [index, { contentType = '', body, at }] of message.value.parts.entries())
        parts.push({
          piece,
          part: index + 1,
          type: parseMediaType(contentType)?.type ?? '',
          body,
          ...(at !== undefined && { at }),
        });
      // cloud-init reads headers that Go refuses. Source: cloud-init `user_data.py` convert_string.
    } else if (/mime-version:/i.test(latin1(given.bytes.subarray(0, 4096)))) return 'the MIME message cannot be read';
    else parts.push({ piece, type: '', body: given.bytes, at: 0 });
  }
  return parts;
}

/** Options of bootstrap.sh, each of which takes the next word. Source: amazon-eks-ami `templates/al2/runtime/bootstrap.sh`. */
const valued =
  /^--(?:use-max-pods|b64-cluster-ca|apiserver-endpoint|kubelet-extra-args|enable-docker-bridge|aws-api-retry-attempts|docker-config-json|containerd-config-file|pause-container-account|pause-container-version|dns-cluster-ip|container-runtime|ip-family|service-ipv4-cidr|service-ipv6-cidr|enable-local-outpost|cluster-id|mount-bpf-fs|local-disks)$/;

interface ReadCall {
  readonly name: boolean;
}

/** The one call, or why none is read. Its `=` form is a word without a meaning to bootstrap.sh. */
function plainCall(
  calls: readonly BootstrapCall[],
  parts: readonly PlacedPart[],
): (PlacedCall & ReadCall) | undefined | string {
  const [call, another] = calls;
  if (call === undefined) return undefined;
  const placed = parts[call.part];
  const notPlain = 'of Amazon Linux 2, only one plain call of bootstrap.sh is read';
  if (another !== undefined || placed === undefined || !call.isPlain) return notPlain;

  let name: boolean | undefined;
  let extra: PlacedCall['extra'];
  for (let at = 0; at < call.fields.length; at += 1) {
    const field = call.fields[at];
    const word = field && onlyValue(field);
    if (word === undefined || word === '-h' || word === '--help') return notPlain;
    if (!valued.test(word)) {
      name ??= word !== '' && !word.startsWith('--');
      continue;
    }
    at += 1;
    const value = call.fields[at];
    if (value === undefined || value.many) return notPlain;
    if (word !== '--kubelet-extra-args') continue;
    const text = onlyValue(value);
    if (text === undefined) return notPlain;
    extra = { text, field: at };
  }
  return { ...call, placed, name: name === true, ...(extra && { extra }) };
}

function factsOf(
  call: PlacedCall | undefined,
  words: readonly FlagWord[],
  { pieces, kubeletMinor }: NextNodeOptions,
): FirstFacts {
  let config = amazonLinuxConfig;
  for (const piece of pieces) if (piece.from === 'kubelet' && piece.config) config = multiplied(config, piece.config);
  return firstFacts({
    flags: [
      `--config=${configFile}`,
      '--kubeconfig=/var/lib/kubelet/kubeconfig',
      "--hostname-override=(the instance's own name)",
      ...words.map(({ word }) => word),
    ],
    configFile,
    config,
    kubeletMinor,
    notes: [
      `not running yet: what a new node (Amazon Linux 2, Kubernetes 1.${kubeletMinor}) will run, by its user data`,
    ],
    placeOf: (setting, by) =>
      by === 'flag' ? placeOfFlag(setting, { call, words, pieces }) : placeOfPiece(setting, pieces),
    nameOf: (piece) => nameOfPiece(pieces[piece]),
  });
}

/** jq's `.[0] * .[1]`, by which eksctl puts its settings over the file: maps merge, everything else of the second replaces. */
function multiplied(first: TreeMap, second: TreeMap): TreeMap {
  const product = new Map(first);
  for (const [key, value] of second) {
    const before = product.get(key);
    product.set(key, isTreeMap(value) && isTreeMap(before) ? multiplied(before, value) : value);
  }
  return product;
}

interface FlagOptions {
  readonly call: PlacedCall | undefined;
  readonly words: readonly FlagWord[];
  readonly pieces: readonly NextNodePiece[];
}

function placeOfFlag(setting: SettingPath, { call, words, pieces }: FlagOptions): SettingPlace | undefined {
  const word = wordOfSetting(words, setting);
  if (word === undefined) return undefined;
  const flag = /^--([^=]*)/.exec(word.word)?.[1] ?? '';
  const piece = pieces.findLastIndex((each) => each.from === 'kubelet' && (each.flags ?? []).length > 0);
  if (word.entry > 0) return { piece, flag, flagIndex: word.entry - 1 };
  if (call?.extra === undefined) return undefined;

  const { placed, words: written, text, extra } = call;
  const named = { piece: placed.piece, ...(placed.part !== undefined && { part: placed.part }) };
  const range = written[extra.field];
  const given = pieces[placed.piece];
  const isPlain = placed.at !== undefined && Buffer.from(text).equals(placed.body);
  if (range === undefined || !isPlain || given === undefined || given.from === 'kubelet')
    return { ...named, behind: 'encoding', flag };
  const offset = (at: number): number => (placed.at ?? 0) + Buffer.byteLength(text.slice(0, at));
  const entry = { start: offset(range.start), end: offset(range.end) };
  const found = valueInText(text.slice(range.start, range.end), word.word);
  return {
    ...named,
    line: lineOf(given.bytes, entry.start),
    flag,
    entry,
    ...(found
      ? { value: { start: offset(range.start + found.start), end: offset(range.start + found.end) } }
      : { behind: 'shell' }),
  };
}

function placeOfPiece(setting: SettingPath, pieces: readonly NextNodePiece[]): SettingPlace | undefined {
  const spelled = pieces.map((each) =>
    each.from === 'kubelet' && each.config !== undefined ? spelledIn(each.config, setting) : undefined,
  );
  const piece = spelled.findLastIndex((keys) => keys !== undefined);
  const keys = spelled[piece];
  return keys === undefined ? undefined : { piece, keys };
}
