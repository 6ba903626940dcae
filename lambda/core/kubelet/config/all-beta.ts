import { isTreeMap, type TreeMap } from '../documents/tree.ts';
import type { SettingPath } from '../settings.ts';

/** Whether a feature gate that nobody names follows the gate AllBeta, whose reach depends on the version. */
export function allBetaDecides(setting: SettingPath, config: TreeMap): boolean {
  const gates = config.get('featureGates');
  return setting.startsWith('featureGates.') && isTreeMap(gates) && gates.has('AllBeta');
}
