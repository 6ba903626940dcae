import * as z from 'zod/mini';
import { productName } from '../../contract/names.ts';
import { commit, version } from '../../contract/version.ts';
import type { Problem } from './model.ts';
import { type Model, time } from './node-facts.ts';
import type { Result } from './result.ts';

/** Where the value of a setting comes from. In a deployment all that its file says comes by the environment of the functions. */
export const settingOrigins = ['default', 'config file', 'environment', 'option'] as const;
export type SettingOrigin = (typeof settingOrigins)[number];

/** How an audit was done, as evidence for later readers. It goes with each saved result, evidence folder and deployed run. */
export const manifest = z.looseObject({
  /** `commit`: what the program was bundled from, followed by `-dirty` where files differed; null without a checkout. */
  program: z.looseObject({ name: z.string(), version: z.string(), commit: z.nullable(z.string()) }),
  /** The identity that ran the audit, as STS returned it, or why it is not known. */
  caller: z.union([z.looseObject({ arn: z.string() }), z.looseObject({ unknown: z.string() })]),
  /** The value in force, as text; lists by commas. */
  settings: z.array(z.looseObject({ name: z.string(), value: z.string(), from: z.enum(settingOrigins) })),
  /** In order. */
  sources: z.array(z.string()),
  /** Slugs: the controls that were judged, and those that the sources can't show. */
  controls: z.looseObject({ lookedAt: z.array(z.string()), leftOut: z.array(z.string()) }),
  startedAt: time,
  finishedAt: time,
});
export type Manifest = Model<typeof manifest>;
export type ManifestSetting = Manifest['settings'][number];

/** A manifest of this program. */
export const manifestOf = (about: Omit<Manifest, 'program'>): Manifest => ({
  program: { name: productName, version, commit: commit ?? null },
  ...about,
});

/** The part that is known before anything is audited. */
export type AuditedWith = Omit<Manifest, 'program' | 'startedAt' | 'finishedAt'>;

/** What STS answered, in the form of a manifest. */
export const manifestCaller = (found: Result<{ readonly arn: string }, Problem>): Manifest['caller'] =>
  found.ok ? { arn: found.value.arn } : { unknown: found.error.message };

/** The identity that ran the audit, in words. */
export const callerText = ({ caller }: Manifest): string =>
  'arn' in caller ? caller.arn : `not known: ${caller.unknown}`;

/** The program, in words. */
export const programText = ({ program: { name, version, commit } }: Manifest): string =>
  `${name} ${version}, ${commit === null ? 'of a commit that is not known: it was not bundled from a git checkout' : `commit ${commit}`}`;
