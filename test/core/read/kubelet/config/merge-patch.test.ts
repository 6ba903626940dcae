import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergePatch } from '../../../../../lambda/core/read/kubelet/config/drop-ins.ts';
import { fromTree, plainJson, toTree } from '../../../model/plain-json.ts';

/** RFC 7386 section 2, word for word, on plain objects: written apart from the program. */
function rfc7386(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;

  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = rfc7386(result[name], value);
  }
  return result;
}

it('equals RFC 7386 on random trees', () => {
  fc.assert(
    fc.property(plainJson, plainJson, (target, patch) => {
      expect(fromTree(mergePatch(toTree(target), toTree(patch)))).toEqual(rfc7386(target, patch));
    }),
    { numRuns: 500 },
  );
});

it('leaves its arguments as they were', () => {
  const target = toTree({ a: { b: 1 } });
  mergePatch(target, toTree({ a: { b: null, c: 2 } }));
  expect(fromTree(target)).toEqual({ a: { b: 1 } });
});
