import * as z from 'zod/mini';
import { kubeletReleases } from '../../../../contract/kubelet-facts.ts';
import { parseGoDuration } from '../documents/go-values.ts';
import { isTreeMap, type Tree } from '../documents/tree.ts';
import checkedFields from './checked-fields.json' with { type: 'json' };

/**
 * The fields of KubeletConfiguration v1beta1 that all kubelets from 1.29 on have, by their Go type. A value of another type keeps the kubelet from
 * starting, wherever it is written.
 */
const typesOfFields: ReadonlyMap<string, string> = new Map(
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
const fitsType: Readonly<Record<string, (value: Tree) => boolean>> = {
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
};

/** Why the kubelet does not decode such a value; `undefined` for a field that is not known here, too. */
export function typeFault(path: string, value: Tree): string | undefined {
  const type = typesOfFields.get(path);
  if (type === undefined || (fitsType[type]?.(value) ?? true)) return undefined;
  return type === 'group' ? `${path} holds no settings` : `${path} is no ${type}`;
}

/** A value that the kubelet checks before it starts: a number within its limits, or one of a few words. */
const checkSchema = z.object({
  /** Its flag, which wins over the files. */
  flag: z._default(z.string(), ''),
  least: z._default(z.number(), Number.NEGATIVE_INFINITY),
  most: z._default(z.number(), Number.POSITIVE_INFINITY),
  allowed: z.optional(z.array(z.unknown())),
  /** The first minor version that checks it. */
  from: z._default(z.number(), 0),
});

/** Of a file a zero of `port` is the default. Source: kubernetes `pkg/kubelet/apis/config/validation/validation.go`. */
const checks = Object.entries(z.record(z.string(), checkSchema).parse(checkedFields));

const isSound = (value: Tree, { least, most, allowed }: z.infer<typeof checkSchema>): boolean =>
  typeof value === 'number' ? value >= least && value <= most : !allowed || value === null || allowed.includes(value);

export const checkedPaths: ReadonlySet<string> = new Set(checks.map(([path]) => path));

export interface OtherFieldsOptions {
  readonly others: ReadonlyMap<string, Tree>;
  /** Every flag that is named, with its value where that is a whole number. */
  readonly flags: ReadonlyMap<string, number | undefined>;
  readonly minor: number | undefined;
}

/** Why a kubelet would not start with such values; a flag wins over the files. */
export function otherProblem({ others, flags, minor }: OtherFieldsOptions): string | undefined {
  const wrong = checks.find(([path, check]) => {
    const value = flags.has(check.flag) ? flags.get(check.flag) : others.get(path);
    return value !== undefined && !isSound(value, check) && (minor ?? 0) >= check.from;
  });
  return wrong && `${wrong[0]} has a value that the kubelet refuses`;
}
