import type { Command } from 'commander';
import { parseClusterArn } from '../core/model/cluster-arn.ts';
import { type Manifest, manifestCaller, type SettingOrigin } from '../core/model/manifest.ts';
import type { AccessPath } from '../wiring/access-path.ts';
import type { RawSettings } from '../wiring/settings.ts';
import type { SettingName } from '../wiring/settings-in-force.ts';

/** Settings whose flags are called otherwise. */
const flagsOf: Partial<Record<SettingName, readonly string[]>> = {
  accounts: ['organization', 'account'],
  regions: ['region'],
};

interface OriginsOptions {
  readonly command: Pick<Command, 'getOptionValueSource'>;
  /** The settings of the file of `--config`. */
  readonly config: RawSettings;
  readonly clusters: readonly string[];
  readonly accessPath: AccessPath;
}

/** Where each setting of `audit` comes from. The environment gives flags their defaults; the Region of one's own comes from it, or from the profile. */
export function originsOf({
  command,
  config,
  clusters,
  accessPath,
}: OriginsOptions): (name: SettingName) => SettingOrigin {
  return (name) => {
    if (name === 'clusters') return clusters.length > 0 ? 'option' : 'default';

    const flags = flagsOf[name] ?? [name];
    const given = flags.map((each) => command.getOptionValueSource(each));
    if (given.includes('cli')) return 'option';
    if (given.includes('default')) return 'environment';
    if (flags.some((each) => each in config)) return 'config file';
    if (name !== 'regions' || accessPath.by !== 'aws' || accessPath.regions.length === 0) return 'default';
    return clusters.some(parseClusterArn) ? 'option' : 'environment';
  };
}

/** Who runs the audit, asked of STS in the Region where the audit begins. */
export async function callerOf(accessPath: AccessPath): Promise<Manifest['caller']> {
  const region = accessPath.by === 'aws' ? accessPath.homeRegion : parseClusterArn(accessPath.arn ?? '')?.region;
  if (!region) return { unknown: 'no credentials of AWS were used' };

  const { caller } = await import('../wiring/open/caller.ts');
  return manifestCaller(await caller(region, accessPath.profile));
}
