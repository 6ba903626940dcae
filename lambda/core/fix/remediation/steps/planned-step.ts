import type { Change, Maker, Method, Step, Survives } from '../plan.ts';

/** One step of one node for one control, before it is joined with its like. */
export type NodeStep = Omit<Step, 'nodes' | 'controls'> & { readonly control: string };

export interface SkippedStep {
  readonly control: string;
  readonly notPlanned: string;
}

interface NodeStepOptions {
  readonly control: string;
  readonly method: Method;
  readonly by: Maker;
  readonly because: string;
  readonly survives: Survives;
  readonly changes?: readonly Change[];
  readonly commands?: readonly string[];
  readonly cautions?: readonly string[];
}

export const nodeStep = ({ changes = [], commands = [], cautions = [], ...rest }: NodeStepOptions): NodeStep => ({
  ...rest,
  changes,
  commands,
  cautions,
});
