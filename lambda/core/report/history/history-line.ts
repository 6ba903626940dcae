import * as z from 'zod/mini';
import { accountPattern, clusterPattern, regionPattern } from '../../../contract/patterns.ts';
import { openStatuses } from '../../model/statuses.ts';
import { jsonOf } from '../../model/text/json-of.ts';
import { ownCopy } from '../../model/text/own-copy.ts';
import { printable } from '../../model/text/printable.ts';
import type { ItemAnswer, OpenGroup } from '../../run/answer.ts';

/** One cluster in one run, as `history/DATE/RUN.jsonl` keeps it permanently: small, and enough to say what began, what ended and what was not seen. */
export interface HistoryLine {
  readonly schemaVersion: 1;
  readonly run: string;
  /** ISO 8601, of the run: lines of one run have the same. */
  readonly startedAt: string;
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  readonly status: ItemAnswer['status'];
  /** Whether its nodes were listed by the usual source. */
  readonly complete: boolean;
  readonly nodes: number;
  readonly unreadable: number;
  /** Node groups × controls that are no pass, the worst first; at most 200. */
  readonly open: readonly OpenGroup[];
  readonly moreOpen: number;
  /** Every node group that was judged, as `open` names them; a failure of another one is gone, and not fixed. */
  readonly groups?: readonly string[];
  /** Gaps of the whole run, the same in each of its lines: what it did not look at may have no line at all. */
  readonly runGaps?: number;
  /** In the first line of a run: the last sweep until it was summed up. */
  readonly sweptAt?: string;
}

const count = z.int().check(z.nonnegative());
const name = z.string().check(z.maxLength(400));

const historyLine: z.ZodMiniType<HistoryLine> = z.object({
  schemaVersion: z.literal(1),
  run: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,80}$/)),
  startedAt: z.iso.datetime(),
  account: z.string().check(z.regex(accountPattern)),
  region: z.string().check(z.regex(regionPattern)),
  cluster: z.string().check(z.regex(clusterPattern)),
  status: z.enum(['done', 'gone', 'failed']),
  complete: z.boolean(),
  nodes: count,
  unreadable: count,
  open: z.array(z.object({ control: name, group: name, standing: z.enum(openStatuses), nodes: count })),
  moreOpen: count,
  groups: z.exactOptional(z.array(name)),
  runGaps: z.exactOptional(count),
  sweptAt: z.exactOptional(z.iso.datetime()),
});

/** The line of one answer; none for an account's Region as a whole. */
export function historyLineOf(
  {
    item,
    status,
    complete,
    nodes,
    unreadableNodes,
    open,
    groups,
  }: Pick<ItemAnswer, 'item' | 'status' | 'complete' | 'nodes' | 'unreadableNodes' | 'open' | 'groups'>,
  { runId, startedAt, gaps }: { readonly runId: string; readonly startedAt: string; readonly gaps: number },
): HistoryLine | undefined {
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
    unreadable: unreadableNodes,
    open: open?.groups ?? [],
    moreOpen: open?.more ?? 0,
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
  const words = new Map<string, string>();
  const lists = new Map<string, readonly OpenGroup[]>();
  const names = new Map<string, readonly string[]>();
  const kept = <T>(known: Map<string, T>, key: string, value: T): T => {
    const before = known.get(key);
    if (before !== undefined) return before;
    known.set(key, value);
    return value;
  };
  const word = (text: string): string => kept(words, text, text);

  function line(text: string): HistoryLine | undefined {
    const [, run = '', startedAt = '', account, region, cluster, rest = ''] = written.exec(text) ?? [];
    const name = `${account}/${region}/${cluster}`;
    const last = rest === '' ? undefined : lastOf.get(name);
    const [knownRun, knownStart] = [words.get(run), words.get(startedAt)];
    // The run's own words were read from a whole line before.
    if (last?.rest === rest && knownRun !== undefined && knownStart !== undefined)
      return { ...last.line, run: knownRun, startedAt: knownStart };

    const read = wholeLine(text);
    // Only of a line as it is written nothing but the rest decides what it says.
    if (read && rest !== '' && JSON.stringify(read.data) === text)
      lastOf.set(name, { rest: ownCopy(rest), line: read.line });
    return read?.line;
  }

  function wholeLine(text: string): { readonly data: object; readonly line: HistoryLine } | undefined {
    const read = historyLine.safeParse(jsonOf(text));
    if (!read.success) return undefined;

    const { run, startedAt, account, region, cluster, open } = read.data;
    const groups = open.map((each) => ({
      ...each,
      control: word(each.control),
      group: word(printable(each.group, 300)),
    }));
    return {
      data: read.data,
      line: {
        ...read.data,
        run: word(run),
        startedAt: word(startedAt),
        account: word(account),
        region: word(region),
        cluster: word(cluster),
        ...(read.data.groups && {
          groups: kept(
            names,
            JSON.stringify(read.data.groups),
            read.data.groups.map((each) => word(printable(each, 300))),
          ),
        }),
        open: groups.length === 0 ? none : kept(lists, JSON.stringify(groups), groups),
      },
    };
  }

  return (text) => {
    const all = text.split('\n').filter(Boolean).map(line);
    const lines = all.filter((each) => each !== undefined);
    return { lines, refused: all.length - lines.length };
  };
}

const none: readonly OpenGroup[] = [];
