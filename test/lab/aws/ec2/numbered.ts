import type { LabCall } from '../../wire/service.ts';

/** `RegionName.1`, `RegionName.2`, … or of each the member: `Filter.1.Name`, `Filter.2.Name`, … */
export function numbered(input: LabCall['input'], name: string, member?: string): readonly string[] {
  const values: string[] = [];
  for (let index = 1; ; index += 1) {
    const value = input[[name, index, ...(member === undefined ? [] : [member])].join('.')];
    if (typeof value !== 'string') return values;
    values.push(value);
  }
}
