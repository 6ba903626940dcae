import { environment } from '../../lambda/contract/environment.ts';
import { functionSettings, settingText } from '../../lambda/contract/settings-table.ts';
import { accountScope } from './account-scope.ts';
import type { Settings } from './deployment-fields.ts';

/** What every function that audits must know, under the names that the program reads. */
export const programEnvironment = (settings: Settings): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(functionSettings.map((name) => [environment[name], settingText(settings[name])])),
  [environment.accounts]: JSON.stringify(accountScope(settings)),
});
