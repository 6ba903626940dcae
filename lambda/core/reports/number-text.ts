import type { Benchmark, Control } from '../control.ts';

/** `3.2.3, automated`; what to say where this version has no such control. */
export function numberText({ family, numbers }: Pick<Control, 'family' | 'numbers'>, benchmark: Benchmark): string {
  if (family === 'own') return 'none: a check of our own';
  const known = numbers[benchmark];
  return known ? `${known.number}, ${known.assessment}` : 'none in this version';
}
