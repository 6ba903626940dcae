import { type Benchmark, type Control, familyOf } from '../control.ts';

/** `3.2.3, automated`; what to say where this version has no such control. */
export function numberText({ numbers }: Pick<Control, 'numbers'>, benchmark: Benchmark): string {
  if (familyOf({ numbers }) === 'own') return 'none: a check of our own';
  const known = numbers[benchmark];
  return known ? `${known.number}, ${known.assessment}` : 'none in this version';
}
