import { isRecord } from './is-record.ts';

/** Values at a path of names: `[]` goes through a list, `*` through the values of a map, `@` through its names. */
export function fieldsAt(value: unknown, path: string): readonly unknown[] {
  let reached: readonly unknown[] = [value];
  for (const [index, step] of path.split('.').entries()) {
    const inside = index === 0 ? reached : reached.filter((each) => each !== undefined);
    reached = inside.flatMap((each): readonly unknown[] => {
      if (step === '[]') return Array.isArray(each) ? each : [];
      if (!isRecord(each)) return [];
      if (step === '*') return Object.values(each);
      return step === '@' ? Object.keys(each) : [each[step]];
    });
  }
  return reached;
}
