import type { Scope, SourceName } from '../../contract/settings.ts';
import type { Control } from '../../core/judge/control.ts';
import type { Waiver } from '../../core/judge/waivers/waiver.ts';

export interface AuditOptions {
  /** What is looked at. */
  readonly controls: readonly Control[];
  /** Controls that no option names and the sources can't show: reported once for each cluster. */
  readonly leftOut?: readonly Control[];
  readonly benchmark: string;
  readonly scope: Scope;
  /** In order; advice in findings names the rights that they need. */
  readonly sources?: readonly SourceName[];
  readonly publish: boolean;
  /**
   * Whether every source reads every node, so that they can be compared. Without it, each source reads the nodes on which the ones before left a
   * control open.
   */
  readonly everySource?: boolean;
  /** Keys of the only nodes that are read and judged; absent for all. */
  readonly onlyNodes?: readonly string[];
  /** When reading must stop, so that what is known can still be published; absent in a terminal. */
  readonly deadline?: Date;
  /** The run's one time, which its findings carry as `UpdatedAt`: doing an item twice changes nothing. Absent outside of a run: then it is now. */
  readonly runStartedAt?: Date;
  /** The run that this is a part of: what it counts, it counts once. */
  readonly runId?: string;
  /** Accepted failures. The audit carries their marks already (applyWaivers); findings that are held back ask them again. */
  readonly waivers?: readonly Waiver[];
}
