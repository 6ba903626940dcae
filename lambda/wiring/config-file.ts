import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import * as z from 'zod/mini';
import { deploymentGroups } from '../contract/deployment-groups.ts';
import { complaintsAbout, unknownFields } from '../contract/settings-rules.ts';
import { deploymentSettings, schemasOf, type TerminalSetting, terminalSettings } from '../contract/settings-table.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { foreignWords } from '../core/model/text/without-secrets.ts';
import type { RawSettings } from './settings.ts';

/** The fields of deployment.yaml. Those that only the deployment uses are checked, too: a wrong one is a mistake wherever the file is read. */
const fields = z.partial(
  z.object({ ...schemasOf(deploymentSettings), organization: z.partial(deploymentGroups.organization) }),
);
const known: readonly string[] = deploymentSettings;
const isOfTerminal = (name: string): name is TerminalSetting => terminalSettings.some((each) => each === name);

/**
 * The file of `--config`; `waivers` is named from its folder. Flags and the environment replace its values; nothing is published for its sake.
 * @throws UsageError naming each field that is wrong
 */
export function configFrom(text: string, file: string): RawSettings & { readonly waivers?: string } {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
  if (document.errors.length > 0) {
    const codes = [...new Set(document.errors.map(({ code }) => code))].join(', ');
    throw new UsageError(
      `'${file}' is not valid YAML (${codes}); write fields, one a line, as in regions: [eu-west-1]`,
    );
  }

  const written: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const parsed = fields.safeParse(written);
  const unknown = Object.keys(Object(written)).filter((name) => typeof written === 'object' && !known.includes(name));
  const complaints = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => complaintsAbout(issue, written, fieldsBelow)),
    ...(unknown.length > 0 ? [unknownFields(unknown, known)] : []),
  ];
  if (!parsed.success || complaints.length > 0)
    throw new UsageError(`'${file}': ${complaints.map((each) => foreignWords(each, 2_000)).join('; ')}`);

  const { accounts = [], regions, organization, waivers, excludeClusters, ...values } = parsed.data;
  return {
    ...Object.fromEntries(Object.entries(values).filter(([name]) => isOfTerminal(name))),
    ...(waivers !== undefined && { waivers: resolve(dirname(file), waivers) }),
    ...(excludeClusters && { excludeClusters }),
    ...(regions && { region: regions }),
    ...(accounts.length > 0 && { account: accounts }),
    ...(organization && {
      organization: true,
      units: organization.units ?? [],
      excludedAccounts: organization.exclude ?? [],
    }),
  };
}

/** Names below a group's path; of other paths none are known. */
function fieldsBelow(path: string): readonly string[] {
  const groups: Readonly<Record<string, { readonly shape: object }>> = deploymentGroups;
  return path === '' ? known : Object.keys(groups[path]?.shape ?? {});
}
