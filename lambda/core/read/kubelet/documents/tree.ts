/**
 * A parsed JSON or YAML value. Maps instead of objects: a key named `__proto__` is a key like any other. A number that an integer setting of Go does not
 * take for the way it is written (`1.0` or `1e1` in JSON) is `NaN`.
 */
export type Tree = null | boolean | number | string | readonly Tree[] | TreeMap;

export interface TreeMap extends ReadonlyMap<string, Tree> {}

/** A map with a repeated key in its text: it is the map of each key's last value, and knows all of them. */
export class RepeatingMap extends Map<string, Tree> {
  readonly all: readonly (readonly [string, Tree])[];

  constructor(all: readonly (readonly [string, Tree])[]) {
    super(all);
    this.all = all;
  }
}

/** The members of a map as they are written, repeated keys too. */
export const membersOf = (map: TreeMap): readonly (readonly [string, Tree])[] =>
  map instanceof RepeatingMap ? map.all : [...map];

/** A key that one map holds twice. */
export interface RepeatedKey {
  readonly path: readonly string[];
  /** `line 3, column 5` */
  readonly place: string;
}

export interface ParsedDocument {
  readonly tree: Tree;
  readonly repeatedKeys: readonly RepeatedKey[];
}

/** Why a text cannot be read: `refused` where the kubelet refuses it too, `not-read` where only this program does not know what it makes of it. */
export interface DocumentFault {
  readonly kind: 'refused' | 'not-read';
  /** A place and what is wrong there; never a quotation of the text, which may hold secrets. */
  readonly because: string;
}

/** No kubelet configuration is nested as deep; what is nested deeper was made to exhaust a parser. The kubelet itself reads 10,000 levels. */
export const deepest = 1000;

/** A number that every reader reads alike. */
export const plainNumber = /^(?:0|-?[1-9]\d{0,14}|-?(?:0|[1-9]\d{0,14})\.\d{0,14}[1-9])$/;

export const isTreeMap = (tree: Tree | undefined): tree is TreeMap => tree instanceof Map;
/** The same for files that make nodes, whose parsers need more of the stack. */
export const deepestCarrier = 250;

/** A key named `__proto__` is a key there, too. */
export const jsonOf = (tree: Tree): string =>
  JSON.stringify(tree, (_, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value));
