import * as z from 'zod/mini';
import { accessDoors } from '../judge/access.ts';
import { type Control, severities } from '../judge/control.ts';
import { controls as catalogue } from '../judge/controls/index.ts';
import { nameOf } from '../judge/controls/shared/about.ts';
import { type AccessState, stateOrder } from '../model/access-states.ts';
import { alikeBy } from '../model/alike-by.ts';
import { type AccessStatus, nodeGroupKinds, type Verdict } from '../model/model.ts';
import type { Model } from '../model/node-facts.ts';
import type { ReportedAudit, ReportedNode } from '../model/reported-audit.ts';
import { openStatuses, worstFirst } from '../model/statuses.ts';
import { byText, printable } from '../model/text/words.ts';
import { isWaived, reasonIn, verdictStanding } from '../model/verdict-parts.ts';
import { remedies, remedyFor } from './remedies/remedy.ts';

const count = z.int().check(z.nonnegative());
/** Names come from nodes and tags: they are bounded when they are written, and again when they are read. */
const text = z.string().check(z.maxLength(400));

const cause = z.object({
  /** Its slug. */
  control: text,
  /** The worst that this control comes to on these nodes. */
  standing: z.enum(openStatuses),
  /** How many of the nodes. */
  nodes: count,
});

/**
 * Where the change is made that fixes these nodes:
 * - `restart`: the files are right already. `replace`: new nodes pass. `template`: a launch template, with the lines that decide.
 * - A remedy: the place that nodes of this kind get their configuration from.
 */
const change = z.object({
  by: z.enum(['restart', 'replace', 'template', ...remedies]),
  template: z.exactOptional(text),
  lines: z.exactOptional(z.array(count)),
});
export type Change = Model<typeof change>;

/** What is known of the nodes of one group in one state. Every output renders this. */
export const statement = z.object({
  accountId: z.exactOptional(text),
  region: z.exactOptional(text),
  cluster: text,
  group: z.object({ kind: z.enum(nodeGroupKinds), name: text }),
  state: z.enum(stateOrder),
  nodes: count,
  /** How many of them are closed once everything that fails here is fixed. */
  closes: count,
  /** What the claim of their tag says, the owner of most nodes first; at most five. */
  owners: z.array(z.object({ name: text, nodes: count })),
  /** The worst of what fails or probably fails; absent where nothing does. */
  severity: z.exactOptional(z.enum(severities)),
  /** What fails, the four doors first; for a node that was not read, the doors that are unknown. */
  causes: z.array(cause),
  /** Why most of them were not read, or why nothing is proved. */
  reason: z.exactOptional(text),
  /** Absent where nothing fails. */
  change: z.exactOptional(change),
});
export type Statement = Model<typeof statement>;
export type Cause = Statement['causes'][number];

type Audit = Pick<ReportedAudit, 'cluster' | 'nodes' | 'nextNodes'>;

/** One statement for each node group and state, the ones that need a person first. Their nodes add up to all nodes. */
export function statementsOf(audit: Audit, controls: readonly Control[]): readonly Statement[] {
  const alike = alikeBy(audit.nodes, ({ node: { group }, access }) =>
    statementKey({ state: access?.state ?? 'not-read', group }),
  );
  return [...alike.values()].map((members) => statementOf(members, audit, controls)).toSorted(mostUrgentFirst);
}

/** One of a cluster. */
export const statementKey = ({ state, group }: Pick<Statement, 'state' | 'group'>): string =>
  `${stateOrder.indexOf(state)} ${group.kind}/${group.name}`;

/** Those that have something to fix, in the order in which to do it. */
export const toFixFirst = (all: readonly Statement[]): readonly Statement[] =>
  all.filter(({ change }) => change).toSorted(mostUrgentFirst);

/** By state and severity, then by nodes. */
export const mostUrgentFirst = (one: Statement, other: Statement): number =>
  stateOrder.indexOf(one.state) - stateOrder.indexOf(other.state) ||
  severityOf(other) - severityOf(one) ||
  other.nodes - one.nodes ||
  byText(placeOf)(one, other);

const severityOf = ({ severity }: Statement): number => (severity === undefined ? -1 : severities.indexOf(severity));

const placeOf = ({ accountId, region, cluster, group }: Statement): string =>
  [accountId, region, cluster, group.kind, group.name].join('/');

type Members = readonly [ReportedNode, ...ReportedNode[]];

function statementOf(members: Members, audit: Audit, controls: readonly Control[]): Statement {
  const [{ node, access }] = members;
  const { name, arn } = audit.cluster;
  const state: AccessState = access?.state ?? 'not-read';
  const standings = members.map((each) => standingsOf(each, controls));
  const causes = causesOf(standings, controls);
  const known = [...controls, ...catalogue];
  const severity = severities.findLast((each) =>
    causes.some(
      ({ control, standing }) => isFailure(standing) && known.find(({ slug }) => slug === control)?.severity === each,
    ),
  );
  // Only nodes that fail what the fix sets: what is unknown or waived of a door stays so.
  const closed = standings.filter((each) => {
    const doors = doorControls.flatMap(({ slug }) => each.get(slug) ?? []);
    return doors.includes('fail') && doors.every((door) => door === 'fail' || door === 'pass');
  });
  const change = changeOf(members, causes, audit);
  const reason = reasonOf(members, state);
  return {
    ...(arn && { accountId: arn.accountId, region: arn.region }),
    cluster: printable(name, longest),
    group: { kind: node.group.kind, name: printable(node.group.name, longest) },
    state,
    nodes: members.length,
    closes: change === undefined || change.by === 'aws' ? 0 : closed.length,
    owners: ownersOf(members),
    ...(severity !== undefined && { severity }),
    causes,
    ...(reason !== undefined && { reason }),
    ...(change && { change }),
  };
}

const longest = 300;
const mostOwners = 5;
const mostLines = 6;

const isFailure = (standing: AccessStatus): boolean => standing === 'fail' || standing === 'warn';

type Standings = ReadonlyMap<string, AccessStatus>;

const doorControls: readonly Control[] = Object.values(accessDoors);

/** Each control of one node by slug; the four doors always, whichever controls were chosen. */
export function standingsOf({ access, verdicts }: ReportedNode, controls: readonly Control[]): Standings {
  const doors = Object.entries(accessDoors).flatMap(([door, { slug }]) => {
    const standing = access?.doors?.[door];
    return standing === undefined ? [] : [[slug, standing] as const];
  });
  const judged = controls.flatMap(({ slug }) => {
    const verdict = verdicts[slug];
    return verdict ? [[slug, verdictStanding(verdict)] as const] : [];
  });
  return new Map([...judged, ...doors]);
}

/** The doors by all that is no pass, the other controls by what fails or probably fails. */
function causesOf(all: readonly Standings[], controls: readonly Control[]): readonly Cause[] {
  const others = controls
    .filter(({ slug }) => !doorControls.some((door) => door.slug === slug))
    .toSorted((one, other) => severities.indexOf(other.severity) - severities.indexOf(one.severity));
  return [...doorControls, ...others].flatMap((control): readonly Cause[] => {
    const standing = worstFirst.find((each) => all.some((standings) => standings.get(control.slug) === each));
    const isShown = doorControls.includes(control) || (standing !== undefined && isFailure(standing));
    const open = openStatuses.find((each) => each === standing);
    if (!open || !isShown) return [];
    const { length } = all.filter((standings) => standings.get(control.slug) === open);
    return [{ control: control.slug, standing: open, nodes: length }];
  });
}

function ownersOf(members: Members): Statement['owners'] {
  const named = members.flatMap(({ node: { owner } }) => owner ?? []);
  return [...alikeBy(named, (name) => name)]
    .map(([name, { length }]) => ({ name, nodes: length }))
    .toSorted((one, other) => other.nodes - one.nodes)
    .slice(0, mostOwners);
}

/** What most of them were not read for. */
function reasonOf(members: Members, state: AccessState): string | undefined {
  if (state !== 'not-read' && state !== 'refuses-api-server') return undefined;
  const reasons = members.flatMap(({ failures, verdicts, node: { distrust } }) => {
    const open = doorControls.flatMap(({ slug }) => verdicts[slug] ?? []);
    const unproved = open.find(({ status }) => status === 'warn' || status === 'unknown');
    const last = failures.at(-1);
    return distrust ?? (last && `${last.via}: ${last.because}`) ?? (unproved && reasonIn(unproved)) ?? [];
  });
  const [most] = [...alikeBy(reasons, (each) => each).values()].toSorted((one, other) => other.length - one.length);
  return most && printable(most[0], longest);
}

type Failure = Extract<Verdict, { readonly status: 'fail' }>;

/** A restart where the files are right already; else the group's template where it is known; else what configures nodes of this kind. */
function changeOf(members: Members, causes: readonly Cause[], { nextNodes }: Audit): Change | undefined {
  const failing = causes.filter(({ standing }) => standing === 'fail').map(({ control }) => control);
  const [first, ...others] = failing;
  if (first === undefined) return undefined;
  if (members.every((each) => failing.every((slug) => isFixedByRestart(each, slug)))) return { by: 'restart' };

  const [{ node }] = members;
  const next = (nextNodes?.nodes ?? []).filter(
    (each) => each.node.group.kind === node.group.kind && each.node.group.name === node.group.name,
  );
  const open = next.flatMap(({ source, verdicts }) =>
    [first, ...others].flatMap((slug) => {
      const verdict = verdicts[slug];
      return isOpenFailure(verdict) ? [{ source, origin: verdict.evidence.origin }] : [];
    }),
  );
  const [template] = open;
  if (template) {
    const lines = open.flatMap(({ source, origin }) =>
      source === template.source && origin.from === 'user-data' ? (origin.line ?? []) : [],
    );
    const sorted = [...new Set(lines)].toSorted((one, other) => one - other).slice(0, mostLines);
    return {
      by: 'template',
      template: printable(template.source, longest),
      ...(sorted.length > 0 && { lines: sorted }),
    };
  }
  const isRight =
    next.length > 0 && next.every(({ verdicts }) => failing.every((slug) => verdicts[slug]?.status === 'pass'));
  if (isRight) return { by: 'replace' };
  // Nodes of one group may have several images: that of most decides.
  const alike = [...alikeBy(members, (each) => remedyFor(each.node))];
  const [[remedy]] = alike.toSorted(([, one], [, other]) => other.length - one.length) as [(typeof alike)[number]];
  return { by: remedy };
}

const isOpenFailure = (verdict: Verdict | undefined): verdict is Failure =>
  verdict?.status === 'fail' && !isWaived(verdict);

function isFixedByRestart({ drift = [], verdicts }: ReportedNode, slug: string): boolean {
  const verdict = verdicts[slug];
  const control = catalogue.find((each) => each.slug === slug);
  if (!control || !isOpenFailure(verdict)) return verdict !== undefined && !isOpenFailure(verdict);
  return drift.some(
    ({ kind, setting, afterRestart }) =>
      kind === 'edited-not-restarted' &&
      setting === nameOf(control.about) &&
      afterRestart === verdict.evidence.expected,
  );
}
