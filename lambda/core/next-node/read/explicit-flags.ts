import { err, ok } from '../../model/result.ts';
import { type SettingPath, settings } from '../../model/settings.ts';
import { parseCommandLine } from '../../read/kubelet/command-line/command-line.ts';
import { settingFacts, unknownFact } from '../../read/kubelet/setting-facts.ts';
import { type FlagWord, flagWords, valueInText, wordOfSetting } from './flag-words.ts';
import { notYetKnownVariable } from './not-yet-known.ts';
import { lineOf } from './places.ts';
import { type NextNodeOptions, type SettingPlace, unknownNode, type WithoutHash } from './types.ts';
import { latin1 } from './user-data/encodings.ts';

/**
 * Windows: what the AMI's own Start-EKSBootstrap.ps1 sets is not public. Only arguments that are written out are known: they stand behind everything
 * else on the command line.
 */
export const windowsNode = (options: NextNodeOptions): WithoutHash =>
  byExplicitFlags(options, {
    call: /-KubeletExtraArgs[ \t]+(?:"([^"'`$\n]*)"|'([^'"\n]*)')/gi,
    because: "what the Windows AMI's own bootstrap sets is not public",
    isKnown: () => true,
  });

/** Flags that Canonical's snap sets itself; where the user's stand beside them is not known. */
const ofSnap: ReadonlySet<string> = new Set([
  'anonymous-auth',
  'authentication-token-webhook',
  'authorization-mode',
  'client-ca-file',
  'feature-gates',
  'rotate-certificates',
  'rotate-server-certificates',
]);

/** Ubuntu: Canonical's bootstrap sets flags of its own, and its configuration file is not public. */
export const ubuntuNode = (options: NextNodeOptions): WithoutHash =>
  byExplicitFlags(options, {
    script: /\/etc\/eks\/bootstrap\.sh(?=[ \t])/,
    call: /[ \t]--kubelet-extra-args[ \t]+(?:"([^"'`$\\\n]*)"|'([^'"\\\n]*)')/g,
    because: "what Canonical's own bootstrap sets is not public",
    isKnown: (setting) => !ofSnap.has(settings[setting].flag),
  });

interface Explicit {
  /** The script that must come before the arguments, in the same line. */
  readonly script?: RegExp;
  /** The extra arguments between quotes. */
  readonly call: RegExp;
  readonly because: string;
  readonly isKnown: (setting: SettingPath) => boolean;
}

function byExplicitFlags(options: NextNodeOptions, { because, isKnown, ...form }: Explicit): WithoutHash {
  const calls = options.pieces.flatMap((piece, index) =>
    piece.from === 'kubelet'
      ? []
      : callsIn(latin1(piece.bytes), form).map((match) => ({ piece: index, bytes: piece.bytes, match })),
  );
  const [call, another] = calls;
  if (call === undefined || another !== undefined || options.ami === 'custom') return unknownNode(because);

  const given = call.match[1] ?? call.match[2] ?? '';
  const words = flagWords([given]);
  // The deployment puts its values in between any quotes.
  if (!words.ok || given.includes(notYetKnownVariable)) return unknownNode(because);
  const flags = parseCommandLine(
    { from: 'proc', arguments: ['kubelet', ...words.value.map(({ word }) => word)] },
    `v1.${options.kubeletMinor}.0`,
  );
  if (!flags.ok)
    return {
      reading: err({ via: 'files', kind: 'unreadable', because: flags.error }),
      joins: { status: 'no', by: 'kubelet', because: flags.error },
      places: new Map(),
    };

  const places = new Map<SettingPath, SettingPlace>();
  const facts = settingFacts((setting) => {
    const value = setting.startsWith('featureGates.')
      ? flags.value.featureGates.get(setting.slice('featureGates.'.length))
      : flags.value.settings.get(setting);
    if (value === undefined || !isKnown(setting)) return unknownFact(because);

    const place = placeOf(setting, { words: words.value, given, ...call });
    if (place !== undefined) places.set(setting, place);
    const line = place?.line;
    return {
      state: 'known',
      value,
      origin: { from: 'user-data', flag: settings[setting].flag, ...(line !== undefined && { line }) },
    };
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

/** The last call of each line that is not behind a `#`, with its place in the text. */
function callsIn(text: string, { script, call }: Pick<Explicit, 'script' | 'call'>): readonly RegExpExecArray[] {
  let start = 0;
  return text.split('\n').flatMap((line) => {
    const lineStart = start;
    start += line.length + 1;
    const code = line.split('#', 1)[0] ?? '';
    const from = script ? code.search(script) : 0;
    if (from === -1) return [];
    const match = [...line.matchAll(call)].findLast(({ index }) => index >= from && index < code.length);
    return match ? [Object.assign(match, { index: lineStart + match.index })] : [];
  });
}

function placeOf(
  setting: SettingPath,
  call: {
    readonly words: readonly FlagWord[];
    readonly given: string;
    readonly piece: number;
    readonly bytes: Uint8Array;
    readonly match: RegExpExecArray;
  },
): SettingPlace | undefined {
  const word = wordOfSetting(call.words, setting);
  if (word === undefined) return undefined;

  const start = call.match.index + call.match[0].length - 1 - call.given.length;
  const found = valueInText(call.given, word.word);
  return {
    piece: call.piece,
    flag: settings[setting].flag,
    line: lineOf(call.bytes, start),
    entry: { start, end: start + call.given.length },
    ...(found === undefined ? {} : { value: { start: start + found.start, end: start + found.end } }),
  };
}
