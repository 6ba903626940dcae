import type { Cluster, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { jsonOf } from '../../core/model/text/json-of.ts';
import { classifyListAnswer } from '../../core/read/kubelet/configz/list-answer.ts';
import type { ApiServer } from './api-server.ts';
import type { ListedKind } from './list-pages.ts';
import { unreachable } from './unreachable.ts';

interface Target {
  readonly server: ApiServer;
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
}

const timeoutMs = 15_000;
const maxBytes = 4 * 1024 * 1024;

/** One object by its name, reduced to what is used; `undefined` when there is none of that name. */
export async function getObject<Item>(
  { server, cluster, signal }: Target,
  { path, plural, take }: Pick<ListedKind<Item>, 'path' | 'plural' | 'take'>,
  name: string,
): Promise<Result<Item | undefined, Problem>> {
  const got = await server.get(`${path}/${encodeURIComponent(name)}`, { signal, timeoutMs, maxBytes });
  if (!got.ok) return err(unreachable(cluster, got.error).problem);
  if (got.value.status === 404) return ok(undefined);
  if (got.value.status === 401) server.forgetCredentials();
  const answer = classifyListAnswer(got.value, plural);
  if (answer.kind !== 'list') return err(answer.problem);

  const item = take(jsonOf(got.value.body));
  return item.ok
    ? item
    : err({
        code: 'api-answer-unreadable',
        message: `the API server of ${cluster.name} sent an object of its ${plural} that cannot be read: ${item.error}`,
        remedy: 'check that the address leads to a Kubernetes API server and to no login page or proxy',
      });
}
