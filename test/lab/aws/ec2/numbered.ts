import type { LabCall } from '../../wire/service.ts';

/** `RegionName.1`, `RegionName.2`, … */
export function numbered(input: LabCall['input'], name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 1; typeof input[`${name}.${index}`] === 'string'; index += 1) {
    values.push(String(input[`${name}.${index}`]));
  }
  return values;
}
