import fc from 'fast-check';
import type { Tree } from '../../../lambda/core/read/kubelet/documents/tree.ts';

const key = fc
  .stringMatching(/^[a-zA-Z][a-zA-Z0-9]{0,5}$/)
  .filter((name) => !/^(y|n|yes|no|on|off|true|false|null|inf|nan)$/i.test(name));
const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
  fc.string({ unit: 'grapheme-ascii' }),
);

/** Random JSON of plain numbers and words, small enough to compare. */
export const plainJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(key, tie('node'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).node;

export function fromTree(tree: Tree): unknown {
  if (tree instanceof Map) return Object.fromEntries([...tree].map(([name, value]) => [name, fromTree(value)]));
  return Array.isArray(tree) ? tree.map((item: Tree) => fromTree(item)) : tree;
}

export function toTree(value: unknown): Tree {
  if (Array.isArray(value)) return value.map(toTree);
  if (typeof value === 'object' && value !== null)
    return new Map(Object.entries(value).map(([name, inner]) => [name, toTree(inner)]));
  return value as Tree;
}
