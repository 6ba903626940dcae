import type { SweepAnswer, SweepItem } from '../../core/run/sweep.ts';
import type { ItemOptions } from '../run/audit-item.ts';
import type { SweepPorts } from './ports.ts';

export type SweepItemOptions = Omit<ItemOptions, 'step' | 'runStartedAt' | 'runId' | 'onlyNodes'>;

/**
 * One item of a sweep, done once: with a final answer in the store there is nothing left to do. It throws `OperatorError` when the store cannot be used;
 * every other fault is in its answer.
 */
export type SweepOneItem = (ports: SweepPorts, item: SweepItem, options: SweepItemOptions) => Promise<SweepAnswer>;
