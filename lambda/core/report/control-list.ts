import type { Control } from '../judge/control.ts';
import { allOf } from '../model/text/how-many.ts';

/** `3.2.3`; none where this version of the benchmark has no such control. */
export const controlNumber = ({ numbers }: Pick<Control, 'numbers'>, benchmark: string): string | undefined =>
  Object.entries(numbers).find(([version]) => version === benchmark)?.[1]?.number;

/** `3.2.3 kubelet-client-ca-file`, `4 controls: 3.1.1-3.1.4`, or `all 16 controls`: as short as it can be for one cell of a table. */
export function controlList(
  some: readonly Control[],
  { controls: all, benchmark }: { readonly controls: readonly Control[]; readonly benchmark: string },
): string {
  const numberOf = (control: Control) => controlNumber(control, benchmark);

  const [only, ...others] = some;
  if (only && others.length === 0) return [numberOf(only), only.slug].filter(Boolean).join(' ');
  if (some.length === all.length) return allOf(some.length, 'control');

  const numbers = some.flatMap((each) => numberOf(each) ?? []);
  const names = some.filter((each) => numberOf(each) === undefined).map(({ slug }) => slug);
  const own = numbers.length === 0 && names.length <= 2 ? names : [`${names.length} without a number`];
  return `${some.length} controls: ${[...ranges(numbers), ...(names.length > 0 ? own : [])].join(', ')}`;
}

/** `3.1.1-3.1.4, client-ca-expiry`: numbers, and slugs for controls without a number in this version. */
export function controlNumbers(some: readonly Control[], benchmark: string): string {
  const numbers = some.flatMap((each) => controlNumber(each, benchmark) ?? []);
  const names = some.filter((each) => controlNumber(each, benchmark) === undefined).map(({ slug }) => slug);
  return [...ranges(numbers), ...names].join(', ');
}

/** `3.1.1, 3.1.2, 3.1.3, 3.2.1` → `3.1.1-3.1.3, 3.2.1` */
function ranges(numbers: readonly string[]): readonly string[] {
  const found: { readonly first: string; readonly last: string }[] = [];
  for (const number of numbers) {
    const before = found.at(-1);
    if (before && follows(before.last, number)) found[found.length - 1] = { first: before.first, last: number };
    else found.push({ first: number, last: number });
  }
  return found.map(({ first, last }) => (first === last ? first : `${first}-${last}`));
}

function follows(before: string, number: string): boolean {
  const parts = (text: string) => ({
    head: text.slice(0, text.lastIndexOf('.')),
    tail: Number(text.split('.').at(-1)),
  });
  const [one, other] = [parts(before), parts(number)];
  return one.head === other.head && one.tail + 1 === other.tail;
}
