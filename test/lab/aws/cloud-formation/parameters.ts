import { z } from 'zod';

// What CloudFormation checks before it makes anything. Sources: CloudFormation user guide, "Parameters" and "Rules", and its template reference,
// "Rule functions".

export const parametersSchema = z
  .record(
    z.string(),
    z.object({
      Type: z.string(),
      // JSON of a template may have numbers here; a value is a text.
      Default: z.coerce.string().optional(),
      AllowedValues: z.array(z.coerce.string()).optional(),
      AllowedPattern: z.string().optional(),
      MaxLength: z.number().optional(),
      MinValue: z.number().optional(),
      MaxValue: z.number().optional(),
    }),
  )
  .default({});

type Parameters = z.infer<typeof parametersSchema>;
export type ParameterValues = ReadonlyMap<string, string | readonly string[]>;

/** What `Ref` gives of each parameter. @throws Error as CloudFormation refuses a value */
export function parameterValues(declared: Parameters, given: Readonly<Record<string, string>>): ParameterValues {
  const unknown = Object.keys(given).find((name) => !(name in declared));
  if (unknown) throw new Error(`the template has no parameter '${unknown}'`);

  return new Map(
    Object.entries(declared).map(([name, parameter]) => {
      const text = given[name] ?? parameter.Default;
      if (text === undefined) throw new Error(`Parameters: [${name}] must have values`);
      // A list of nothing has one empty member.
      const values = parameter.Type === 'CommaDelimitedList' ? text.split(',').map((each) => each.trim()) : [text];
      for (const value of values) check(name, parameter, value);
      return [name, parameter.Type === 'CommaDelimitedList' ? values : text];
    }),
  );
}

function check(name: string, parameter: Parameters[string], value: string): void {
  const { Type, AllowedValues, AllowedPattern, MaxLength, MinValue, MaxValue } = parameter;
  const isNumber = /^-?\d+(\.\d+)?$/.test(value);
  const isTaken =
    (AllowedValues?.includes(value) ?? true) &&
    (AllowedPattern === undefined || new RegExp(`^(?:${AllowedPattern})$`).test(value)) &&
    value.length <= (MaxLength ?? 4_096) &&
    (Type !== 'Number' || isNumber) &&
    (MinValue === undefined || Number(value) >= MinValue) &&
    (MaxValue === undefined || Number(value) <= MaxValue);
  if (!isTaken) throw new Error(`Parameter '${name}' must be as its constraints say, and is '${value}'`);
}

const assertion = z.object({ Assert: z.unknown(), AssertDescription: z.string().optional() });
export const rulesSchema = z
  .record(z.string(), z.object({ RuleCondition: z.unknown().optional(), Assertions: z.array(assertion) }))
  .default({});

/** @throws Error naming each assertion that doesn't hold */
export function checkRules(rules: z.infer<typeof rulesSchema>, values: ParameterValues): void {
  const value = (operand: unknown): unknown =>
    typeof operand === 'object' && operand !== null && 'Ref' in operand ? values.get(String(operand.Ref)) : operand;
  const isTrue = (condition: unknown) => holds(condition, value);
  const broken = Object.values(rules)
    .filter(({ RuleCondition }) => RuleCondition === undefined || isTrue(RuleCondition))
    .flatMap(({ Assertions }) => Assertions.filter(({ Assert }) => !isTrue(Assert)));
  if (broken.length > 0)
    throw new Error(`Template validation error: ${broken.map((each) => each.AssertDescription).join('; ')}`);
}

const list = z.array(z.unknown());
const call = z.record(z.string(), z.unknown());

/** Whether a condition function holds; `value` resolves what it compares, and `named` says whether another condition of that name holds. */
export function holds(
  condition: unknown,
  value: (operand: unknown) => unknown,
  named?: (name: string) => boolean,
): boolean {
  const [name = '', argument] = Object.entries(call.parse(condition))[0] ?? [];
  if (name === 'Condition' && named) return named(String(argument));
  const operands = list.parse(argument);
  const isTrue = (each: unknown) => holds(each, value, named);

  switch (name) {
    case 'Fn::Equals':
      return value(operands[0]) === value(operands[1]);
    case 'Fn::Contains':
      return list.parse(value(operands[0])).includes(String(value(operands[1])));
    case 'Fn::Not':
      return !isTrue(operands[0]);
    case 'Fn::And':
      return operands.every(isTrue);
    case 'Fn::Or':
      return operands.some(isTrue);
    default:
      throw new Error(`${name} is no condition that the lab knows; teach parameters.ts`);
  }
}
