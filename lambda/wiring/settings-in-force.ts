import { delimiter } from 'node:path';
import { environment } from '../contract/environment.ts';
import type { AccountScope } from '../contract/settings.ts';
import { settingText, terminalSettings } from '../contract/settings-table.ts';
import type { ManifestSetting, SettingOrigin } from '../core/model/manifest.ts';
import type { Settings } from './settings.ts';

/** Settings by the names that a deployment's file and the flags have for them. */
export type SettingName = ReturnType<typeof valuesOf>[number][0];

/** Each setting of an audit with the value in force and where that comes from, for its manifest. */
export const settingsInForce = (
  settings: Settings,
  originOf: (name: SettingName) => SettingOrigin,
): readonly ManifestSetting[] =>
  valuesOf(settings).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value, from: originOf(name) }]));

/** Those of a function of the hub: infra wrote what the deployment's file says into its environment. */
export const settingsOfFunction = (
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
): readonly ManifestSetting[] =>
  settingsInForce(settings, (name) => (env[variables[name] ?? ''] ? 'environment' : 'default'));

const variables: Readonly<Record<string, string>> = environment;

function valuesOf(settings: Settings) {
  const { accessPath } = settings;
  const [aws, one] = accessPath.by === 'aws' ? [accessPath] : [undefined, accessPath];
  const values = {
    ...settings,
    controls: settings.controls.map(({ slug }) => slug),
    nodeTimeout: `${settings.nodeTimeoutMs}ms`,
  };
  return [
    ['accounts', aws && accountsText(aws.accounts)],
    ['memberRole', aws?.memberRole],
    ['regions', aws && (aws.regions.join() || 'every enabled one')],
    ['profile', accessPath.profile],
    ['kubeconfig', accessPath.by === 'kubeconfig' ? accessPath.files.join(delimiter) : undefined],
    ['context', accessPath.by === 'kubeconfig' ? accessPath.context : undefined],
    ['apiServer', accessPath.by === 'proxy' ? accessPath.url : undefined],
    ['clusters', aws ? settings.names.join() || 'all' : one?.arn],
    ...terminalSettings.map((name) => [name, settingText(values[name])] as const),
    ['excludeClusters', settings.excludeClusters.join() || undefined],
    ['publish', String(settings.publish)],
  ] as const;
}

function accountsText(scope: AccountScope): string {
  switch (scope.kind) {
    case 'own':
      return 'own';
    case 'accounts':
      return scope.accounts.join();
    case 'organization':
      return [
        'organization',
        ...(scope.units.length > 0 ? [`units ${scope.units.join()}`] : []),
        ...(scope.exclude.length > 0 ? [`without ${scope.exclude.join()}`] : []),
      ].join(', ');
  }
}
