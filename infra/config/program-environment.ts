import { environment } from '../../lambda/contract/environment.ts';
import { type AccountScope, diallingSources } from '../../lambda/contract/settings.ts';
import { functionSettings, settingText } from '../../lambda/contract/settings-table.ts';
import { isOfCluster } from '../../lambda/core/judge/control.ts';
import { findControl } from '../../lambda/core/judge/controls/catalogue/find-control.ts';
import type { Settings } from './deployment-fields.ts';

/** Which accounts the settings mean: the organization's, those listed, or the hub's own. */
export function accountScope({ accounts, organization }: Pick<Settings, 'accounts' | 'organization'>): AccountScope {
  if (organization) return { kind: 'organization', units: organization.units, exclude: organization.exclude };
  if (accounts.length > 0) return { kind: 'accounts', accounts };
  return { kind: 'own' };
}

/** What the AWS SDK itself reads, in every function. */
export const sdkEnvironment = ({ fipsEndpoints }: Pick<Settings, 'fipsEndpoints'>): Readonly<Record<string, string>> =>
  fipsEndpoints ? { AWS_USE_FIPS_ENDPOINT: 'true' } : {};

/** What every function that audits must know, under the names that the program reads. */
export const programEnvironment = (settings: Settings): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(functionSettings.map((name) => [environment[name], settingText(settings[name])])),
  [environment.accounts]: JSON.stringify(accountScope(settings)),
  ...sdkEnvironment(settings),
});

/**
 * The settings of the function of remediation, which dials no node. One source that is left has nothing to be compared with, and without the API
 * server nothing shows who holds nodes/proxy.
 */
export function ofRemediation(settings: Settings): Settings {
  const sources = settings.sources.filter((source) => !diallingSources.includes(source));
  const asksCluster = sources.includes('configz');
  return {
    ...settings,
    sources,
    everySource: settings.everySource && sources.length > 1,
    controls: settings.controls.filter((slug) => asksCluster || !isAboutCluster(slug)),
  };
}

const isAboutCluster = (slug: string): boolean => {
  const control = findControl(slug);
  return control !== undefined && isOfCluster(control);
};
