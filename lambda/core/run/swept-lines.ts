import type { ClusterNode, Instance, VerdictStatus } from '../model/model.ts';
import type { ReportedAudit, ReportedNode } from '../model/reported-audit.ts';
import { seenFirst } from '../model/statuses.ts';
import { printable } from '../model/text/words.ts';
import { verdictStanding } from '../model/verdict-parts.ts';
import { isAlive } from '../read/inventory/gone.ts';
import type { CensusLine, MachineJudged, NotJudgedKind } from './census.ts';
import { mostAttempts, type SweepItem, type SweptMachine } from './sweep.ts';

interface SweptLinesOptions {
  readonly item: Omit<SweepItem, 'machines'>;
  /** Those of the item; or, of a whole cluster, those that EC2 described. */
  readonly machines: readonly SweptMachine[];
  readonly audit: ReportedAudit;
  /** By id, as EC2 described them; `undefined` when it could not be asked. */
  readonly instances: ReadonlyMap<string, Pick<Instance, 'state'>> | undefined;
  /** Only these were listed, and not the whole cluster. */
  readonly isPart: boolean;
}

export interface SweptLines {
  readonly lines: readonly CensusLine[];
  readonly retry: readonly SweptMachine[];
}

/** What became of each machine of an item: judged, or why not, and whether the next sweep tries again. */
export function sweptLines({ item, machines, audit, instances, isPart }: SweptLinesOptions): SweptLines {
  const { withoutKubelet = [], contested = [] } = audit.inventory;
  const nodes = byMachine(audit.nodes, ({ node }) => node);
  const hidden = byMachine(withoutKubelet, (node) => node);
  const ofSeveral = byMachine(contested, (node) => node);
  const retry: SweptMachine[] = [];

  const lines = machines.map((machine): CensusLine => {
    const { instanceId, group, launchedAt } = machine;
    const read = nodes.get(instanceId);
    const { version, ...place } = lineOf(item);
    const common = { version, ...place, instanceId, group: read?.node.group ?? group, launchedAt };
    const judged = read && judgedOf(read, { at: audit.auditedAt, isPart });
    if (judged) return { ...common, judged };

    const state = instances?.get(instanceId)?.state;
    const fate = fateOf(read, {
      isEnded: instances !== undefined && (state === undefined || !isAlive({ state })),
      isHidden: hidden.has(instanceId),
      isOfSeveral: ofSeveral.has(instanceId),
    });
    if (fate.kind === 'ended') return { ...common, notJudged: fate };
    const attempt = machine.attempt + (fate.kind === 'too-young' || fate.isOutOfTime ? 0 : 1);
    const notJudged = { kind: fate.kind, because: fate.because };
    if (attempt >= mostAttempts) return { ...common, notJudged };

    retry.push({ ...machine, attempt });
    return { ...common, notJudged: { ...notJudged, kind: fate.kind === 'too-young' ? 'too-young' : 'waiting' } };
  });
  return { lines, retry };
}

export function unlistedLines(
  item: Omit<SweepItem, 'machines'>,
  machines: readonly SweptMachine[],
  { kind, because }: { readonly kind: NotJudgedKind; readonly because: string },
): SweptLines {
  const again = kind === 'never-joined' ? [] : machines.map((each) => ({ ...each, attempt: each.attempt + 1 }));
  const retry = again.filter(({ attempt }) => attempt < mostAttempts);
  const waiting = new Set(retry.map(({ instanceId }) => instanceId));
  return {
    retry,
    lines: machines.map(({ instanceId, group, launchedAt }) => ({
      ...lineOf(item),
      instanceId,
      group,
      launchedAt,
      notJudged: { kind: waiting.has(instanceId) ? 'waiting' : kind, because: printable(because, 300) },
    })),
  };
}

const lineOf = ({ sweepAt, accountId, region, cluster }: Omit<SweepItem, 'machines'>) =>
  ({ version: 1, sweepAt, accountId, region, cluster }) as const;

function byMachine<Of>(all: readonly Of[], nodeOf: (each: Of) => ClusterNode): ReadonlyMap<string, Of> {
  return new Map(
    all.flatMap((each) => {
      const { machine } = nodeOf(each);
      return machine.status === 'confirmed' ? [[machine.instanceId, each] as const] : [];
    }),
  );
}

/** Judged when something was seen: a refusal is a result, and what AWS runs may have nothing to be judged. */
function judgedOf(
  { verdicts, facts, failures }: ReportedNode,
  { at, isPart }: { readonly at: string; readonly isPart: boolean },
): MachineJudged | undefined {
  const all = Object.values(verdicts);
  const statuses = new Set(all.map(verdictStanding));
  const via = facts?.via ?? failures.at(-1)?.via;
  const worst = seenFirst.find((each) => statuses.has(each));
  if (!via || !worst || all.every(({ status }) => status === ('unknown' satisfies VerdictStatus))) return undefined;

  return { at, by: 'sweep', via, worst, ...(isPart && { partOfList: true }) };
}

function fateOf(
  read: ReportedNode | undefined,
  { isEnded, isHidden, isOfSeveral }: Readonly<Record<'isEnded' | 'isHidden' | 'isOfSeveral', boolean>>,
): { readonly kind: NotJudgedKind; readonly because: string; readonly isOutOfTime?: boolean } {
  if (isEnded) return { kind: 'ended', because: 'it ended before it could be read' };
  if (isOfSeveral)
    return { kind: 'contested', because: 'it has the tags of several clusters, and this one does not list it' };
  if (isHidden) return { kind: 'never-joined', because: 'no API server lists it, and SSM finds no kubelet on it' };
  if (!read) return { kind: 'too-young', because: 'it boots, and has not joined its cluster yet' };

  const { failures, node } = read;
  const because = printable(
    node.distrust ?? (failures.map((each) => `${each.via}: ${each.because}`).join('; ') || 'no source was tried'),
    300,
  );
  if (node.booting) return { kind: 'too-young', because };
  const isOutOfTime = failures.length > 0 && failures.every(({ kind }) => kind === 'deadline');
  return { kind: 'unreadable', because, isOutOfTime };
}
