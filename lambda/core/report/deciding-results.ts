import { reasonText, waiverText } from '../findings/asff/status-reasons.ts';
import { subjectPath } from '../findings/identity.ts';
import type { RolledUp } from '../findings/roll-up.ts';
import { type JudgedWithNext, rollUpNext, rollUpWithNext } from '../findings/roll-up-next.ts';
import type { Control } from '../judge/control.ts';
import type { AccessStatus, NodeGroup } from '../model/model.ts';
import type { ReportedAudit } from '../model/reported-audit.ts';
import { worstFirst } from '../model/statuses.ts';
import type { FailingFrom } from '../run/outcome.ts';

/** What decides an audit's exit code: each node group, its next node and the cluster itself under each control. Every format is made of this list. */
export const decidingResults = (audit: JudgedWithNext, controls: readonly Control[]): Generator<RolledUp> =>
  rollUpWithNext(audit, controls, 'node-group');

/** The node group that a result is about, as it is or as it will be; absent of the cluster itself. */
export const groupOf = ({ subject }: Pick<RolledUp, 'subject'>): NodeGroup | undefined =>
  subject.scope === 'node-group' || subject.scope === 'next-node' ? subject.group : undefined;

export const isOfNextNode = ({ subject }: Pick<RolledUp, 'subject'>): boolean => subject.scope === 'next-node';

/** Of a next node only a failure counts (docs/decisions/next-node.md); what is unknown of it is shown. */
export const counts = (rolled: RolledUp, failOn?: FailingFrom): boolean =>
  isOfNextNode(rolled) ? rolled.status === 'fail' : rolled.status !== 'unknown' || failOn === 'unknown';

export type NextPosture = NonNullable<ReturnType<typeof nextPosture>>;

/** `undefined` where the audit did not look at launch templates. */
export function nextPosture(audit: ReportedAudit, controls: readonly Control[]) {
  if (!audit.nextNodes) return undefined;

  const next = rollUpNext(audit, controls);
  /** How many node groups have such a next node: the worst of its verdicts that are known, `unknown` where none is. */
  const groups: Partial<Record<AccessStatus, number>> = {};
  for (const each of Map.groupBy(next, ({ subject }) => subjectPath(subject)).values()) {
    const known: readonly AccessStatus[] = each.map(standingOf).filter((standing) => standing !== 'unknown');
    const standing = worstFirst.find((status) => known.includes(status)) ?? 'unknown';
    groups[standing] = (groups[standing] ?? 0) + 1;
  }
  const results = rollUpWithNext(audit, controls, 'node-group').flatMap(resultOf).toArray();
  return {
    groups,
    // What a person should look at, the worst first.
    results: results.toSorted((one, other) => worstFirst.indexOf(one.standing) - worstFirst.indexOf(other.standing)),
  };
}

const standingOf = ({ status, waiver }: RolledUp): AccessStatus =>
  status === 'fail' && waiver?.state === 'active' ? 'waived' : status;

/** What a node group's next node means under one control: it fails, or it is right where the running nodes fail. */
function resultOf(rolled: RolledUp) {
  const { subject, control, status, beside, nodes, waiver } = rolled;
  if (subject.scope !== 'next-node' || (status !== 'fail' && beside === undefined)) return [];

  const [first] = nodes;
  const text = beside?.text ?? (first ? reasonText(first.verdict) : '');
  const excused = waiver ? `; ${waiverText(waiver)}` : '';
  return [{ group: subject.group, control, standing: standingOf(rolled), text: `${text}${excused}` }];
}

/** `1 fails, 2 pass, 1 unknown` */
export const nextCounts = ({ groups }: NextPosture): string =>
  worstFirst.flatMap((standing) => (groups[standing] ? [`${groups[standing]} ${standing}`] : [])).join(', ') || 'none';
