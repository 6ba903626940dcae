import { type SettingPath, settings } from '../kubelet/settings.ts';

/** How a person names a setting: by its key in the configuration file and by its flag. The words of a control come from here, never by copying. */
export const describeSetting = (path: SettingPath): string => `${path} (--${settings[path].flag})`;
