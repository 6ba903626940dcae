export type { Settings } from './deployment-fields.ts';

import { deploymentGroups } from '../../lambda/contract/deployment-groups.ts';
import { brokenAuditRules, brokenDeploymentRules, complaintsAbout } from '../../lambda/contract/settings-rules.ts';
import { isOfCluster } from '../../lambda/core/judge/control.ts';
import { setOf, storedControl, suggestion } from '../../lambda/core/judge/controls/catalogue/find-control.ts';
import { deploymentFields, type Settings } from './deployment-fields.ts';
import { programEnvironment } from './program-environment.ts';

const settings = deploymentFields.check(({ value, issues }) => {
  const refuse = (path: string, message: string) =>
    issues.push({ code: 'custom', path: path.split('.'), message, input: value });
  const { benchmark, controls, remediation } = value;
  const named = controls.flatMap((word) => storedControl(word, benchmark)?.control ?? []);
  const asksCluster = named.some(isOfCluster);

  for (const { field, message } of [...brokenDeploymentRules(value), ...brokenAuditRules({ ...value, asksCluster })])
    refuse(field, message);
  for (const [index, word] of controls.entries())
    if (!storedControl(word, benchmark))
      refuse(`controls.${index}`, `no control of ${setOf(benchmark)}; ${suggestion(word, benchmark)}`);
  if (remediation && asksCluster && named.every(isOfCluster))
    refuse('controls', 'remediation changes nodes, and these are about the cluster; add a control about nodes');
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
  if (parsed.success) {
    // The program knows its controls by slug: a number means another one in another benchmark.
    const named = parsed.data.controls.flatMap((word) => storedControl(word, parsed.data.benchmark) ?? []);
    for (const { warning } of named) if (warning !== undefined) console.warn(`${file}: controls: ${warning}`);
    return { ...parsed.data, controls: [...new Set(named.map(({ control }) => control.slug))] };
  }

  const complaints = parsed.error.issues.flatMap((issue) => complaintsAbout(issue, written, knownAt));
  throw new SettingsError(complaints.map((complaint) => `${file}: ${complaint}`).join('\n'), { cause: parsed.error });
}

function knownAt(path: string): readonly string[] {
  const groups: Readonly<Record<string, { readonly shape: object }>> = deploymentGroups;
  return Object.keys((groups[path] ?? deploymentFields).shape);
}

// Each leaves at least 15 % of what AWS takes, so that a later release has room for its own.

/**
 * The inline policies of a role hold 10,240 characters. Those of the hub name the member role in each listed account, and with remediation a second
 * role. `ofAccount` are the characters of these names, without the prefix of the settings.
 */
const accountsInPolicies = { own: { room: 7_090, ofAccount: 62 }, remediation: { room: 8_100, ofAccount: 127 } };

/** Lambda takes 4 KB of environment for a function; so much of it is left to the settings, by the names that AWS makes at the deployment. */
const mostEnvironment = 3_165;

/** IAM takes 2,048 characters as the trust policy of a role; so much of it is left to approvers and requesters. */
const mostApprovers = 1_300;

/** A StackSet takes 51,200 bytes of template inline, and each resource in it has all tags: so much is left to them, by JSON. */
const mostTags = 5_200;

/**
 * Settings that would not fit into what AWS takes, with the number: said here, and not by CloudFormation halfway through a deployment.
 * Sources: Lambda and IAM quotas.
 */
function limitsReached(settings: Settings): readonly { readonly field: string; readonly message: string }[] {
  const { accounts, organization, regions, remediation, roleNamePrefix, tags } = settings;
  const reached: { field: string; message: string }[] = [];
  const refuse = (field: string, message: string) => reached.push({ field, message });

  const { room, ofAccount } = accountsInPolicies[remediation ? 'remediation' : 'own'];
  const mostAccounts = Math.floor(room / (ofAccount + roleNamePrefix.length));
  if (accounts.length > mostAccounts)
    refuse(
      'accounts',
      `more than the ${mostAccounts} that the policies of the hub's roles have room for; use organization`,
    );

  const ofEnvironment = JSON.stringify(programEnvironment(settings)).length;
  if (ofEnvironment > mostEnvironment) {
    const { exclude = [], units = [] } = organization ?? {};
    const { excludeClusters } = settings;
    const lists = { 'organization.exclude': exclude, 'organization.units': units, regions, accounts, excludeClusters };
    const sizeOf = (list: readonly string[]) => list.join('","').length;
    const [longest] = Object.entries(lists).toSorted(([, one], [, other]) => sizeOf(other) - sizeOf(one))[0] ?? [''];
    refuse(
      longest,
      `too long: with the other settings it takes ${ofEnvironment} of the ${mostEnvironment} bytes that a function's environment has room for; name units whose accounts have more in common, or deploy a second hub`,
    );
  }

  const ofApprovers = JSON.stringify([...(remediation?.approvers ?? []), ...(remediation?.requesters ?? [])]).length;
  if (ofApprovers > mostApprovers)
    refuse(
      'remediation.approvers',
      `${ofApprovers} characters of the ${mostApprovers} that the trust policy of the approver role has room for; name roles by a common pattern, with * for what differs`,
    );

  const ofTags = Buffer.byteLength(JSON.stringify(tags));
  if (ofTags > mostTags)
    refuse(
      'tags',
      `too long: ${ofTags} of the ${mostTags} bytes that the template of a StackSet has room for; leave some out, or write shorter values`,
    );
  return reached;
}
