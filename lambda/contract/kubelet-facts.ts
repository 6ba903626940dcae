import { z } from 'zod';
import v29 from './kubelet-facts/1.29.json' with { type: 'json' };
import v30 from './kubelet-facts/1.30.json' with { type: 'json' };
import v31 from './kubelet-facts/1.31.json' with { type: 'json' };
import v32 from './kubelet-facts/1.32.json' with { type: 'json' };
import v33 from './kubelet-facts/1.33.json' with { type: 'json' };
import v34 from './kubelet-facts/1.34.json' with { type: 'json' };
import v35 from './kubelet-facts/1.35.json' with { type: 'json' };
import v36 from './kubelet-facts/1.36.json' with { type: 'json' };

const flagSchema = z.strictObject({
  type: z.enum(['bool', 'integer', 'ip', 'thresholds', 'text']),
  deprecated: z.boolean(),
});

const gateSchema = z.strictObject({
  stage: z.enum(['PreAlpha', 'Alpha', 'Beta', 'GA', 'Deprecated']),
  default: z.boolean(),
  /** Whether the kubelet takes no other value than the default. */
  locked: z.boolean().default(false),
  /** The gates that must be on where this one is on. */
  needs: z.array(z.string()).default([]),
});

const fieldSchema = z.enum([
  'string',
  'bool',
  'int32',
  'int64',
  'uint32',
  'number',
  'duration',
  'duration or null',
  'strings',
  'list of int32',
  'maps',
  'map of booleans',
  'map of strings',
  'map of lists',
  'group',
  'any',
]);

const valueSchema = z.union([z.string(), z.number(), z.boolean()]);

export type FlagType = z.infer<typeof flagSchema>['type'];
export type FieldType = z.infer<typeof fieldSchema>;

const changesOf = <Schema extends z.ZodType>(schema: Schema) => z.record(z.string(), schema.nullable());

/** What a minor version has that the one before had not; `null` is what it has lost. */
const releaseSchema = z.strictObject({
  release: z.string(),
  source: z.string(),
  flags: changesOf(flagSchema),
  gates: changesOf(gateSchema),
  fields: changesOf(fieldSchema),
  defaults: changesOf(valueSchema),
  legacyDefaults: changesOf(valueSchema),
});

type Changes = z.infer<typeof releaseSchema>;
type All<Part extends keyof Changes> =
  Changes[Part] extends Record<string, infer Value> ? ReadonlyMap<string, NonNullable<Value>> : never;

/** What the sources of one released kubelet say. */
export interface KubeletRelease {
  readonly minor: number;
  /** The tag that was read, `v1.36.3`. */
  readonly release: string;
  /** The repository and commit that it was read from. */
  readonly source: string;
  /** By name, without dashes. */
  readonly flags: All<'flags'>;
  readonly gates: All<'gates'>;
  /** The fields of KubeletConfiguration v1beta1 by path, `authentication.x509.clientCAFile`. */
  readonly fields: All<'fields'>;
  /** Of a kubelet with a configuration file, by path. */
  readonly defaults: All<'defaults'>;
  /** Where they differ for a kubelet without one. */
  readonly legacyDefaults: All<'legacyDefaults'>;
  /** What this version added, changed and removed. */
  readonly changes: Changes;
}

function changed<Value>(
  before: ReadonlyMap<string, Value> | undefined,
  changes: Readonly<Record<string, Value | null>>,
): ReadonlyMap<string, Value> {
  const after = new Map(before);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) after.delete(name);
    else after.set(name, value);
  }
  return after;
}

function releasesOf(files: readonly unknown[]): readonly KubeletRelease[] {
  const releases: KubeletRelease[] = [];
  for (const file of files) {
    const changes = releaseSchema.parse(file);
    const { release, source } = changes;
    const before = releases.at(-1);
    releases.push({
      minor: Number(release.split('.')[1]),
      release,
      source,
      flags: changed(before?.flags, changes.flags),
      gates: changed(before?.gates, changes.gates),
      fields: changed(before?.fields, changes.fields),
      defaults: changed(before?.defaults, changes.defaults),
      legacyDefaults: changed(before?.legacyDefaults, changes.legacyDefaults),
      changes,
    });
  }
  return releases;
}

/**
 * Every known minor version, oldest first. `npm run facts` writes the files out of Kubernetes' own sources, each of the release that it names. A later
 * patch of the same minor version can have a flag or a gate more.
 */
export const kubeletReleases: readonly KubeletRelease[] = releasesOf([v29, v30, v31, v32, v33, v34, v35, v36]);

/** The facts of a kubelet of this minor version; `undefined` where there are none, or the version is not known. */
export const releaseOf = (minor: number | undefined): KubeletRelease | undefined =>
  kubeletReleases.find((each) => each.minor === minor);

/** Each flag of any of these versions, with its type. */
export const typesOfFlags: ReadonlyMap<string, FlagType> = new Map(
  kubeletReleases.flatMap(({ flags }) => [...flags].map(([name, { type }]) => [name, type] as const)),
);

/** Every flag that takes any next word as its value. The probe finds the configuration file by them. */
export const kubeletValueFlags: readonly string[] = [...typesOfFlags]
  .filter(([, type]) => type !== 'bool')
  .map(([name]) => name)
  .toSorted();
