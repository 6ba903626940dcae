import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';
import { z } from 'zod';
import { nearest } from './nearest.ts';

/** Where the deployment's settings stand in cdk.json's `context`. */
const settingsKey = 'eks-kubelet-audit';

const timeZone = z.string().refine(isTimeZone, { error: 'not a time zone; write it as "Europe/Berlin" or "UTC"' });

/** The versions whose numbering the program knows; a test holds them to the program's own list. */
export const benchmarks = [
  'cis-eks-1.2.0',
  'cis-eks-1.4.0',
  'cis-eks-1.5.0',
  'cis-eks-1.7.0',
  'cis-eks-1.8.0',
] as const;

const duration = z.string().regex(/^[1-9]\d*(ms|s|m)$/, { error: 'not a duration; write it as "10s"' });

/** The deployment: what is audited, how, and when. Every field has a default. */
const fields = z.strictObject({
  /** When the audit runs: `cron(…)`, `rate(…)` of EventBridge Scheduler. Runs never overlap. */
  schedule: z
    .string()
    .regex(/^(cron|rate)\(.+\)$/, { error: 'not a schedule; write it as "cron(0 5 * * ? *)" or "rate(1 day)"' })
    .default('cron(0 5 * * ? *)'),
  /** The time zone of `schedule`. */
  timeZone: timeZone.default('UTC'),
  /** How kubelets are read, in order of preference. `["ssm"]` needs no right in any cluster. */
  sources: z
    .array(z.enum(['configz', 'ssm']))
    .min(1)
    .default(['configz', 'ssm']),
  /** Whether every source reads every node: then drift is reported, and what the client CA file holds. */
  everySource: z.boolean().default(false),
  /** Slugs of the controls to audit; empty for all of them. */
  controls: z.array(z.string().min(1)).default([]),
  /** The benchmark whose numbers the findings show. */
  benchmark: z.enum(benchmarks, { error: `not a benchmark; one of ${benchmarks.join(', ')}` }).default('cis-eks-1.8.0'),
  /** What one finding is about. */
  scope: z.enum(['node-group', 'node', 'cluster']).default('node-group'),
  /** Kubelets read at once in one cluster. */
  concurrency: z.int().min(1).max(100).default(20),
  /** Deadline of one node. */
  nodeTimeout: duration.default('10s'),
  /** Whether findings are written to Security Hub. */
  publish: z.boolean().default(true),
  /** How long the logs are kept; one of the values that CloudWatch Logs knows (30, 90, 365, …). */
  logRetentionDays: z.enum(RetentionDays).exclude(['INFINITE']).default(RetentionDays.THREE_MONTHS),
});

const settings = fields.refine(({ everySource, sources }) => !everySource || sources.length > 1, {
  path: ['everySource'],
  error: 'it compares what sources read, and there is only one; add "ssm" or "configz" to sources',
});

export type Settings = Readonly<z.infer<typeof settings>>;

/** What a person wrote into cdk.json cannot be deployed; the message names each field, its value and what to write. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** The settings of cdk.json's context, with defaults for what is left out. Throws SettingsError. */
export function settingsFromContext(node: Node): Settings {
  return parseSettings(node.tryGetContext(settingsKey) ?? {});
}

/** @param written what cdk.json holds under `settingsKey` */
export function parseSettings(written: unknown): Settings {
  const parsed = settings.safeParse(written);
  if (parsed.success) return parsed.data;

  const complaints = parsed.error.issues.flatMap((issue) => complaintsAbout(issue, written));
  throw new SettingsError(complaints.join('\n'), { cause: parsed.error });
}

function complaintsAbout(issue: z.core.$ZodIssue, written: unknown): readonly string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map(unknownField);
  if (issue.path.length === 0) return [`cdk.json: context '${settingsKey}' must be an object of settings`];

  const value = issue.path.reduce<unknown>((at, key) => Object(at)[key], written);
  const message = issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  return [`cdk.json: '${issue.path.join('.')}' is ${JSON.stringify(value)}: ${message}`];
}

function unknownField(field: string): string {
  const known = Object.keys(fields.shape);
  const suggestion = nearest(field, known);
  const advice = suggestion ? `did you mean '${suggestion}'?` : `known fields are ${known.join(', ')}`;
  return `cdk.json: unknown field '${field}' in context '${settingsKey}'; ${advice}`;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
