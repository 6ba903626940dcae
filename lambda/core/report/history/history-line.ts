import * as z from 'zod/mini';
import type { Model } from '../../model/node-facts.ts';
import { openStatuses } from '../../model/statuses.ts';
import { jsonOf, ownCopy, printable } from '../../model/text/words.ts';
import { type ItemAnswer, stateCounts } from '../../run/answer.ts';
import { clusterName, place } from '../../run/item.ts';

const count = z.int().check(z.nonnegative());
const name = z.string().check(z.maxLength(400));

/** One cluster in one run, as `history/DATE/RUN.jsonl` keeps it permanently: small, and enough to say what began, what ended and what was not seen. */
const historyLine = z.object({
  schemaVersion: z.literal(1),
  run: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,80}$/)),
  /** ISO 8601, of the run: lines of one run have the same. */
  startedAt: z.iso.datetime(),
  account: place.accountId,
  region: place.region,
  cluster: clusterName.cluster,
  status: z.enum(['done', 'gone', 'failed']),
  /** Whether its nodes were listed by the usual source. */
  complete: z.boolean(),
  nodes: count,
  unreadable: count,
  /** Nodes by state; absent in lines of earlier releases. */
  states: z.exactOptional(stateCounts),
  /** Node groups × controls that are no pass, the worst first; at most 200. */
  open: z.array(z.object({ control: name, group: name, standing: z.enum(openStatuses), nodes: count })),
  moreOpen: count,
  /** Every node group that was judged, as `open` names them; a failure of another one is gone, and not fixed. */
  groups: z.exactOptional(z.array(name)),
  /** Gaps of the whole run, the same in each of its lines: what it did not look at may have no line at all. */
  runGaps: z.exactOptional(count),
  /** In the first line of a run: the last sweep until it was summed up. */
  sweptAt: z.exactOptional(z.iso.datetime()),
});
export type HistoryLine = Model<typeof historyLine>;

/** The line of one answer; none for an account's Region as a whole. */
export function historyLineOf(
  answer: Pick<ItemAnswer, 'item' | 'status' | 'complete' | 'nodes' | 'unreadableNodes' | 'states' | 'open' | 'groups'>,
  { runId, startedAt, gaps }: { readonly runId: string; readonly startedAt: string; readonly gaps: number },
): HistoryLine | undefined {
  const { item, status, complete, nodes, unreadableNodes: unreadable, states, open, groups } = answer;
  if (item.kind !== 'cluster') return undefined;

  return {
    schemaVersion: 1,
    run: runId,
    startedAt,
    account: item.accountId,
    region: item.region,
    cluster: item.cluster,
    status,
    complete,
    nodes,
    unreadable,
    open: open?.groups ?? [],
    moreOpen: open?.more ?? 0,
    ...(states && { states }),
    ...(groups && { groups }),
    runGaps: gaps,
  };
}

/** `111122223333/eu-west-1/payments` */
export const lineName = ({ account, region, cluster }: HistoryLine): string => `${account}/${region}/${cluster}`;

/** The lines of one file, and how many lines were ignored because this program did not write them. */
export interface ParsedHistory {
  readonly lines: readonly HistoryLine[];
  readonly refused: number;
}

/** As a run writes a line: what differs from run to run, then the cluster, then what rarely changes. */
const written =
  /^\{"schemaVersion":1,"run":"([^"\\]+)","startedAt":"([^"\\]+)","account":"(\d{12})","region":"([^"\\]+)","cluster":"([^"\\]+)",(.*)$/;

/**
 * Reads files of lines strictly. What one line says again after another is kept once: a year of 1,000 clusters fits into some 100 MB. A line that says of a
 * cluster what the last one of it said is not read again.
 */
export function historyParser(): (text: string) => ParsedHistory {
  const lastOf = new Map<string, { readonly rest: string; readonly line: HistoryLine }>();
  const heads = new Map<string, Pick<HistoryLine, 'run' | 'startedAt'>>();
  const words = new Map<string, string>();
  const lists = new Map<string, readonly unknown[]>();
  const word = (text: string): string => words.get(text) ?? (words.set(text, text) && text);
  function list<T>(all: readonly T[]): readonly T[] {
    const key = JSON.stringify(all);
    const known = lists.get(key) ?? all;
    lists.set(key, known);
    return known as readonly T[];
  }

  function line(text: string): HistoryLine | undefined {
    const [, run = '', startedAt = '', account, region, cluster, rest = ''] = written.exec(text) ?? [];
    const name = `${account}/${region}/${cluster}`;
    const last = rest === '' ? undefined : lastOf.get(name);
    // The run's own words were read from a whole line before.
    const head = heads.get(`${run} ${startedAt}`);
    if (head && last?.rest === rest) return { ...last.line, ...head };

    const { success, data } = historyLine.safeParse(jsonOf(text));
    if (!success) return undefined;
    const { groups, open } = data;
    const read: HistoryLine = {
      ...data,
      ...headOf(data),
      account: word(data.account),
      region: word(data.region),
      cluster: word(data.cluster),
      ...(groups && { groups: list(groups.map((each) => word(printable(each, 300)))) }),
      open: list(
        open.map((each) => ({ ...each, control: word(each.control), group: word(printable(each.group, 300)) })),
      ),
    };
    // Only of a line as it is written nothing but the rest decides what it says.
    if (rest !== '' && JSON.stringify(data) === text) lastOf.set(name, { rest: ownCopy(rest), line: read });
    return read;
  }

  function headOf({ run, startedAt }: HistoryLine) {
    const key = `${run} ${startedAt}`;
    const head = heads.get(key) ?? { run, startedAt };
    heads.set(key, head);
    return head;
  }

  return (text) => {
    const all = text.split('\n').filter(Boolean).map(line);
    const lines = all.filter((each) => each !== undefined);
    return { lines, refused: all.length - lines.length };
  };
}
