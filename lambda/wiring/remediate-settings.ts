import { UsageError } from '../core/operator-error.ts';
import { type RawSettings, type Settings, settingsFrom } from './settings.ts';

export interface RemediateSettings extends Settings {
  /** Name or ARN of the cluster. */
  readonly wanted: string;
  /** Nodes that may be down at a time, 1 to 50. */
  readonly maxUnavailable: number;
  /** Keys of nodes to leave out. */
  readonly skipped: readonly string[];
}

interface RawRemediation
  extends Pick<
    RawSettings,
    | 'defaultRegion'
    | 'profile'
    | 'controls'
    | 'benchmark'
    | 'scope'
    | 'sources'
    | 'maxConcurrentNodes'
    | 'nodeTimeout'
    | 'publish'
  > {
  readonly cluster: string;
  readonly region?: string | undefined;
  readonly maxUnavailable?: string | undefined;
  readonly skip?: readonly string[];
}

/** @throws UsageError naming the value that is wrong and what it may be */
export function remediateSettingsFrom({
  cluster,
  region,
  maxUnavailable,
  skip,
  ...raw
}: RawRemediation): RemediateSettings {
  const audit = { ...raw, clusters: [cluster], ...(region && { region: [region] }) };
  if (!settingsFrom(audit).sources.includes('ssm'))
    throw new UsageError(
      `--sources '${raw.sources}' has no ssm, and only the node itself tells where a value comes from; add ssm`,
    );

  const settings = settingsFrom({ ...audit, complete: true });
  return { ...settings, wanted: cluster, maxUnavailable: nodesAtOnce(maxUnavailable ?? '1'), skipped: skip ?? [] };
}

function nodesAtOnce(text: string): number {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 50) throw new UsageError(`--max-unavailable '${text}' must be a whole number from 1 to 50`);
  return value;
}
