import type { ChosenNodes, PaceOptions } from '../core/fix/remediation/run/progress.ts';
import { isOfCluster } from '../core/judge/control.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { printable } from '../core/model/text/words.ts';
import { type RawSettings, type Settings, settingsFrom } from './settings.ts';

export interface RemediateSettings extends Settings {
  readonly wanted: string;
  /** How fast nodes are changed, and what stops it. Without `canary` it depends on how many nodes there are. */
  readonly pacing: Omit<PaceOptions, 'canary'> & { readonly canary: number | undefined };
  /** For how long one process of a restarted kubelet must be well before its change is kept, 5 to 600 seconds. */
  readonly stableSeconds: number;
  /** The nodes that a person chose, by key, by group, or by number. */
  readonly chosen: ChosenNodes;
}

interface RawRemediation
  extends Omit<RawSettings, 'clusters' | 'region'>,
    Partial<Readonly<Record<'region' | NumberFlag, string | undefined>>> {
  readonly cluster: string;
  readonly withoutReady?: boolean | undefined;
  readonly skip?: readonly string[];
  readonly node?: readonly string[];
  readonly group?: readonly string[];
  readonly until?: string | undefined;
}

/** No limit of AWS or Kubernetes: a number of more digits is a slip of the pen. */
const mostNodes = 100_000;
const ranges = {
  maxUnavailable: [1, mostNodes],
  maxFailures: [1, mostNodes],
  maxUnready: [0, 100],
  canary: [0, mostNodes],
  stableSeconds: [5, 600],
  limit: [1, mostNodes],
} as const;
type NumberFlag = keyof typeof ranges;

/** Of EC2, or of a machine that SSM manages. */
const machineId = /^m?i-[0-9a-f]{8,40}$/;

/** @throws UsageError naming the value that is wrong and what it may be */
export function remediateSettingsFrom({
  cluster,
  region,
  withoutReady = false,
  skip = [],
  node = [],
  group = [],
  until,
  ...raw
}: RawRemediation): RemediateSettings {
  for (const [flag, keys] of Object.entries({ '--skip': skip, '--node': node })) {
    const wrong = keys.find((key) => !machineId.test(key));
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

  const optional = (name: NumberFlag) => (raw[name] === undefined ? undefined : wholeNumber(name, raw[name]));
  return {
    ...settings,
    controls,
    wanted: cluster,
    pacing: {
      maxUnavailable: raw.maxUnavailable?.endsWith('%')
        ? { percent: wholeNumber('maxUnavailable', raw.maxUnavailable.slice(0, -1), [1, 100]) }
        : (optional('maxUnavailable') ?? 1),
      maxFailures: raw.maxFailures?.endsWith('%')
        ? { percent: wholeNumber('maxFailures', raw.maxFailures.slice(0, -1), [1, 100]) }
        : (optional('maxFailures') ?? 1),
      maxUnready: optional('maxUnready') ?? 10,
      canary: optional('canary'),
      withoutReady,
      ...(until !== undefined && { until: endOfWindow(until) }),
    },
    stableSeconds: optional('stableSeconds') ?? 60,
    chosen: { skipped: skip, nodes: node, groups: group, limit: optional('limit') },
  };
}

/** @throws UsageError when it is no time with its zone */
function endOfWindow(text: string): Date {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new UsageError(
      `--until '${printable(text, 100)}' is not a time; give date, time and zone, such as 2026-12-03T22:00Z`,
    );
  return new Date(time);
}

function wholeNumber(name: NumberFlag, text: string, [from, to]: readonly [number, number] = ranges[name]): number {
  const value = /^(0|[1-9]\d{0,5})$/.test(text) ? Number(text) : -1;
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (value < from || value > to)
    throw new UsageError(`${flag} '${text}' must be a whole number from ${from} to ${to}`);
  return value;
}
