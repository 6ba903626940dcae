import { type FieldType, kubeletReleases } from '../../../../contract/kubelet-facts.ts';
import { parseGoDuration } from '../documents/go-values.ts';
import { isTreeMap, type Tree } from '../documents/tree.ts';

/**
 * The fields of KubeletConfiguration v1beta1 that all kubelets from 1.29 on have, by their Go type. A value of another type keeps the kubelet from
 * starting, wherever it is written.
 */
const typesOfFields: ReadonlyMap<string, FieldType> = new Map(
  [...(kubeletReleases[0]?.fields ?? [])].filter(([path, type]) =>
    kubeletReleases.every(({ fields }) => fields.get(path) === type),
  ),
);
/** `maxPods`, `logging.format`: every path that is a field or a group of fields. */
export const otherPaths: readonly string[] = [...typesOfFields.keys()];

const isInteger = (value: Tree, bits: 32 | 64): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1);
const isDuration = (value: Tree): boolean => typeof value === 'string' && parseGoDuration(value) !== undefined;
const isNullOr = (fits: (value: Tree) => boolean) => (value: Tree) => value === null || fits(value);
const isText = (value: Tree): boolean => typeof value === 'string';
const isListOf = (fits: (value: Tree) => boolean) =>
  isNullOr((value) => Array.isArray(value) && value.every(isNullOr(fits)));
const isMapOf = (fits: (value: Tree) => boolean) =>
  isNullOr((value) => isTreeMap(value) && [...value.values()].every(isNullOr(fits)));

/** A null leaves a field as it is, but for a duration, which reads it as an empty text. */
const fitsType: Readonly<Record<FieldType, (value: Tree) => boolean>> = {
  string: isNullOr(isText),
  bool: isNullOr((value) => typeof value === 'boolean'),
  int32: isNullOr((value) => isInteger(value, 32)),
  int64: isNullOr((value) => isInteger(value, 64)),
  uint32: isNullOr((value) => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32),
  number: isNullOr((value) => typeof value === 'number'),
  duration: isDuration,
  'duration or null': isNullOr(isDuration),
  strings: isListOf(isText),
  'list of int32': isListOf((value) => isInteger(value, 32)),
  'map of booleans': isMapOf((value) => typeof value === 'boolean'),
  'map of strings': isMapOf(isText),
  'map of lists': isMapOf(isListOf(isText)),
  maps: isListOf(isTreeMap),
  group: isNullOr(isTreeMap),
  // Types with a decoder of their own.
  any: () => true,
};

/** Why the kubelet does not decode such a value; `undefined` for a field that is not known here, too. */
export function typeFault(path: string, value: Tree): string | undefined {
  const type = typesOfFields.get(path);
  if (type === undefined || fitsType[type](value)) return undefined;
  return type === 'group' ? `${path} holds no settings` : `${path} is no ${type}`;
}

/** A field whose value the kubelet checks before it starts. */
interface FieldCheck {
  readonly path: string;
  /** Its flag, which wins over the files. */
  readonly flag: string;
  readonly isSound: (value: Tree) => boolean;
  /** The first minor version that checks it. */
  readonly from?: number;
}

const within =
  (least: number, most = Number.POSITIVE_INFINITY) =>
  (value: Tree): boolean =>
    typeof value !== 'number' || (value >= least && value <= most);
const oneOf =
  (...allowed: readonly string[]) =>
  (value: Tree): boolean =>
    typeof value !== 'string' || allowed.includes(value);

/** Of a file a zero of `port` is the default. Source: kubernetes `pkg/kubelet/apis/config/validation/validation.go`. */
const checked: readonly FieldCheck[] = [
  { path: 'containerLogMaxFiles', flag: 'container-log-max-files', isSound: within(2) },
  { path: 'eventBurst', flag: 'event-burst', isSound: within(0) },
  { path: 'hairpinMode', flag: 'hairpin-mode', isSound: oneOf('', 'none', 'hairpin-veth', 'promiscuous-bridge') },
  { path: 'healthzPort', flag: 'healthz-port', isSound: within(0, 65_535) },
  { path: 'imageGCHighThresholdPercent', flag: 'image-gc-high-threshold', isSound: within(0, 100) },
  { path: 'imageGCLowThresholdPercent', flag: 'image-gc-low-threshold', isSound: within(0, 100) },
  { path: 'iptablesDropBit', flag: 'iptables-drop-bit', isSound: within(0, 31) },
  { path: 'iptablesMasqueradeBit', flag: 'iptables-masquerade-bit', isSound: within(0, 31) },
  { path: 'kubeAPIBurst', flag: 'kube-api-burst', isSound: within(0) },
  { path: 'kubeAPIQPS', flag: 'kube-api-qps', isSound: within(0) },
  { path: 'logging.format', flag: 'logging-format', isSound: oneOf('', 'text', 'json') },
  { path: 'maxOpenFiles', flag: 'max-open-files', isSound: within(0) },
  { path: 'maxParallelImagePulls', flag: '', isSound: within(1) },
  { path: 'maxPods', flag: 'max-pods', isSound: within(0) },
  { path: 'nodeLeaseDurationSeconds', flag: '', isSound: within(0) },
  { path: 'nodeStatusMaxImages', flag: 'node-status-max-images', isSound: within(-1) },
  { path: 'oomScoreAdj', flag: 'oom-score-adj', isSound: within(-1000, 1000) },
  { path: 'podsPerCore', flag: 'pods-per-core', isSound: within(0) },
  { path: 'port', flag: 'port', isSound: within(0, 65_535) },
  { path: 'registryBurst', flag: 'registry-burst', isSound: within(0) },
  { path: 'registryPullQPS', flag: 'registry-qps', isSound: within(0) },
  { path: 'runOnce', flag: 'runonce', isSound: (value) => value !== true, from: 34 },
  {
    path: 'topologyManagerPolicy',
    flag: 'topology-manager-policy',
    isSound: oneOf('', 'none', 'best-effort', 'restricted', 'single-numa-node'),
  },
  { path: 'topologyManagerScope', flag: 'topology-manager-scope', isSound: oneOf('', 'container', 'pod') },
];

export const checkedPaths: ReadonlySet<string> = new Set(checked.map(({ path }) => path));

export interface OtherFieldsOptions {
  readonly others: ReadonlyMap<string, Tree>;
  /** Every flag that is named, with its value where that is a whole number. */
  readonly flags: ReadonlyMap<string, number | undefined>;
  readonly minor: number | undefined;
}

/** Why a kubelet would not start with such values; a flag wins over the files. */
export function otherProblem({ others, flags, minor }: OtherFieldsOptions): string | undefined {
  const wrong = checked.find(({ path, flag, isSound, from = 0 }) => {
    const value = flags.has(flag) ? flags.get(flag) : others.get(path);
    return value !== undefined && !isSound(value) && (minor ?? 0) >= from;
  });
  return wrong && `${wrong.path} has a value that the kubelet refuses`;
}
