import { isRecord } from '../../wire/is-record.ts';
import { argumentsOf, formatPattern, type PayloadTemplate } from './states-definition.ts';
import { StatesError } from './states-error.ts';

/** What expressions are resolved against: a state's input (`$`) and the context object (`$$`). */
export type Scope = { readonly input: unknown; readonly context: unknown };

/** A payload template with every `name.$` replaced by what its expression finds. */
export function filled(template: PayloadTemplate, scope: Scope): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) =>
      name.endsWith('.$') ? [name.slice(0, -2), expression(String(value), scope)] : [name, filledValue(value, scope)],
    ),
  );
}

function filledValue(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((each) => filledValue(each, scope));
  return isRecord(value) ? filled(value, scope) : value;
}

function expression(text: string, scope: Scope): unknown {
  const [, format, given] = formatPattern.exec(text) ?? [];
  if (format === undefined) return at(text, scope);

  const values = argumentsOf(given ?? '').map((each) => at(each, scope));
  const places = format.split('{}');
  if (places.length !== values.length + 1)
    throw new StatesError(
      'States.IntrinsicFailure',
      `${text} has ${places.length - 1} places for ${values.length} values`,
    );
  return places.map((part, index) => part + (index < values.length ? wordOf(values[index]) : '')).join('');
}

const wordOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** @throws StatesError when the path leads nowhere, as Step Functions does */
export function at(path: string, { input, context }: Scope): unknown {
  const [root, ...names] = path.split('.');

  let value = root === '$$' ? context : input;
  for (const name of names) {
    if (!isRecord(value) || !Object.hasOwn(value, name))
      throw new StatesError(
        'States.ParameterPathFailure',
        `The JSONPath '${path}' could not be found in the input '${JSON.stringify(input)?.slice(0, 200)}'`,
      );
    value = value[name];
  }
  return value;
}

/** The input with the result at this path; `null` keeps the input and drops the result. */
export function placed(input: unknown, resultPath: string | null | undefined, result: unknown): unknown {
  if (resultPath === null) return input;
  const [, ...names] = (resultPath ?? '$').split('.');
  return put(input, names, result);
}

function put(into: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const record = isRecord(into) ? into : {};
  return { ...record, [name]: put(record[name], rest, value) };
}
