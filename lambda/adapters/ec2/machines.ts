import type { Instance as Ec2Instance, Filter } from '@aws-sdk/client-ec2';
import { clusterNameTags } from '../../contract/names.ts';
import type { Place } from '../../core/model/model.ts';
import { printable } from '../../core/model/text/words.ts';
import type { SeenMachine } from '../../core/run/sweeps/decide-sweep.ts';
import type { Machines } from '../../flow/sweep/ports.ts';
import type { Ec2Clients } from './client.ts';
import { describe, instancesOf, mostValues, ownedBy, toInstance } from './instances.ts';

/** Machines that carry a tag of any cluster. The values of one filter are joined by "or". */
const ofAnyCluster: Filter = { Name: 'tag-key', Values: [`${ownedBy}*`, ...clusterNameTags] };

/**
 * The machines of an account's Region that came or went: EC2 filters them by tag, launch time and state, so machines that were there before cost nothing.
 * IAM: ec2:DescribeInstances. Source: EC2 API reference, "DescribeInstances".
 */
export function ec2Machines({ client }: { readonly client: Ec2Clients }): Machines {
  const found = (place: Place, questions: readonly (readonly Filter[])[], signal: AbortSignal) =>
    instancesOf<SeenMachine>(place, async (machines) => {
      for (const filters of questions)
        for await (const described of describe(await client(place), filters, signal))
          for (const each of toInstance(described)) machines.set(each.id, { ...each, ...endOf(described) });
    });

  return {
    launched: (place, { since, until }, signal) =>
      found(place, [[ofAnyCluster, { Name: 'launch-time', Values: [...launchTimes(since, until)] }]], signal),
    ended: (place, signal) =>
      found(place, [[ofAnyCluster, { Name: 'instance-state-name', Values: ['shutting-down', 'terminated'] }]], signal),
    byId: (place, ids, signal) => {
      const batches = Array.from({ length: Math.ceil(ids.length / mostValues) }, (_, index) => [
        { Name: 'instance-id', Values: ids.slice(index * mostValues, (index + 1) * mostValues) },
      ]);
      return found(place, batches, signal);
    },
  };
}

const ending = new Set(['shutting-down', 'terminated']);

/** `User initiated (2026-11-28 14:05:00 GMT)` has the time; the code says who ended it. */
function endOf({ State, StateReason, StateTransitionReason = '' }: Ec2Instance): Pick<SeenMachine, 'ended'> {
  if (!ending.has(State?.Name ?? '')) return {};

  const [, day, time] = /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:GMT|UTC)\)$/.exec(StateTransitionReason) ?? [];
  const because = StateReason?.Message ?? StateReason?.Code ?? StateTransitionReason;
  return {
    ended: { ...(day && { at: `${day}T${time}.000Z` }), because: printable(because || 'EC2 names no reason', 200) },
  };
}

const minute = 60_000;

/** How many characters of `2026-11-28T14:05:00.000Z` are written out before the `*`: of a minute, ten minutes, an hour, a day. */
const spans = [
  { length: 16, ms: minute },
  { length: 15, ms: 10 * minute },
  { length: 13, ms: 60 * minute },
  { length: 10, ms: 24 * 60 * minute },
] as const;

/** Fewer than EC2 takes in one filter. */
const mostTimes = 60;

/**
 * Values of EC2's filter `launch-time` that cover this time, and some time beside it: `2026-11-28T14:05*` is a minute.
 * Source: EC2 API reference, DescribeInstances, "launch-time": "You can use a wildcard (*), for example, 2021-09-29T*".
 */
export function launchTimes(since: Date, until: Date): readonly string[] {
  const fits = spans.find(({ ms }) => (until.getTime() - since.getTime()) / ms < mostTimes - 1);
  const { length, ms } = fits ?? spans[3];
  const begin = Math.floor(Math.max(since.getTime(), until.getTime() - (mostTimes - 1) * ms) / ms);
  const end = Math.floor(until.getTime() / ms);
  return Array.from(
    { length: end - begin + 1 },
    (_, index) => `${new Date((begin + index) * ms).toISOString().slice(0, length)}*`,
  );
}
