import { hasCode } from '../../contract/problem-codes.ts';
import type { AsffStatusReason } from '../../core/findings/asff/asff.ts';
import { parseFindingId } from '../../core/findings/identity.ts';
import { announcementOf, statusBefore, transitionOfName } from '../../core/findings/lifecycle/announcement.ts';
import { clusterExcluded } from '../../core/findings/lifecycle/gone-finding.ts';
import { idOfKey, type Memory, withoutAnnouncements } from '../../core/findings/lifecycle/memory.ts';
import { clusterArnOf } from '../../core/model/cluster-arn.ts';
import type { Place, Transition } from '../../core/model/model.ts';
import { type Discovery, excludedCode } from '../../core/run/discovery.ts';
import { readMemories } from '../audit/remember.ts';
import type { RunMemory, StoredMemory } from '../ports.ts';

interface Withdrawn {
  readonly transitions: readonly Transition[];
  /** Remembers that they were announced. */
  keep(): Promise<void>;
}

const isExcluded = hasCode(excludedCode);

/**
 * Announced failures of clusters that settings now leave out: whether they were fixed is unknown, since they are no longer audited. Each is announced
 * once. What a younger run than this one remembers is kept.
 * @param partition that of the hub, and so of every account that it audits
 */
export async function withdrawExcluded(
  memory: RunMemory,
  { skipped, startedAt }: Pick<Discovery, 'skipped' | 'startedAt'>,
  partition: string,
): Promise<Withdrawn> {
  const transitions: Transition[] = [];
  const writes: { readonly place: Place; readonly cluster: string; readonly value: Memory; read: StoredMemory }[] = [];

  const excluded = skipped.flatMap(({ accountId = '', region = '', cluster = '', problem }) =>
    isExcluded(problem) ? [{ partition, accountId, region, cluster }] : [],
  );
  for await (const { where, read } of readMemories(memory, excluded)) {
    const { cluster, ...place } = where;
    const remembered = read.value;
    if (!remembered || remembered.startedAt > startedAt) continue;

    const withdrawn = endsOf(remembered, { place, cluster, as: 'withdrawn', reason: clusterExcluded });
    if (withdrawn.length === 0) continue;
    transitions.push(...withdrawn);
    writes.push({ place, cluster, value: withoutAnnouncements(remembered), read });
  }

  return {
    transitions,
    async keep() {
      // Where another writer was faster, the next run compares with what that one left.
      for (const { place, cluster, value, read } of writes) await memory.write(place, cluster, value, read);
    },
  };
}

interface EndsOfCluster {
  readonly place: Place;
  readonly cluster: string;
  /** `settled`: it is over. `withdrawn`: whether it is over is unknown. */
  readonly as: 'settled' | 'withdrawn';
  readonly reason: AsffStatusReason;
  /** Whether Security Hub says the same of one finding, by its Id; it was not read when absent. */
  readonly securityHub?: ((id: string) => Transition['securityHub']) | undefined;
}

/** The end of each failure of a cluster that was announced. */
export const endsOf = (
  { findings, benchmark }: Memory,
  { place, cluster, as, reason, securityHub = () => 'not-read' }: EndsOfCluster,
): readonly Transition[] =>
  Object.entries(findings).flatMap(([key, remembered]) => {
    const findingId = idOfKey(key, clusterArnOf(place, cluster).arn);
    const name = parseFindingId(findingId);
    const kind = announcementOf(remembered, as);
    if (!kind || !name) return [];

    const before = statusBefore(remembered);
    const ended = { kind, name, findingId, before, securityHub: securityHub(findingId), memory: 'kept' } as const;
    return [{ ...transitionOfName(ended, reason, benchmark), ...(as === 'withdrawn' && { status: before }) }];
  });
