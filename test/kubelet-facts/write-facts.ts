import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

type Named = Readonly<Record<string, unknown>>;

/** What `main.go` printed about one release. */
export interface RecordedRelease {
  readonly tag: string;
  readonly source: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly flags: Readonly<Record<string, { type: string; deprecated?: boolean; windows?: boolean }>>;
  readonly gates: Named;
  readonly fields: Readonly<Record<string, string>>;
  readonly defaults: Named;
  readonly legacyDefaults: Named;
}

/** What the program says of a flag's value, by the Go function that defines the flag. Any other takes some text. */
const typesOfFlags: Readonly<Record<string, string>> = {
  Bool: 'bool',
  Int: 'integer',
  Int32: 'integer',
  Int64: 'integer',
  IPVar: 'ip',
  NewLangleSeparatedMapStringString: 'thresholds',
};

/** The type of a field in the program's words, by its type in Go. A pointer counts as its value, but for a duration: only there null is one. */
const typesOfFields: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  uint32: 'uint32',
  float64: 'number',
  Duration: 'duration',
  '*Duration': 'duration or null',
  '[]string': 'strings',
  '[]int32': 'list of int32',
  '[]struct': 'maps',
  'map[string]bool': 'map of booleans',
  'map[string]string': 'map of strings',
  'map[string][]string': 'map of lists',
  struct: 'group',
  QuantityValue: 'any',
  TimeOrMetaDuration: 'any',
};

function typeOfField(path: string, kind: string): string {
  const type = typesOfFields[kind] ?? typesOfFields[kind.replace(/^\*/, '')];
  if (type === undefined)
    throw new Error(`the field ${path} has the type ${kind}, which write-facts.ts has no word for`);
  return type;
}

const mapped = <Value>(record: Readonly<Record<string, Value>>, change: (value: Value, name: string) => unknown) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));

/** A name that is new or changed with what it is now, and one that is gone with null, in the order of the alphabet. */
function changes(before: Named, after: Named): Named {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return Object.fromEntries(
    names
      .filter((name) => !isDeepStrictEqual(before[name], after[name]))
      .map((name) => [name, after[name] ?? null] as const),
  );
}

/**
 * The data files of the program by their names, oldest first: what each minor version has that the one before had not, `null` where it has lost it.
 * @throws where a record is of no release, or a minor version between two others is missing
 */
export function dataFiles(records: readonly RecordedRelease[]): ReadonlyMap<string, string> {
  const releases = records.map((record) => ({ ...record, minor: minorOf(record.tag) }));
  const files = new Map<string, string>();
  let before: Readonly<Record<string, Named>> = {};
  let expected = Math.min(...releases.map(({ minor }) => minor));
  for (const { tag, source, minor, ...release } of releases.toSorted((one, other) => one.minor - other.minor)) {
    if (minor !== expected) throw new Error(`${tag} is recorded, and no 1.${expected} is`);
    expected += 1;
    const after: Readonly<Record<string, Named>> = {
      flags: mapped(release.flags, ({ type, deprecated = false, windows }) => ({
        type: typesOfFlags[type] ?? 'text',
        deprecated,
        ...(windows && { windows }),
      })),
      gates: release.gates,
      fields: mapped(release.fields, (kind, path) => typeOfField(path, kind)),
      defaults: release.defaults,
      legacyDefaults: release.legacyDefaults,
    };
    const parts = mapped(after, (part, name) => changes(before[name] ?? {}, part));
    files.set(`1.${minor}.json`, `${JSON.stringify({ release: tag, source, ...parts }, undefined, 1)}\n`);
    before = after;
  }
  return files;
}

function minorOf(tag: string): number {
  const minor = /^v1\.(\d+)\.\d+$/.exec(tag)?.[1];
  if (minor === undefined) throw new Error(`'${tag}' is not a released tag, such as v1.36.3`);
  return Number(minor);
}

const recordedFolder = join(import.meta.dirname, 'recorded');
export const factsFolder = join(import.meta.dirname, '../../lambda/contract/kubelet-facts');

export const recordedReleases = (): readonly RecordedRelease[] =>
  readdirSync(recordedFolder).map((name) => JSON.parse(readFileSync(join(recordedFolder, name), 'utf8')));

// `npm run facts`: CONTRIBUTING.md says how a new version is recorded.
if (import.meta.main)
  for (const [name, text] of dataFiles(recordedReleases())) writeFileSync(join(factsFolder, name), text);
