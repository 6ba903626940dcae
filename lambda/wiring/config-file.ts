import { parseDocument } from 'yaml';
import * as z from 'zod/mini';
import { complaintsAbout, unknownField } from '../contract/setting-complaints.ts';
import { account, unit } from '../contract/settings.ts';
import {
  type DeploymentSetting,
  deploymentSettings,
  schemasOf,
  type TerminalSetting,
  terminalSettings,
} from '../contract/settings-table.ts';
import { UsageError } from '../core/model/operator-error.ts';
import { foreignWords } from '../core/model/text/without-secrets.ts';
import type { RawSettings } from './settings.ts';

const isOfTerminal = (name: string): name is TerminalSetting => terminalSettings.some((each) => each === name);

/** What an audit from a terminal reads of deployment.yaml; the other fields are about the deployment. */
const audited = deploymentSettings.filter((name): name is DeploymentSetting & TerminalSetting => isOfTerminal(name));
const fields = z.partial(
  z.object({
    ...schemasOf([...audited, 'accounts', 'regions']),
    organization: z.object({ units: z.optional(z.array(unit)), exclude: z.optional(z.array(account)) }),
  }),
);

/**
 * The file of `--config`: the fields of deployment.yaml. What a flag or the environment says goes before it; nothing is published for its sake.
 * @throws UsageError naming the field that is wrong
 */
export function configFrom(text: string, file: string): RawSettings {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
  const [fault] = document.errors;
  if (fault)
    throw new UsageError(
      `'${file}' is not valid YAML (${fault.code}); write fields, one a line, as in regions: [eu-west-1]`,
    );

  const written: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const parsed = fields.safeParse(written);
  const known: readonly string[] = deploymentSettings;
  const unknown =
    typeof written === 'object' ? Object.keys(Object(written)).filter((name) => !known.includes(name)) : [];
  const complaints = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => complaintsAbout(issue, written, () => known)),
    ...unknown.map((name) => unknownField([name], known)),
  ];
  if (!parsed.success || complaints.length > 0)
    throw new UsageError(`'${file}': ${complaints.map((each) => foreignWords(each, 300)).join('; ')}`);

  const { accounts = [], regions, organization, ...values } = parsed.data;
  return {
    ...values,
    ...(regions && { region: regions }),
    ...(accounts.length > 0 && { account: accounts }),
    ...(organization && {
      organization: true,
      units: organization.units ?? [],
      excludedAccounts: organization.exclude ?? [],
    }),
  };
}
