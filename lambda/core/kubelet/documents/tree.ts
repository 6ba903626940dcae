/**
 * A parsed JSON or YAML value. Maps instead of objects: a key named `__proto__` is a key like any other.
 * A number whose spelling JSON and Go's YAML might read differently (`0x10`, `1:30`, a date) is `NaN`: it is there, and nobody guesses its value.
 */
export type Tree = null | boolean | number | string | readonly Tree[] | TreeMap;

export interface TreeMap extends ReadonlyMap<string, Tree> {}

/** A key that one map holds twice. Parsers differ in which one wins, so no setting below it is believed. */
export interface RepeatedKey {
  readonly path: readonly string[];
  /** `line 3, column 5` */
  readonly place: string;
}

export interface ParsedDocument {
  readonly tree: Tree;
  readonly repeatedKeys: readonly RepeatedKey[];
}

/** No kubelet configuration is nested as deep; what is nested deeper was made to exhaust a parser. */
export const deepest = 100;

/** A number that every reader reads alike. */
export const plainNumber = /^(?:0|-?[1-9]\d{0,14}|-?(?:0|[1-9]\d{0,14})\.\d{0,14}[1-9])$/;

export const isTreeMap = (tree: Tree | undefined): tree is TreeMap => tree instanceof Map;
