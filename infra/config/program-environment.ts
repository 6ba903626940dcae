import { environment } from '../../lambda/contract/environment.ts';
import { functionSettings, settingText } from '../../lambda/contract/settings-table.ts';
import { accountScope } from './account-scope.ts';
import type { Settings } from './deployment-fields.ts';

/** What the AWS SDK itself reads, in every function. */
export const sdkEnvironment = ({ fipsEndpoints }: Pick<Settings, 'fipsEndpoints'>): Readonly<Record<string, string>> =>
  fipsEndpoints ? { AWS_USE_FIPS_ENDPOINT: 'true' } : {};

/** What every function that audits must know, under the names that the program reads. */
export const programEnvironment = (settings: Settings): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(functionSettings.map((name) => [environment[name], settingText(settings[name])])),
  [environment.accounts]: JSON.stringify(accountScope(settings)),
  ...sdkEnvironment(settings),
});
