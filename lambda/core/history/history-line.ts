import * as z from 'zod/mini';
import { accountPattern, clusterPattern, regionPattern } from '../../contract/patterns.ts';
import type { ItemAnswer, OpenGroup } from '../run/answer.ts';
import { printable } from '../text/printable.ts';

/** One cluster in one run, as `history/DATE/RUN.jsonl` keeps it for good: small, and enough to say what began, what ended and what was not seen. */
export interface HistoryLine {
  readonly schemaVersion: 1;
  readonly run: string;
  /** ISO 8601, of the run: lines of one run have the same. */
  readonly startedAt: string;
  readonly account: string;
  readonly region: string;
  readonly cluster: string;
  readonly status: ItemAnswer['status'];
  /** Whether its nodes were listed as they were to be. */
  readonly complete: boolean;
  readonly nodes: number;
  readonly unreadable: number;
  /** Node groups × controls that are no pass, the worst first; at most 200. */
  readonly open: readonly OpenGroup[];
  readonly moreOpen: number;
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
  open: z.array(
    z.object({ control: name, group: name, standing: z.enum(['fail', 'warn', 'unknown', 'waived']), nodes: count }),
  ),
  moreOpen: count,
});

/** The line of one answer; none for an account's Region as a whole. */
export function historyLineOf(
  { item, status, complete, nodes, unreadableNodes, open }: ItemAnswer,
  { runId, startedAt }: { readonly runId: string; readonly startedAt: string },
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
  };
}

/** `111122223333/eu-west-1/payments` */
export const lineName = ({ account, region, cluster }: HistoryLine): string => `${account}/${region}/${cluster}`;

/** Reads the lines of one file strictly; what is no line of ours is told, and nothing of it is believed. */
export function parseHistory(text: string): { readonly lines: readonly HistoryLine[]; readonly refused: number } {
  const all = text.split('\n').filter(Boolean).map(lineIn);
  const lines = all.filter((each) => each !== undefined);
  return { lines, refused: all.length - lines.length };
}

function lineIn(text: string): HistoryLine | undefined {
  try {
    const read = historyLine.safeParse(JSON.parse(text));
    if (!read.success) return undefined;
    return { ...read.data, open: read.data.open.map((each) => ({ ...each, group: printable(each.group, 300) })) };
  } catch {
    return undefined;
  }
}
