import { printable } from './printable.ts';

const mostNames = 10;

/** `a, b and 3 more`: printable, and at most ten of them. */
export function nameList(names: readonly string[]): string {
  const more = names.length - mostNames;
  const shown = names.slice(0, mostNames).map((name) => printable(name, 400));
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
