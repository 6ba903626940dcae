import type { SettingPath, SettingValue } from '../settings.ts';

/** Whether the kubelet takes this zero of a file for "not set" and fills in the default. Source: kubernetes `apis/config/v1beta1/defaults.go`. */
export const isReplacedByDefault = (setting: SettingPath, value: SettingValue): boolean =>
  (setting === 'streamingConnectionIdleTimeout' && value === '0s') ||
  (setting === 'authorization.mode' && value === '');
