import type * as z from 'zod/mini';
import { nearest } from './nearest.ts';

/**
 * What is wrong with a file of settings, one sentence for each fault: the same words in `cdk synth` and in `audit --config`. Values and names are those of
 * the file, as JSON.
 * @param knownAt the fields that are known below a path
 */
export function complaintsAbout(
  issue: z.core.$ZodIssue,
  written: unknown,
  knownAt: (path: string) => readonly string[],
): readonly string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownField([...issue.path, key], knownAt(issue.path.join('.'))));
  if (issue.path.length === 0) return ['must hold fields, one a line, as in schedule: rate(1 day)'];

  const value = issue.path.reduce<unknown>((at, key) => Object(at)[key], written);
  const wrongKind = issue.code === 'invalid_type' && value !== undefined ? kinds[issue.expected] : undefined;
  const message = wrongKind ?? issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  const is = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
  return [`'${issue.path.join('.')}' ${is}: ${message}`];
}

/** What is wrong with a value of another kind than the field's. */
const kinds: Readonly<Record<string, string>> = {
  array: 'not a list; write it between brackets, as in regions: [eu-west-1]',
  object: 'holds no fields; write them below it, one a line, further in',
  boolean: 'write true or false, without quotes',
  int: 'not a whole number',
  number: 'not a number',
};

export function unknownField(path: readonly PropertyKey[], known: readonly string[]): string {
  const suggestion = nearest(String(path.at(-1)), known);
  const advice = suggestion ? `did you mean '${suggestion}'?` : `known fields are ${known.join(', ')}`;
  return `unknown field '${path.join('.')}'; ${advice}`;
}
