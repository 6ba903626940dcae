import { GetParametersByPathCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod/mini';
import { remedyLockPath } from '../../contract/remediation-names.ts';
import { runbookGroup } from '../../core/fix/remediation/run/runbook.ts';
import type { Cluster, Place, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { printable } from '../../core/model/text/words.ts';
import type { Clock } from '../../flow/ports.ts';
import type { GroupLocks, HeldGroups } from '../../flow/remediate/ports.ts';
import { nothingChanged } from './document-problem.ts';
import { type Patience, type SsmFault, ssmCall, ssmPages } from './ssm-call.ts';

interface Options {
  readonly client: (place: Place) => SSMClient;
  readonly clock: Clock;
  /** The user and machine that hold a lock, as another terminal shows them. */
  readonly holder: string;
  /** Whether the process that took a lock on this machine still runs. */
  readonly isAlive: (pid: number) => boolean;
}

const valueSchema = z.object({ run: z.string(), holder: z.string(), pid: z.number(), seconds: z.number() });

interface Lock extends z.infer<typeof valueSchema> {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Longer than one node may take, twice: it is renewed before a node is begun that might outlast it. */
const leaseSeconds = 2 * 3_600;
const nodeMs = 45 * 60_000;

/**
 * One run at a time for each node group. A lock is the parameter `…/GROUP/N` with the highest number. It is never overwritten or deleted: the next
 * holder, a longer lease or its release is N+1, and Systems Manager lets only one caller write that.
 */
export function ssmGroupLocks({ client, clock, holder, isAlive }: Options): GroupLocks {
  return {
    async take({ arn: place }, groups, run) {
      if (!place) return ok({ renew: async () => undefined, release: async () => undefined });
      const { signal } = new AbortController();
      const call = { client: client(place), clock, signal };
      const held = new Map<string, Lock>();

      const put = async (group: string, number: number, seconds: number): Promise<Problem | undefined> => {
        const value = { run, holder, pid: process.pid, seconds };
        const command = new PutParameterCommand({
          Name: `${pathOf(place.name, group)}/${number}`,
          Value: JSON.stringify(value),
          Type: 'String',
          Overwrite: false,
        });
        const done = await ssmCall('ssm:PutParameter', () => call.client.send(command), call);
        if (done.ok) held.set(group, { ...value, number, until: clock.now().getTime() + seconds * 1_000 });
        else if (done.error.name !== 'ParameterAlreadyExists')
          return nothingChanged(done.error, `parameter${pathOf(place.name, group)}/*`);
        return done.ok ? undefined : taken(group, undefined);
      };

      const release = async (): Promise<void> => {
        for (const [group, { number }] of held) await put(group, number + 1, 0);
        held.clear();
      };

      for (const group of groups) {
        const newest = await newestLock(call, pathOf(place.name, group));
        if (!newest.ok) return err(nothingChanged(newest.error, `parameter${pathOf(place.name, group)}`));
        const lock = newest.value;
        const isOver = lock === undefined || lock.until <= clock.now().getTime() || isOfDead(lock);
        const problem = isOver ? await put(group, (lock?.number ?? 0) + 1, leaseSeconds) : taken(group, lock);
        if (!problem) continue;
        await release();
        return err(problem);
      }

      const renew = async (): Promise<Problem | undefined> => {
        for (const [group, { number, until }] of held) {
          if (until - clock.now().getTime() > nodeMs) continue;
          const problem = await put(group, number + 1, leaseSeconds);
          if (problem) return problem;
        }
        return undefined;
      };
      return ok<HeldGroups>({ renew, release });
    },
  };

  /** Its terminal was killed. The document on the node ends without it, and a lock there excludes a second command. */
  function isOfDead(lock: Lock): boolean {
    return lock.holder === holder && !isAlive(lock.pid);
  }
}

const pathOf = (cluster: Cluster['name'], group: string): string =>
  `${remedyLockPath}/${cluster}/${runbookGroup(group).replace('~', '.')}`;

async function newestLock(
  call: Patience & { readonly client: SSMClient },
  path: string,
): Promise<Result<Lock | undefined, SsmFault>> {
  const pages = await ssmPages(
    'ssm:GetParametersByPath',
    (next) => call.client.send(new GetParametersByPathCommand({ Path: path, MaxResults: 10, ...next })),
    call,
  );
  if (!pages.ok) return pages;
  const locks = pages.value
    .flatMap(({ Parameters = [] }) => Parameters)
    .map(({ Name = '', Value = '', LastModifiedDate }): Lock => {
      const value = parsed(Value);
      const since = LastModifiedDate?.getTime() ?? Number.POSITIVE_INFINITY;
      return { ...value, number: Number(Name.slice(path.length + 1)), until: since + value.seconds * 1_000 };
    });
  return ok(locks.filter((each) => Number.isSafeInteger(each.number)).toSorted((a, b) => b.number - a.number)[0]);
}

/** A value that can't be read holds the group, until somebody looks at it: it is never taken for a free one. */
function parsed(text: string): z.infer<typeof valueSchema> {
  try {
    return valueSchema.parse(JSON.parse(text));
  } catch {
    return { run: 'unknown', holder: 'unknown', pid: 0, seconds: Number.POSITIVE_INFINITY };
  }
}

const taken = (group: string, lock: Lock | undefined): Problem => ({
  code: 'group-locked',
  message: lock
    ? `node group ${group} is being changed by ${holderWords(lock)} at the latest`
    : `another run took node group ${group} a moment before`,
  remedy: 'wait for its end; nothing was changed there',
});

function holderWords({ run, holder, until }: Lock): string {
  const end = until < 8e15 ? new Date(until).toISOString() : 'somebody removes its parameter';
  return `run ${printable(run, 80)} of ${printable(holder, 100)}, until ${end}`;
}
