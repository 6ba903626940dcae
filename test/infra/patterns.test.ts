import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { faultOf, patternsIn } from '../hostile/expressions.ts';
import { everythingOwned, templatesOf } from './synthesise.ts';

it('no expression of a template, a document in it or a schema can be held by a text', async () => {
  const templates = Object.entries(templatesOf(everythingOwned));
  const schemas = globSync('docs/schema/*.json');
  const found = [
    ...templates.flatMap(([name, template]) => patternsIn(template.toJSON(), name)),
    ...schemas.flatMap((file) => patternsIn(JSON.parse(readFileSync(file, 'utf8')), file)),
  ];
  const different = [...new Map(found.map((each) => [each.source, each])).values()];
  expect(different.length).toBeGreaterThan(20);
  const faults: string[] = [];
  for (const each of different) faults.push(...(await faultOf(each)));
  expect(faults).toEqual([]);
});
