import { environment } from '../../lambda/contract/environment.ts';
import { accountScope } from './account-scope.ts';
import type { Settings } from './deployment-fields.ts';

/** What every function that audits must be told, under the names that the program reads. */
export const programEnvironment = (settings: Settings): Readonly<Record<string, string>> => ({
  [environment.controls]: settings.controls.join(','),
  [environment.benchmark]: settings.benchmark,
  [environment.scope]: settings.scope,
  [environment.sources]: settings.sources.join(','),
  [environment.complete]: String(settings.complete),
  [environment.everySource]: String(settings.everySource),
  [environment.maxConcurrentNodes]: String(settings.maxConcurrentNodes),
  [environment.nodeTimeout]: settings.nodeTimeout,
  [environment.publish]: String(settings.publish),
  [environment.accounts]: JSON.stringify(accountScope(settings)),
  [environment.regions]: settings.regions.join(','),
});
