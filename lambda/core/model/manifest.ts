import { productName } from '../../contract/names.ts';
import { commit, version } from '../../contract/version.ts';
import type { ClusterAudit, Problem } from './model.ts';
import type { Result } from './result.ts';

/** Where the value of a setting comes from. In a deployment all that its file says comes by the environment of the functions. */
export const settingOrigins = ['default', 'config file', 'environment', 'option'] as const;
export type SettingOrigin = (typeof settingOrigins)[number];

export interface ManifestSetting {
  readonly name: string;
  /** The value in force, as text; lists by commas. */
  readonly value: string;
  readonly from: SettingOrigin;
}

/** How an audit was done, as evidence for later readers. It goes with each saved result, evidence folder and deployed run. */
export interface Manifest {
  readonly program: {
    readonly name: string;
    readonly version: string;
    /** The commit that the program was bundled from, followed by `-dirty` where files differed; null without a checkout. */
    readonly commit: string | null;
  };
  /** The identity that ran the audit, as STS returned it, or why it is not known. */
  readonly caller: { readonly arn: string } | { readonly unknown: string };
  readonly settings: readonly ManifestSetting[];
  /** In order. */
  readonly sources: readonly string[];
  /** Slugs: the controls that were judged, and those that the sources can't show. */
  readonly controls: ClusterAudit['controls'];
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** A manifest of this program. */
export const manifestOf = (about: Omit<Manifest, 'program'>): Manifest => ({
  program: { name: productName, version, commit: commit ?? null },
  ...about,
});

/** The part that is known before anything is audited. */
export type AuditedWith = Omit<Manifest, 'program' | 'startedAt' | 'finishedAt'>;

/** What STS answered, in the form of a manifest. */
export const toldCaller = (found: Result<{ readonly arn: string }, Problem>): Manifest['caller'] =>
  found.ok ? { arn: found.value.arn } : { unknown: found.error.message };

/** The identity that ran the audit, in words. */
export const callerText = ({ caller }: Manifest): string =>
  'arn' in caller ? caller.arn : `not known: ${caller.unknown}`;

/** The program, in words. */
export const programText = ({ program: { name, version, commit } }: Manifest): string =>
  `${name} ${version}, ${commit === null ? 'of a commit that is not known: it was not bundled from a git checkout' : `commit ${commit}`}`;
