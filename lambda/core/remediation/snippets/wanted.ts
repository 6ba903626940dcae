import type { SettingPath, SettingValue } from '../../kubelet/settings.ts';
import type { ClusterWords } from '../steps/cluster-bundle.ts';

/** What a snippet is made of: values of this program's catalogue, and AWS's word on the cluster. Nothing that a node said. */
export interface Wanted {
  readonly settings: ReadonlyMap<SettingPath, SettingValue>;
  /** Those whose bad value comes by an argument: the file alone would not change them. */
  readonly byArgument: readonly SettingPath[];
  readonly cluster: ClusterWords;
  /** Whether the bootstrap's own copy of the cluster's CA is to be renewed. */
  readonly renewsCa: boolean;
}
