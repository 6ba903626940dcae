import { deploymentGroups } from '../../lambda/contract/deployment-groups.ts';
import { complaintsAbout } from '../../lambda/contract/setting-complaints.ts';
import { brokenAuditRules, brokenDeploymentRules } from '../../lambda/contract/settings-rules.ts';
import { isOfCluster } from '../../lambda/core/judge/control.ts';
import { setOf, storedControl, suggestion } from '../../lambda/core/judge/controls/catalogue/find-control.ts';
import { deploymentFields, type Settings } from './deployment-fields.ts';
import { limitsReached } from './limits-reached.ts';

export type { Settings } from './deployment-fields.ts';

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
