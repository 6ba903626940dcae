import { parseDocument } from 'yaml';
import * as z from 'zod/mini';
import { nearest } from '../contract/nearest.ts';
import { account, auditFields, eachOnce, unit } from '../contract/settings.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { foreignWords } from '../core/model/text/without-secrets.ts';
import type { RawSettings } from './settings.ts';

/** What a deployment's file says about what is audited and how. Its other fields are about the deployment, and pass unread. */
const audited = {
  regions: z.optional(auditFields.regions),
  sources: z.optional(auditFields.sources),
  scope: z.optional(auditFields.scope),
  complete: z.optional(auditFields.complete),
  everySource: z.optional(auditFields.everySource),
  maxConcurrentNodes: z.optional(auditFields.maxConcurrentNodes),
  nodeTimeout: z.optional(auditFields.nodeTimeout),
  accounts: z.optional(eachOnce(account)),
  organization: z.optional(z.object({ units: z.optional(z.array(unit)), exclude: z.optional(z.array(account)) })),
  controls: z.optional(z.array(z.union([z.string(), z.number()]))),
  benchmark: z.optional(z.string()),
};
const fields = z.object(audited);

/** The fields of deployment.yaml that no audit from a terminal reads; a test compares them with the deployment's schema. */
export const aboutTheDeployment = [
  'alertAddresses',
  'alertBus',
  'alertTopic',
  'homeRegion',
  'kmsKey',
  'logRetentionDays',
  'maxConcurrentClusters',
  'objectLock',
  'operatorRole',
  'publish',
  'remediation',
  'resultRetentionDays',
  'schedule',
  'securityHub',
  'tags',
  'timeZone',
  'toleratedFailurePercentage',
  'vpc',
  'waivers',
] as const;

/**
 * The file of `--config`: the fields of deployment.yaml. What a flag or the environment says goes before it; nothing is published for its sake.
 * @throws UsageError naming the field that is wrong
 */
export function configFrom(text: string, file: string): RawSettings {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
  const [fault] = document.errors;
  if (fault)
    throw new UsageError(`'${file}' is no YAML (${fault.code}); write fields, one a line, as in regions: [eu-west-1]`);

  const written: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const parsed = fields.safeParse(written);
  if (!parsed.success || typeof written !== 'object') {
    const issue = parsed.error?.issues[0];
    const field = foreignWords(issue?.path.join('.') ?? '', 150) || 'the whole';
    throw new UsageError(`'${file}': ${field}: ${foreignWords(issue?.message ?? 'no fields')}`);
  }
  const known = [...Object.keys(audited), ...aboutTheDeployment];
  const unknown = Object.keys(Object(written)).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, known);
    throw new UsageError(
      `'${file}': unknown field '${foreignWords(unknown, 60)}'; ${meant ? `did you mean '${meant}'?` : `known are ${known.join(', ')}`}`,
    );
  }
  return rawOf(parsed.data);
}

function rawOf(read: z.infer<typeof fields>): RawSettings {
  const { regions, sources, scope, complete, everySource, maxConcurrentNodes, nodeTimeout } = read;
  const { accounts, organization, controls, benchmark } = read;
  return {
    ...(regions && { region: regions }),
    ...(sources && { sources: sources.join() }),
    ...(scope && { scope }),
    ...(complete !== undefined && { complete }),
    ...(everySource !== undefined && { everySource }),
    ...(maxConcurrentNodes && { maxConcurrentNodes: String(maxConcurrentNodes) }),
    ...(nodeTimeout && { nodeTimeout }),
    ...(accounts && accounts.length > 0 && { account: accounts }),
    ...(organization && {
      organization: true,
      units: organization.units ?? [],
      excludedAccounts: organization.exclude ?? [],
    }),
    ...(controls && { controls: controls.join() }),
    ...(benchmark && { benchmark }),
  };
}
