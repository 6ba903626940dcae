import { productName } from '../../../contract/names.ts';
import type { ClusterArn, NodeGroup, Transition } from '../../model/model.ts';
import { howMany } from '../../model/text/words.ts';
import type { AsffFinding } from '../asff/asff.ts';
import { ownFields, withReason } from '../asff/own-fields.ts';
import { requirementText } from '../description.ts';
import { type FindingOfOptions, findingOf, isApplicable } from '../finding.ts';
import { findingId, findingText, parseFindingId } from '../identity.ts';
import { type RolledUp, waiverOf } from '../roll-up.ts';
import { statusBefore, transitionOfFinding } from './announcement.ts';
import { keyOfFinding, type Memory, mostSwept, type RememberedFinding } from './memory.ts';
import { afterSweep, isOpenFailure, type OpenedEntry, type SweepMemory, untaken } from './sweep-memory.ts';

/** A failure that a sweep saw, and that was not open. */
export interface OpenedFinding {
  readonly id: string;
  readonly rolled: RolledUp;
  readonly before?: RememberedFinding;
  /** Whether Security Hub has to hear of it: a finding that is as bad already gets nothing. */
  readonly isNews: boolean;
  /** Whether people have to hear of it: what was announced and is not over is not announced again. */
  readonly isToAnnounce: boolean;
}

export interface OpenedBySweep {
  readonly opened: readonly OpenedFinding[];
  /** What the next run takes over; absent when nothing is to be written. */
  readonly remember?: SweepMemory;
}

interface SweepSaw {
  /** Of the machines that the sweep read, and of no others. */
  readonly rolled: readonly RolledUp[];
  readonly cluster: ClusterArn;
  /** When the sweep listed them, and the sweep's own time. */
  readonly listed: string;
  readonly at: string;
}

/**
 * What a sweep may do: passed or not available becomes failed or warned, and warned becomes failed. It never says that anything is over, since a part of
 * a cluster proves nothing about the rest.
 * @param memory what the runs and the sweeps before remember, as it is stored
 */
export function openedBySweep(
  memory: { readonly run?: Memory | undefined; readonly sweeps?: SweepMemory | undefined },
  { rolled, cluster, listed, at }: SweepSaw,
): OpenedBySweep {
  const { run, sweeps } = memory;
  const before = untaken(sweeps, run);
  const revision = Math.max(sweeps?.revision ?? 0, run?.sweeps ?? 0) + 1;
  const entries: Record<string, OpenedEntry> = {};
  const opened: OpenedFinding[] = [];

  for (const each of rolled) {
    const { status, waiver } = each;
    if ((status !== 'fail' && status !== 'warn') || waiver?.state === 'active') continue;

    const id = findingId(each.control.slug, cluster, each.subject);
    const key = keyOfFinding(id, cluster.arn);
    const entry = before[key];
    const ofRun = run?.findings[key];
    const remembered = entry ? afterSweep(ofRun, entry, run) : ofRun;
    const known = entry?.pending ? ofRun : remembered;
    const isNews = !isOpenFailure(known) || (known?.status === 'warn' && status === 'fail');
    const isToAnnounce = remembered?.announced !== 'opened';
    if (isNews || isToAnnounce)
      opened.push({ id, rolled: each, ...(known && { before: known }), isNews, isToAnnounce });

    const machines = withMore(entry?.machines ?? {}, machinesOf(each));
    const isKnown = Object.keys(machines).every((machine) => entry?.machines[machine] || run?.machines?.[machine]);
    if (isKnown && !isNews && !isToAnnounce) continue;
    entries[key] = {
      revision,
      status: entry?.status === 'fail' ? 'fail' : status,
      listed: entry && entry.listed > listed ? entry.listed : listed,
      at: entry?.at ?? at,
      machines,
      ...(entry?.sent && { sent: entry.sent }),
      ...(isToAnnounce ? { announced: revision } : entry?.announced && { announced: entry.announced }),
    };
  }

  const isWritten = Object.keys(entries).length > 0;
  return {
    opened,
    ...(isWritten && { remember: { ...sweeps, version: 1, revision, opened: { ...before, ...entries } } }),
  };
}

export function machinesOf({ nodes, status }: RolledUp): readonly (readonly [string, NodeGroup])[] {
  return nodes.flatMap(({ node, verdict }) =>
    verdict.status === status &&
    waiverOf(verdict)?.state !== 'active' &&
    node.machine.status === 'confirmed' &&
    node.machine.instanceId.startsWith('i-')
      ? [[node.machine.instanceId, { kind: node.group.kind, name: node.group.name }] as const]
      : [],
  );
}

const withMore = (
  before: OpenedEntry['machines'],
  more: readonly (readonly [string, NodeGroup])[],
): OpenedEntry['machines'] =>
  Object.fromEntries([...new Map([...Object.entries(before), ...more])].slice(0, mostSwept));

interface SweptFindingOptions {
  readonly context: FindingOfOptions;
  /** The sweep's time, and when it listed the machines. */
  readonly at: string;
  readonly listed: string;
  /** What the last run left; absent before the first. */
  readonly run?: Memory | undefined;
}

/** What a sweep says of a failure: of the machines that it saw, and nothing of the others. */
export function sweptFinding(opened: OpenedFinding, options: SweptFindingOptions): AsffFinding | undefined {
  const { rolled } = opened;
  if (!isApplicable(rolled)) return undefined;

  const finding = findingOf(rolled, options.context);
  const fields = Object.entries(finding.ProductFields).filter(([name]) => !name.startsWith(`${productName}/nodes`));
  const words = sweptWords(opened, options);
  const Description = findingText(`${words}. ${requirementText(rolled.control)}`, 1024);
  return withReason(
    {
      ...finding,
      Description,
      ProductFields: { ...Object.fromEntries(fields), [ownFields.sweptListed]: options.listed },
    },
    { ReasonCode: 'SEEN_BY_SWEEP', Description: findingText(words, 512) },
  );
}

export function sweptTransition(
  opened: OpenedFinding,
  options: SweptFindingOptions & Pick<Transition, 'securityHub'>,
): Transition | undefined {
  const { id, before, rolled } = opened;
  const name = parseFindingId(id);
  if (!name || !isApplicable(rolled)) return undefined;

  const announcing = {
    kind: 'opened',
    name,
    findingId: id,
    before: statusBefore(before),
    securityHub: options.securityHub,
    memory: options.run ? 'kept' : 'missing',
  } as const;
  const transition = transitionOfFinding(announcing, findingOf(rolled, options.context));
  return { ...transition, because: findingText(`${sweptWords(opened, options)}; ${transition.because}`, 512) };
}

/** `1 machine seen at 14:15 UTC fails (i-…); the run of 05:00 UTC saw none`. */
function sweptWords({ rolled, before }: OpenedFinding, { at, run }: SweptFindingOptions): string {
  const ids = machinesOf(rolled).map(([id]) => id);
  const more = ids.length > named ? `, and ${ids.length - named} more` : '';
  const verb = { fail: ['fails', 'fail'], warn: ['is suspected to fail', 'are suspected to fail'] }[
    rolled.status === 'fail' ? 'fail' : 'warn'
  ][ids.length === 1 ? 0 : 1];
  const seen =
    ids.length > 0
      ? `${howMany(ids.length, 'machine')} seen at ${at.slice(11, 16)} UTC ${verb} (${ids.slice(0, named).join(', ')}${more})`
      : `seen at ${at.slice(11, 16)} UTC in a cluster that is new`;
  if (!run) return `${seen}; no run has audited this cluster yet`;

  const day = run.startedAt.slice(0, 10) === at.slice(0, 10) ? '' : `${run.startedAt.slice(0, 10)} `;
  return `${seen}; the run of ${day}${run.startedAt.slice(11, 16)} UTC saw ${before?.status === 'warn' ? 'it suspected only' : 'none'}`;
}

const named = 3;
