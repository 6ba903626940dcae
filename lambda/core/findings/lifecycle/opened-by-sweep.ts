import type { ClusterArn, NodeGroup } from '../../model/model.ts';
import { findingId } from '../identity.ts';
import { type RolledUp, waiverOf } from '../roll-up.ts';
import { keyOfFinding, type Memory, mostSwept, type RememberedFinding } from './memory.ts';
import { afterSweep, isOpenFailure, type OpenedEntry, type SweepMemory, untaken } from './sweep-memory.ts';

/** A failure that a sweep saw, and that was not open. */
export interface OpenedFinding {
  readonly id: string;
  readonly rolled: RolledUp;
  /** What was remembered of it. */
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
    const known = entry ? afterSweep(ofRun, entry, run) : ofRun;
    const isNews = !isOpenFailure(known) || (known?.status === 'warn' && status === 'fail');
    const isToAnnounce = known?.announced !== 'opened';
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
      ...(isToAnnounce ? { announced: revision } : entry?.announced && { announced: entry.announced }),
    };
  }

  const isWritten = Object.keys(entries).length > 0;
  return {
    opened,
    ...(isWritten && { remember: { ...sweeps, version: 1, revision, opened: { ...before, ...entries } } }),
  };
}

/** The machines of a finding that fail. */
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
