import { z } from 'zod';
import { LabError } from '../../wire/service.ts';

const parameter = z.strictObject({
  type: z.enum(['String', 'StringList']),
  description: z.string().optional(),
  default: z.union([z.string(), z.array(z.string())]).optional(),
  allowedPattern: z.string().optional(),
  allowedValues: z.array(z.string()).optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  /** Command documents only: the value reaches the shell as the variable `SSM_NAME`. */
  interpolationType: z.literal('ENV_VAR').optional(),
});

/** What a document says of its parameters. */
export const documentParameters = z.record(z.string().regex(/^[A-Za-z0-9]{1,50}$/), parameter);
export type DocumentParameters = z.output<typeof documentParameters>;
export type ParameterValues = Readonly<Record<string, string | readonly string[]>>;

const given = z.record(z.string(), z.array(z.string())).default({});

/** The values of a call, with defaults for the rest. @throws LabError under the name that the operation has for it */
export function parameterValues(parameters: DocumentParameters, input: unknown, errorName: string): ParameterValues {
  const values = given.parse(input ?? undefined);
  const refuse = (why: string): never => {
    throw new LabError(errorName, why);
  };

  for (const name of Object.keys(values)) if (!parameters[name]) refuse(`the document has no parameter ${name}`);
  return Object.fromEntries(
    Object.entries(parameters).map(([name, about]) => {
      const value = values[name] ?? listOf(about.default) ?? refuse(`parameter ${name} is missing`);
      if (about.type === 'String' && value.length > 1) refuse(`parameter ${name} takes one value`);
      if (value.length < (about.minItems ?? 0) || value.length > (about.maxItems ?? 50))
        refuse(`parameter ${name} has ${value.length} values`);
      for (const each of value) if (!isAllowed(each, about)) refuse(`parameter ${name} does not allow '${each}'`);
      return [name, about.type === 'String' ? (value[0] ?? '') : value];
    }),
  );
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] | undefined =>
  typeof value === 'string' ? [value] : value;

const isAllowed = (value: string, { allowedPattern, allowedValues }: DocumentParameters[string]): boolean =>
  (allowedPattern === undefined || new RegExp(allowedPattern).test(value)) &&
  (allowedValues === undefined || allowedValues.includes(value));
