import * as z from 'zod/mini';
import { hasCode } from '../../contract/problem-codes.ts';
import type { Cluster, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { jsonOf } from '../../core/model/text/words.ts';
import { apiStatus, classifyListAnswer, type HttpAnswer } from '../../core/read/kubelet/configz/api-status.ts';
import type { Clock } from '../../flow/ports.ts';
import { slept } from '../clock.ts';
import type { ApiServer } from './api-server.ts';
import { type KubernetesConnections, unreachable } from './connections.ts';
import type { NoAnswer } from './exchange.ts';

/** What is listed, and what is kept of each object. */
export interface ListedKind<Item> {
  /** `/api/v1/nodes` */
  readonly path: string;
  /** `NodeList` */
  readonly kind: string;
  /** `nodes` */
  readonly plural: string;
  /** What is kept of one object, or why it is not of that kind. */
  readonly take: (object: unknown) => Result<Item, string>;
  /** Not every cluster knows this kind: where it is not known, there is none of it. */
  readonly isOptional?: true;
}

/** Reads one object by a schema, and keeps something of it; the error is where it is not of that kind. */
export const takenBy =
  <Schema extends z.ZodMiniType, Item>(schema: Schema, keep: (object: z.output<Schema>) => Item) =>
  (object: unknown): Result<Item, string> => {
    const read = schema.safeParse(object);
    return read.success ? ok(keep(read.data)) : err(read.error.issues[0]?.path.join('.') ?? '');
  };

export interface ListOptions {
  readonly connections: KubernetesConnections;
  readonly clock: Clock;
  /** For how long nothing of a page may come; half a minute when absent. */
  readonly silenceMs?: number;
}
export interface ListTarget extends ListOptions {
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
}
interface PageTarget extends ListTarget {
  readonly server: ApiServer;
}

/**
 * A page of 200 realistic nodes is 3.6 MB, and a node can make itself as large as 1.5 MB. The API server gives up what it cannot send within a minute.
 * If a page is too large, or breaks off repeatedly, the list is restarted with smaller pages: a token for the next page only fits the same size.
 */
const pageSizes = [200, 50, 10] as const;
const maxPageBytes = 16 * 1024 * 1024;
const longestSilenceMs = 30_000;
const attempts = 4;
/** Silence takes half a minute each time. */
const attemptsInSilence = 2;

/** A whole list, page by page, each object reduced to what is used: whole objects are not kept beyond their page. */
export async function listPages<Item>(
  options: ListTarget,
  listed: ListedKind<Item>,
): Promise<Result<readonly Item[], Problem>> {
  const server = options.connections.to(options.cluster);
  if (!server.ok) return server;
  const target = { ...options, server: server.value };
  const { plural } = listed;
  let expired = 0;
  let broken: Problem = expiredTwice(target.cluster, plural);

  for (let size = 0; size < pageSizes.length; ) {
    const items: Item[] = [];
    let next = '';
    let restart = false;

    do {
      const page: PageOutcome<Item> = await getPage(target, listed, { size: pageSizes[size] ?? 1, next });
      if (page.kind === 'problem') return err(page.problem);
      // The list's snapshot expired between two pages: once more from the start.
      if (page.kind === 'expired' && expired++ > 0) return err(expiredTwice(target.cluster, plural));
      if (page.kind === 'broken') {
        broken = page.problem;
        size += 1;
      }

      restart = page.kind !== 'page';
      if (page.kind !== 'page') break;
      for (const item of page.items) items.push(item);
      next = page.next;
    } while (next);

    if (!restart) return ok(items);
  }
  return err(broken);
}

type PageOutcome<Item> =
  | { readonly kind: 'page'; readonly items: readonly Item[]; readonly next: string }
  | { readonly kind: 'expired' }
  /** It began, and never came to its end. */
  | { readonly kind: 'broken'; readonly problem: Problem }
  | { readonly kind: 'problem'; readonly problem: Problem };

async function getPage<Item>(
  { server, clock, cluster, signal, silenceMs = longestSilenceMs }: PageTarget,
  listed: ListedKind<Item>,
  { size, next }: { readonly size: number; readonly next: string },
): Promise<PageOutcome<Item>> {
  const path = `${listed.path}?limit=${size}${next ? `&continue=${encodeURIComponent(next)}` : ''}`;
  const wait = (milliseconds: number) => slept(clock, milliseconds, signal);
  let renewed = false;

  for (let attempt = 1; ; attempt += 1) {
    const chunks: Buffer[] = [];
    const got = await server.get(path, {
      signal,
      timeoutMs: silenceMs,
      maxBytes: maxPageBytes,
      onChunk: (chunk) => chunks.push(chunk),
    });
    if (!got.ok) {
      const most = got.error.code === 'TIMEOUT' ? attemptsInSilence : attempts;
      const again = attempt < most && isPassing(got.error, server) && (await wait(1000 * 2 ** (attempt - 1)));
      if (again) continue;
      return notWhole(got.error, { cluster, plural: listed.plural });
    }
    if (got.value.status === 410) return { kind: 'expired' };

    if (listed.isOptional && isUnknownPath(got.value)) return { kind: 'page', items: [], next: '' };

    const answer = classifyListAnswer(got.value, listed.plural);
    if (answer.kind === 'list') return readPage(Buffer.concat(chunks).toString('utf8'), listed, cluster);
    if (answer.kind === 'retry' && attempt < attempts && (await wait(answer.after))) continue;
    // A token that ran out in the middle of a long run is renewed once.
    if (answer.kind === 'problem' && hasCode('credentials-refused')(answer.problem) && !renewed) {
      renewed = true;
      server.forgetCredentials();
      continue;
    }
    return { kind: 'problem', problem: answer.problem };
  }
}

/** The API server's 404 to a path that it does not serve: a text, or a Status where only this version of a kind is missing. */
const isUnknownPath = (answer: HttpAnswer): boolean =>
  answer.status === 404 && (answer.body.trim() === '404 page not found' || apiStatus(answer) !== undefined);

/** It may go better in a second: an answer that did not come to its end, or an API server that has answered before. */
const isPassing = ({ code, begun = false }: NoAnswer, server: ApiServer): boolean =>
  (begun && (code === 'BROKE_OFF' || code === 'TIMEOUT')) || (server.hasAnswered() && outages.has(code));

const outages = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'CONNECT_TIMEOUT', 'STALE']);

function notWhole(
  failure: NoAnswer,
  { cluster, plural }: { readonly cluster: Cluster; readonly plural: string },
): Extract<PageOutcome<never>, { readonly problem: Problem }> {
  const { code, message, begun = false } = failure;
  const said = `of its list of ${plural}`;
  if (begun && code === 'TIMEOUT')
    return {
      kind: 'broken',
      problem: {
        code: 'api-too-slow',
        message: `the API server of ${cluster.name} is too slow: it began a page ${said}, and then ${message}, ${attemptsInSilence} times`,
        remedy: 'audit again from a network that is nearer to it, or when it has less to do',
      },
    };
  if (code === 'BROKE_OFF')
    return {
      kind: 'broken',
      problem: {
        code: `${plural}-not-listed`,
        message: `the API server of ${cluster.name} began a page ${said}, and the connection broke off, ${attempts} times`,
        remedy: 'see what cuts long answers on the way (a proxy, a VPN, a NAT gateway), then audit again',
      },
    };
  if (code === 'TOO_LARGE' || code === 'BAD_ANSWER')
    return {
      kind: code === 'TOO_LARGE' ? 'broken' : 'problem',
      problem: unreadable(cluster, `sent a page ${said} that cannot be read: ${message}`),
    };
  return { kind: 'problem', problem: unreachable(cluster, failure).problem };
}

const pageSchema = z.object({
  kind: z.string(),
  metadata: z.object({ continue: z.optional(z.string()) }),
  items: z.nullish(z.array(z.unknown())),
});

function readPage<Item>(body: string, { kind, plural, take }: ListedKind<Item>, cluster: Cluster): PageOutcome<Item> {
  const page = pageSchema.safeParse(jsonOf(body));
  const taken = (page.data?.items ?? []).map(take);
  const odd = taken.findIndex(({ ok }) => !ok);
  if (page.data?.kind === kind && odd === -1)
    return {
      kind: 'page',
      items: taken.flatMap((item) => (item.ok ? [item.value] : [])),
      next: page.data.metadata.continue ?? '',
    };

  const item = taken[odd];
  const fault =
    page.data?.kind === kind && item && !item.ok
      ? `item ${odd}, at ${item.error || 'its beginning'}`
      : `it is no ${kind}`;
  return {
    kind: 'problem',
    problem: unreadable(cluster, `answered the list of ${plural} with something else (${fault})`),
  };
}

const expiredTwice = (cluster: Cluster, plural: string): Problem => ({
  code: `${plural}-not-listed`,
  message: `the list of ${plural} of ${cluster.name} expired twice while it was read`,
  remedy: 'audit the cluster again; its API server is slow or its nodes change fast',
});

const timeoutMs = 15_000;
const maxBytes = 4 * 1024 * 1024;

/** One object by its name, reduced to what is used; `undefined` when there is none of that name. */
export async function getObject<Item>(
  { connections, cluster, signal }: Pick<ListTarget, 'connections' | 'cluster' | 'signal'>,
  { path, plural, take }: Pick<ListedKind<Item>, 'path' | 'plural' | 'take'>,
  name: string,
): Promise<Result<Item | undefined, Problem>> {
  const server = connections.to(cluster);
  if (!server.ok) return server;
  const got = await server.value.get(`${path}/${encodeURIComponent(name)}`, { signal, timeoutMs, maxBytes });
  if (!got.ok) return err(unreachable(cluster, got.error).problem);
  if (got.value.status === 404) return ok(undefined);
  if (got.value.status === 401) server.value.forgetCredentials();
  const answer = classifyListAnswer(got.value, plural);
  if (answer.kind !== 'list') return err(answer.problem);

  const item = take(jsonOf(got.value.body));
  return item.ok
    ? item
    : err(unreadable(cluster, `sent an object of its ${plural} that cannot be read: ${item.error}`));
}

const unreadable = ({ name }: Cluster, what: string): Problem => ({
  code: 'api-answer-unreadable',
  message: `the API server of ${name} ${what}`,
  remedy: 'check that the address leads to a Kubernetes API server and to no login page or proxy',
});
