import pMap from 'p-map';
import { hasCode } from '../../contract/problem-codes.ts';
import { auditRemoved } from '../../core/findings/lifecycle/gone-finding.ts';
import { type Memory, timeAfter, withoutAnnouncements } from '../../core/findings/lifecycle/memory.ts';
import type { Place, Problem, Transition } from '../../core/model/model.ts';
import { OperatorError } from '../../core/model/operator-error.ts';
import type { PublishResult } from '../../core/model/published.ts';
import { ok, type Result } from '../../core/model/result.ts';
import { byText } from '../../core/model/text/words.ts';
import type { Gap } from '../../core/run/discovery.ts';
import { transitionEvents } from '../../core/run/events.ts';
import { executionName } from '../../core/run/item.ts';
import { writeChanges } from '../audit/publish-findings.ts';
import { readMemories, writeMemory } from '../audit/remember.ts';
import { problemOf } from '../problem-of.ts';
import { archived, endsOf, readGone, type StoredOfGoneCluster, securityHubWord } from '../run/archive-gone-clusters.ts';
import { discover } from '../run/discover.ts';
import type { WithdrawPorts } from './ports.ts';

const placesAtOnce = 8;

interface WithdrawOptions {
  /** Every enabled Region of each account when empty. */
  readonly regions: readonly string[];
  /** That of the hub, and so of every account that it audits. */
  readonly partition: string;
  readonly signal: AbortSignal;
}

/** An account's Region in which something is to be withdrawn. */
export interface PlaceToWithdraw extends Place {
  /** Active findings of this program in Security Hub. */
  readonly findings: number;
  /** Failures that were announced and are not over. */
  readonly open: number;
}

/**
 * What `withdraw` would do, in every account and Region. Changes nothing. A gap is what could not be looked at, and so keeps its findings.
 * @throws OperatorError when a run is going, which would bring findings back, or when accounts or the memory can't be listed
 */
export async function planWithdrawal(ports: WithdrawPorts, options: WithdrawOptions) {
  const going = await ports.executions.running();
  if (going !== undefined)
    throw new OperatorError(
      'run-going-on',
      `run ${going} is going, and would publish again what is archived; wait for its end, or stop it, then run the same command again`,
    );

  const { regions, signal } = options;
  const startedAt = ports.clock.now().toISOString();
  const found = await discover(ports, { runId: 'withdraw', startedAt, regions, names: [], signal });
  const gaps: Gap[] = [...found.gaps];
  const places = new Map<string, PlaceToWithdraw>();

  await pMap(
    found.items.filter(({ kind }) => kind === 'region'),
    async ({ partition, accountId, region }) => {
      const place = { partition, accountId, region };
      const stored = await activeIn(ports, place);
      if (stored.ok) places.set(keyOf(place), { ...place, findings: stored.value.length, open: 0 });
      else gaps.push({ accountId, region, problem: stored.error });
    },
    { concurrency: placesAtOnce, signal },
  );

  for await (const { place, transitions } of openOnes(ports, options)) {
    const { findings = 0, open = 0 } = places.get(keyOf(place)) ?? {};
    places.set(keyOf(place), { ...place, findings, open: open + transitions.length });
  }
  return {
    places: [...places.values()].filter(({ findings, open }) => findings + open > 0).toSorted(byText(keyOf)),
    accounts: found.accounts,
    gaps,
  };
}

export interface WithdrawnPlace {
  readonly place: PlaceToWithdraw;
  readonly published?: PublishResult;
  readonly announced: number;
  readonly problems: readonly Problem[];
}

/**
 * Archives the findings of each place, announces its open failures as withdrawn, and remembers that. A place that fails stops no other, and the same
 * command does what is left.
 */
export async function* applyWithdrawal(
  ports: WithdrawPorts,
  places: readonly PlaceToWithdraw[],
  { page, ...options }: WithdrawOptions & { readonly page: string },
): AsyncGenerator<WithdrawnPlace> {
  const runId = `withdraw-${executionName(ports.clock.now())}`;
  const open = Map.groupBy(await Array.fromAsync(openOnes(ports, options)), ({ place }) => keyOf(place));

  for (const place of places) {
    if (options.signal.aborted) return;
    const remembered = open.get(keyOf(place)) ?? [];
    const { published, problem } = await archiveIn(ports, place, remembered);
    const securityHub = securityHubWord(published);
    const problems: Problem[] = problem ? [problem] : [];
    let announced = 0;

    for (const { cluster, memory, read } of remembered) {
      const transitions = endsOf(memory, { place, cluster, ...removed, securityHub });
      const failed = await announce(ports, transitions, { runId, page });
      if (failed) {
        problems.push(failed);
        continue;
      }
      problems.push(
        ...(await writeMemory(ports.memory, { place, cluster, value: withoutAnnouncements(memory), read })),
      );
      announced += transitions.length;
    }
    yield { place, ...(published && { published }), announced, problems };
  }
}

/**
 * Every cluster of the hub's memory with an announced failure that is not over, also in an account that is gone. One with a note of what was sent
 * counts too: the note would take what is archived here for somebody else's.
 */
async function* openOnes({ memory }: Pick<WithdrawPorts, 'memory'>, { partition }: Pick<WithdrawOptions, 'partition'>) {
  for await (const { where, read } of readMemories(memory, memory.everyCluster())) {
    const { cluster, accountId, region } = where;
    const place = { partition, accountId, region };
    const { value } = read;
    const transitions = value ? endsOf(value, { place, cluster, ...removed }) : [];
    if (value && (transitions.length > 0 || value.sentIn !== undefined))
      yield { place, cluster, memory: value, read, transitions };
  }
}

const removed = { as: 'withdrawn', reason: auditRemoved } as const;

const isOff = hasCode('security-hub-off');

/** Where Security Hub is off there is nothing to archive. */
async function activeIn(
  ports: Pick<WithdrawPorts, 'findings'>,
  place: Place,
): Promise<Result<readonly StoredOfGoneCluster[], Problem>> {
  const stored = await readGone(ports, place, new Set());
  return !stored.ok && isOff(stored.error) ? ok([]) : stored;
}

async function archiveIn(
  ports: Pick<WithdrawPorts, 'findings' | 'clock'>,
  { partition, accountId, region, findings }: PlaceToWithdraw,
  remembered: readonly { readonly memory: Pick<Memory, 'startedAt'> }[],
): Promise<{ readonly published?: PublishResult; readonly problem?: Problem }> {
  if (findings === 0) return {};

  const place = { partition, accountId, region };
  const stored = await activeIn(ports, place);
  if (!stored.ok) return { problem: stored.error };
  const now = timeAfter(
    ports.clock.now(),
    remembered.map(({ memory }) => memory.startedAt),
  );
  return await writeChanges(ports, { place, changes: archived(stored.value, { reason: auditRemoved, now }) });
}

async function announce(
  { events, clock, log }: Pick<WithdrawPorts, 'events' | 'clock' | 'log'>,
  transitions: readonly Transition[],
  about: { readonly runId: string; readonly page: string },
): Promise<Problem | undefined> {
  if (transitions.length === 0) return undefined;
  try {
    const time = clock.now();
    await events.put(transitionEvents(transitions, about).map((each) => ({ ...each, time })));
    return undefined;
  } catch (error) {
    return problemOf(log, error, 'announcing what is withdrawn');
  }
}

const keyOf = ({ accountId, region }: Pick<Place, 'accountId' | 'region'>): string => `${accountId}/${region}`;
