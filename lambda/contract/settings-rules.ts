import type * as z from 'zod/mini';
import { nearest } from './nearest.ts';
import { diallingSources, type SourceName } from './settings.ts';
import type { DeploymentValues } from './settings-table.ts';

/** A rule over several settings. A deployment refuses the field, the command line the flag of that name. */
interface BrokenRule {
  readonly field: string;
  readonly message: string;
}

interface AuditRuled {
  readonly sources: readonly SourceName[];
  readonly complete: boolean;
  readonly everySource: boolean;
  /** Whether a chosen control is about the cluster itself. */
  readonly asksCluster: boolean;
}

/** The rules of every audit, in an account or a terminal, that these settings break, in order. */
export function brokenAuditRules({ sources, complete, everySource, asksCluster }: AuditRuled) {
  const rules = [
    // Silence would look like agreement.
    {
      field: 'everySource',
      isBroken: everySource && sources.length < 2,
      message: 'it compares what sources read, and there is only one; add ssm or configz to sources',
    },
    // The result would be unknown for ever, here and in the next rule.
    {
      field: 'complete',
      isBroken: complete && !sources.includes('ssm'),
      message: 'only ssm sees the machine itself; add ssm to sources',
    },
    {
      field: 'controls',
      isBroken: asksCluster && !sources.some((each) => each === 'direct' || each === 'configz'),
      message: 'who holds nodes/proxy (4.1.10) is read from the API server; add direct or configz to sources',
    },
  ] as const;
  return rules.filter(({ isBroken }) => isBroken);
}

/** The rules of a deployment that these settings break, with the path of the field. */
export function brokenDeploymentRules(settings: DeploymentValues): readonly BrokenRule[] {
  const { accounts, alertAddresses, alertBus, alertTopic, homeRegion, objectLock, organization } = settings;
  const { regions, remediation, resultRetentionDays, roleNamePrefix, sources, vpc } = settings;
  const broken: BrokenRule[] = [];
  const refuse = (field: string, message: string) => broken.push({ field, message });

  if (settings.previousSigningKey !== undefined && !settings.sign && settings.signingKey === undefined)
    refuse('previousSigningKey', 'there is no key that it can hand over to; set sign or signingKey as well');
  if (organization && accounts.length > 0)
    refuse('accounts', 'there is an organization too; leave one of them out: the organization lists its own accounts');
  if (organization && regions.length === 0)
    refuse('regions', 'the StackSet needs to know where to deploy; name the Regions that have clusters');
  if (organization && regions.length > 0 && homeRegion === undefined)
    refuse('homeRegion', `the StackSet needs to know where to make each account's role; write ${regions[0]}`);
  if (homeRegion !== undefined && regions.length > 0 && !regions.includes(homeRegion))
    refuse('homeRegion', `not one of regions; write one of ${regions.join(', ')}, or add it there`);
  const dialling = sources.find((each) => diallingSources.includes(each));
  if (dialling && !vpc)
    refuse('sources', `${dialling} dials the nodes themselves, which needs a way to them; add vpc, or leave it out`);
  if (alertTopic && alertAddresses.length > 0)
    refuse('alertAddresses', 'alertTopic is a topic of yours; subscribe the addresses there, and leave them out here');
  if (alertBus?.endsWith(':event-bus/default'))
    refuse(
      'alertBus',
      'what is put on a default bus is there already; write a rule of your own (docs/alerts.md), or name another bus',
    );
  for (const [index, each] of (remediation?.requesters ?? []).entries())
    if (remediation?.approvers.includes(each))
      refuse(`remediation.requesters.${index}`, 'is an approver too; a requester may not approve a remedy');
  if (remediation && !sources.includes('ssm'))
    refuse('sources', 'remediation changes nodes by SSM, and reads there where a value comes from; add ssm');
  if (remediation && roleNamePrefix !== '')
    refuse(
      'roleNamePrefix',
      'the documents of remediation name their roles, and are known by their hashes; leave out one of the two',
    );
  if (objectLock && objectLock.days > resultRetentionDays)
    refuse(
      'objectLock.days',
      `results are to be deleted after ${resultRetentionDays} days, and cannot be before; lock them for that long at most, or raise resultRetentionDays`,
    );
  return broken;
}

/**
 * The faults of a file of settings, one sentence each: the same words in `cdk synth` and in `audit --config`. Values and names are those of
 * the file, as JSON.
 * @param knownAt the fields that are known below a path
 */
export function complaintsAbout(
  issue: z.core.$ZodIssue,
  written: unknown,
  knownAt: (path: string) => readonly string[],
): readonly string[] {
  if (issue.code === 'unrecognized_keys') return [unknownFields(issue.keys, knownAt(issue.path.join('.')), issue.path)];
  if (issue.path.length === 0) return ['must hold fields, one a line, as in schedule: rate(1 day)'];

  const value = issue.path.reduce<unknown>((at, key) => Object(at)[key], written);
  const wrongKind = issue.code === 'invalid_type' && value !== undefined ? kinds[issue.expected] : undefined;
  const message = wrongKind ?? issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  const is = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
  return [`'${issue.path.join('.')}' ${is}: ${message}`];
}

/** The complaint about a value of another kind than the field's. */
const kinds: Readonly<Record<string, string>> = {
  array: 'not a list; write it between brackets, as in regions: [eu-west-1]',
  object: 'holds no fields; write them below it, one a line, further in',
  boolean: 'write true or false, without quotes',
  int: 'not a whole number',
  number: 'not a number',
};

/** A few by name, and the known ones once: the file may be another program's. */
export function unknownFields(
  names: readonly string[],
  known: readonly string[],
  path: readonly PropertyKey[] = [],
): string {
  const shown = names.slice(0, 5).map((name) => {
    const meant = nearest(name, known);
    const field = `unknown field '${[...path, name].join('.')}'`;
    return { meant, text: meant ? `${field}; did you mean '${meant}'?` : field };
  });
  const more = names.length - shown.length;
  return [
    ...shown.map(({ text }) => text),
    ...(more > 0 ? [`${more} more unknown fields`] : []),
    ...(shown.some(({ meant }) => meant === undefined) ? [`known fields are ${known.join(', ')}`] : []),
  ].join('; ');
}
