import type { ByteRange, SettingPlace } from '../types.ts';
import type { CarriedPiece } from './carrier.ts';
import { at, type Located } from './located.ts';
import { editableRange, type FileRange, placeInFile } from './mapped-text.ts';

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
  const found = placeInFile(written, offset);
  if (found === undefined) return undefined;

  const editable = (range: ByteRange | undefined) =>
    range && editableRange(written, toText(range.start), toText(range.end));
  const [value, entry] = [editable(place.value), editable(place.entry)];
  return {
    at: found.start,
    ...(place.behind === undefined && value && { value }),
    ...(place.behind === undefined && entry && { entry }),
    ...(place.behind !== undefined && { behind: place.behind }),
    ...(place.behind === undefined && written.spelling === 'encoded' && { behind: 'encoding' as const }),
  };
}

function inDocument(config: Located, { keys = [], behind }: SettingPlace): WrittenPlace {
  // The nearest that is there: a null or a scalar may stand where deeper keys are asked for.
  const node = at(config, ...keys) ?? config;
  const isBlock = node.kind === 'scalar' && node.text?.spelling === 'encoded';
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
