import { describe, expect, it } from 'vitest';
import { generatedMutations, sampled } from './generated-mutations.ts';
import { mutated, namedMutations, partText } from './mutation.ts';

describe('the changes of the node’s script', () => {
  it('name one place each, and change it', () => {
    expect(new Set(namedMutations.map(({ file, name }) => `${file} ${name}`)).size).toBe(namedMutations.length);
    for (const mutation of [...namedMutations, ...generatedMutations()])
      expect(mutated(mutation), mutation.name).not.toBe(partText(mutation.file));
  });

  it('are taken evenly from all of the script', () => {
    const sample = sampled(generatedMutations(), 60, 'monday');
    expect(sample).toHaveLength(60);
    expect(new Set(sample.map(({ file }) => file)).size).toBeGreaterThan(10);
    expect(sampled(generatedMutations(), 60, 'tuesday')).not.toEqual(sample);
    expect(sampled([1, 2], 60, '')).toEqual([1, 2]);
  });
});
