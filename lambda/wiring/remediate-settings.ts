import type { ChosenNodes, PaceOptions } from '../core/fix/remediation/run/progress.ts';
import { isOfCluster } from '../core/judge/control.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { printable } from '../core/model/text/printable.ts';
import { type RawSettings, type Settings, settingsFrom } from './settings.ts';

export interface RemediateSettings extends Settings {
  /** Name or ARN of the cluster. */
  readonly wanted: string;
  /** How fast nodes are changed, and what stops it. Without `canary` it depends on how many nodes there are. */
  readonly pacing: Omit<PaceOptions, 'canary'> & { readonly canary: number | undefined };
  /** For how long one process of a restarted kubelet must be well before its change is kept, 5 to 600 seconds. */
  readonly stableSeconds: number;
  /** The nodes that a person chose, by key, by group, or by number. */
  readonly chosen: ChosenNodes;
}

interface RawRemediation
  extends Pick<
    RawSettings,
    | 'defaultRegion'
    | 'profile'
    | 'controls'
    | 'controlsTyped'
    | 'benchmark'
    | 'scope'
    | 'sources'
    | 'maxConcurrentNodes'
    | 'nodeTimeout'
    | 'nextNode'
    | 'publish'
  > {
  readonly cluster: string;
  readonly region?: string | undefined;
  readonly maxUnavailable?: string | undefined;
  readonly maxFailures?: string | undefined;
  readonly maxUnready?: string | undefined;
  readonly canary?: string | undefined;
  readonly withoutReady?: boolean | undefined;
  readonly stableSeconds?: string | undefined;
  readonly skip?: readonly string[];
  readonly node?: readonly string[];
  readonly group?: readonly string[];
  readonly limit?: string | undefined;
}

/** @throws UsageError naming the value that is wrong and what it may be */
export function remediateSettingsFrom({
  cluster,
  region,
  maxUnavailable,
  maxFailures,
  maxUnready,
  canary,
  withoutReady = false,
  stableSeconds,
  skip,
  node,
  group,
  limit,
  ...raw
}: RawRemediation): RemediateSettings {
  for (const [flag, keys] of [
    ['--skip', skip],
    ['--node', node],
  ] as const) {
    const wrong = keys?.find((key) => !machineId.test(key));
    if (wrong !== undefined)
      throw new UsageError(
        `${flag} '${printable(wrong, 100)}' is not an instance id; give one as the plan shows it, such as i-0123456789abcdef0`,
      );
  }
  const audit = { ...raw, clusters: [cluster], ...(region && { region: [region] }) };
  if (!settingsFrom(audit).sources.includes('ssm'))
    throw new UsageError(
      `--sources '${raw.sources}' has no ssm, and only the node itself shows where a value comes from; add ssm`,
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
    pacing: {
      maxUnavailable: maxUnavailable?.endsWith('%')
        ? { percent: wholeNumber('--max-unavailable', maxUnavailable.slice(0, -1), { from: 1, to: 100 }) }
        : wholeNumber('--max-unavailable', maxUnavailable ?? '1', { from: 1, to: mostNodes }),
      maxFailures: wholeNumber('--max-failures', maxFailures ?? '1', { from: 1, to: mostNodes }),
      maxUnready: wholeNumber('--max-unready', maxUnready ?? '10', { from: 0, to: 100 }),
      canary: canary === undefined ? undefined : wholeNumber('--canary', canary, { from: 0, to: mostNodes }),
      withoutReady,
    },
    stableSeconds: wholeNumber('--stable-seconds', stableSeconds ?? '60', { from: 5, to: 600 }),
    chosen: {
      skipped: skip ?? [],
      nodes: node ?? [],
      groups: group ?? [],
      limit: limit === undefined ? undefined : wholeNumber('--limit', limit, { from: 1, to: mostNodes }),
    },
  };
}

/** No limit of AWS or Kubernetes: a number of more digits is a slip of the pen. */
const mostNodes = 100_000;
/** Of EC2, or of a machine that SSM manages. */
const machineId = /^m?i-[0-9a-f]{8,40}$/;

function wholeNumber(
  option: string,
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  const value = /^(0|[1-9]\d{0,5})$/.test(text) ? Number(text) : -1;
  if (value < from || value > to)
    throw new UsageError(`${option} '${text}' must be a whole number from ${from} to ${to}`);
  return value;
}
