import type { Instance as Ec2Instance, Filter } from '@aws-sdk/client-ec2';
import { clusterNameTags } from '../../contract/names.ts';
import type { Place } from '../../core/model/model.ts';
import { err, ok } from '../../core/model/result.ts';
import { printable } from '../../core/model/text/printable.ts';
import type { SeenMachine } from '../../core/run/sweeps/decide-sweep.ts';
import type { Machines } from '../../flow/sweep/ports.ts';
import { accountProblem } from '../aws-access.ts';
import type { Ec2Clients } from './client.ts';
import { describe, instancesProblem, mostValues, ownedBy, toInstance } from './instances.ts';
import { launchTimes } from './launch-times.ts';

/** Machines that carry a tag of any cluster. The values of one filter are joined by "or". */
const ofAnyCluster: Filter = { Name: 'tag-key', Values: [`${ownedBy}*`, ...clusterNameTags] };

/**
 * The machines of an account's Region that came or went: EC2 filters them by tag, launch time and state, so machines that were there before cost nothing.
 * IAM: ec2:DescribeInstances. Source: EC2 API reference, "DescribeInstances".
 */
export function ec2Machines({ client }: { readonly client: Ec2Clients }): Machines {
  async function found(place: Place, questions: readonly (readonly Filter[])[], signal: AbortSignal) {
    try {
      const machines = new Map<string, SeenMachine>();
      for (const filters of questions)
        for await (const described of describe(await client(place), filters, signal))
          for (const each of toInstance(described)) machines.set(each.id, { ...each, ...endOf(described) });
      return ok([...machines.values()]);
    } catch (error) {
      return err(accountProblem(error, { action: 'ec2:DescribeInstances', place }) ?? instancesProblem(error, place));
    }
  }

  return {
    launched: (place, { since, until }, signal) =>
      found(place, [[ofAnyCluster, { Name: 'launch-time', Values: [...launchTimes(since, until)] }]], signal),
    ended: (place, signal) =>
      found(place, [[ofAnyCluster, { Name: 'instance-state-name', Values: ['shutting-down', 'terminated'] }]], signal),
    byId: (place, ids, signal) => {
      const batches = Array.from({ length: Math.ceil(ids.length / mostValues) }, (_, index) =>
        ids.slice(index * mostValues, (index + 1) * mostValues),
      );
      return found(
        place,
        batches.map((Values) => [{ Name: 'instance-id', Values }]),
        signal,
      );
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
