import type * as z from 'zod/mini';
import { deploymentGroups } from '../../lambda/contract/deployment-groups.ts';
import { nearest } from '../../lambda/contract/nearest.ts';
import { brokenAuditRules, brokenDeploymentRules } from '../../lambda/contract/settings-rules.ts';
import { findControl, suggestion } from '../../lambda/core/judge/controls/catalogue/find-control.ts';
import { deploymentFields, type Settings } from './deployment-fields.ts';
import { limitsReached } from './limits-reached.ts';

export type { Settings } from './deployment-fields.ts';

const settings = deploymentFields.check(({ value, issues }) => {
  const refuse = (path: string, message: string) =>
    issues.push({ code: 'custom', path: path.split('.'), message, input: value });
  const { benchmark, controls } = value;
  const asksCluster = controls.some((word) => findControl(word, benchmark)?.optIn === true);

  for (const { field, message } of [...brokenDeploymentRules(value), ...brokenAuditRules({ ...value, asksCluster })])
    refuse(field, message);
  for (const [index, word] of controls.entries())
    if (!findControl(word, benchmark))
      refuse(`controls.${index}`, `no control of ${benchmark}; ${suggestion(word, benchmark)}`);
  for (const { field, message } of limitsReached(value)) refuse(field, message);
});

/** What a person wrote cannot be deployed; the message names the file, each field, its value and what to write. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Settings with defaults for what is left out.
 *
 * @param written what the file holds
 * @param file its name, for messages
 * @throws SettingsError
 */
export function parseSettings(written: unknown, file = 'deployment.yaml'): Settings {
  const parsed = settings.safeParse(written);
  if (parsed.success) return { ...parsed.data, controls: slugsOf(parsed.data) };

  const complaints = parsed.error.issues.flatMap((issue) => complaintsAbout(issue, written));
  throw new SettingsError(complaints.map((complaint) => `${file}: ${complaint}`).join('\n'), { cause: parsed.error });
}

function complaintsAbout(issue: z.core.$ZodIssue, written: unknown): readonly string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField([...issue.path, key]));
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

function unknownField(path: readonly PropertyKey[]): string {
  const parent = path.slice(0, -1).join('.');
  const groups: Readonly<Record<string, { readonly shape: object }>> = deploymentGroups;
  const known = Object.keys((groups[parent] ?? deploymentFields).shape);
  const suggestion = nearest(String(path.at(-1)), known);
  const advice = suggestion ? `did you mean '${suggestion}'?` : `known fields are ${known.join(', ')}`;
  return `unknown field '${path.join('.')}'; ${advice}`;
}

/** The program knows its controls by slug: a number means another one in another benchmark. */
const slugsOf = ({ controls, benchmark }: Pick<Settings, 'controls' | 'benchmark'>): Settings['controls'] => [
  ...new Set(controls.flatMap((word) => findControl(word, benchmark)?.slug ?? [])),
];
