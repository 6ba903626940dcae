import type { Control } from '../core/control.ts';
import type { Scope } from '../core/findings/identity.ts';

export interface AuditOptions {
  readonly controls: readonly Control[];
  readonly benchmark: string;
  readonly scope: Scope;
  readonly publish: boolean;
  /** Whether every source reads every node, so that they can be compared; else each reads only what the ones before could not. */
  readonly everySource?: boolean;
  /** When reading must stop, so that what is known can still be published; absent in a terminal. */
  readonly deadline?: Date;
}
