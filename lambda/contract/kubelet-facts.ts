import * as z from 'zod/mini';
import v29 from './kubelet-facts/1.29.json' with { type: 'json' };
import v30 from './kubelet-facts/1.30.json' with { type: 'json' };
import v31 from './kubelet-facts/1.31.json' with { type: 'json' };
import v32 from './kubelet-facts/1.32.json' with { type: 'json' };
import v33 from './kubelet-facts/1.33.json' with { type: 'json' };
import v34 from './kubelet-facts/1.34.json' with { type: 'json' };
import v35 from './kubelet-facts/1.35.json' with { type: 'json' };
import v36 from './kubelet-facts/1.36.json' with { type: 'json' };

const flagSchema = z.object({ type: z.string(), windows: z._default(z.boolean(), false) });
const gateSchema = z.object({
  stage: z.string(),
  default: z.boolean(),
  /** Whether the kubelet takes no other value than the default. */
  locked: z._default(z.boolean(), false),
  /** The gates that must be on where this one is on. */
  needs: z._default(z.array(z.string()), []),
});
const changesOf = <Schema extends z.ZodMiniType>(schema: Schema) => z.record(z.string(), z.nullable(schema));

/** What a minor version has that the one before had not; `null` is what it has lost. */
const releaseSchema = z.object({
  release: z.string(),
  source: z.string(),
  flags: changesOf(flagSchema),
  gates: changesOf(gateSchema),
  fields: changesOf(z.string()),
});

/** What the sources of one released kubelet say. */
export interface KubeletRelease {
  readonly minor: number;
  /** The tag that was read, `v1.36.3`. */
  readonly release: string;
  /** The repository and commit that it was read from. */
  readonly source: string;
  /** By name, without dashes: `bool`, `integer`, `ip`, `thresholds`, `text`. */
  readonly flags: ReadonlyMap<string, z.infer<typeof flagSchema>>;
  readonly gates: ReadonlyMap<string, z.infer<typeof gateSchema>>;
  /** The fields of KubeletConfiguration v1beta1 by path, `authentication.x509.clientCAFile`, each with its type. */
  readonly fields: ReadonlyMap<string, string>;
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
    const { release, source, ...changes } = releaseSchema.parse(file);
    const before = releases.at(-1);
    releases.push({
      minor: Number(release.split('.')[1]),
      release,
      source,
      flags: changed(before?.flags, changes.flags),
      gates: changed(before?.gates, changes.gates),
      fields: changed(before?.fields, changes.fields),
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
export const typesOfFlags: ReadonlyMap<string, string> = new Map(
  kubeletReleases.flatMap(({ flags }) => [...flags].map(([name, { type }]) => [name, type] as const)),
);

/** Every flag that takes any next word as its value. The probe finds the configuration file by them. */
export const kubeletValueFlags: readonly string[] = [...typesOfFlags]
  .flatMap(([name, type]) => (type === 'bool' ? [] : name))
  .toSorted();
