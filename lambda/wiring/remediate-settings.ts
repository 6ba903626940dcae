import { isOfCluster } from '../core/judge/control.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { type RawSettings, type Settings, settingsFrom } from './settings.ts';

export interface RemediateSettings extends Settings {
  /** Name or ARN of the cluster. */
  readonly wanted: string;
  /** Nodes that may be down at a time, 1 to 50. */
  readonly maxUnavailable: number;
  /** For how long one process of a restarted kubelet must be well before its change is kept, 5 to 600 seconds. */
  readonly stableSeconds: number;
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
  readonly stableSeconds?: string | undefined;
  readonly skip?: readonly string[];
}

/** @throws UsageError naming the value that is wrong and what it may be */
export function remediateSettingsFrom({
  cluster,
  region,
  maxUnavailable,
  stableSeconds,
  skip,
  ...raw
}: RawRemediation): RemediateSettings {
  const audit = { ...raw, clusters: [cluster], ...(region && { region: [region] }) };
  if (!settingsFrom(audit).sources.includes('ssm'))
    throw new UsageError(
      `--sources '${raw.sources}' has no ssm, and only the node itself tells where a value comes from; add ssm`,
    );

  const settings = settingsFrom({ ...audit, complete: true });
  const controls = settings.controls.filter((each) => !isOfCluster(each));
  if (controls.length === 0 && settings.controls[0])
    throw new UsageError(
      `${settings.controls[0].slug} is about the cluster itself: no change of a node fixes it; explain ${settings.controls[0].slug} says what does`,
    );

  return {
    ...settings,
    controls,
    wanted: cluster,
    maxUnavailable: wholeNumber('--max-unavailable', maxUnavailable ?? '1', { from: 1, to: 50 }),
    stableSeconds: wholeNumber('--stable-seconds', stableSeconds ?? '60', { from: 5, to: 600 }),
    skipped: skip ?? [],
  };
}

function wholeNumber(
  option: string,
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  const value = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0;
  if (value < from || value > to)
    throw new UsageError(`${option} '${text}' must be a whole number from ${from} to ${to}`);
  return value;
}
