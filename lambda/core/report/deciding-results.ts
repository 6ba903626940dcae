import type { RolledUp } from '../findings/roll-up.ts';
import { type JudgedWithNext, rollUpWithNext } from '../findings/roll-up-next.ts';
import type { Control } from '../judge/control.ts';
import type { NodeGroup } from '../model/model.ts';
import type { FailingFrom } from '../run/outcome.ts';

/** What decides an audit's exit code: each node group, its next node and the cluster itself under each control. Every format is made of this list. */
export const decidingResults = (audit: JudgedWithNext, controls: readonly Control[]): Generator<RolledUp> =>
  rollUpWithNext(audit, controls, 'node-group');

/** The node group that a result is about, as it is or as it will be; absent of the cluster itself. */
export const groupOf = ({ subject }: Pick<RolledUp, 'subject'>): NodeGroup | undefined =>
  subject.scope === 'node-group' || subject.scope === 'next-node' ? subject.group : undefined;

export const isOfNextNode = ({ subject }: Pick<RolledUp, 'subject'>): boolean => subject.scope === 'next-node';

/** Of a next node only a failure counts (decision 039); what is unknown of it is shown. */
export const counts = (rolled: RolledUp, failOn?: FailingFrom): boolean =>
  isOfNextNode(rolled) ? rolled.status === 'fail' : rolled.status !== 'unknown' || failOn === 'unknown';
