import { expect, it } from 'vitest';
import { z } from 'zod';
import { everyRemediation, templatesOf } from '../synthesise.ts';

const types = z.record(
  z.string(),
  z.object({ Type: z.string() }).transform(({ Type }) => Type),
);

// Laws, resource types and exact permissions hold what is in a resource. CloudFormation replaces one whose id or type changes, with all that it keeps.
it.each(Object.entries(templatesOf(everyRemediation)))(
  'keeps the id and the type of each resource of %s',
  (_, template) => {
    expect(types.parse(template.toJSON()['Resources'])).toMatchSnapshot();
  },
);
