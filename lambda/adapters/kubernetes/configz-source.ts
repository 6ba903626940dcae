import { hash } from 'node:crypto';
import { apiStatus } from '../../core/kubelet/configz/api-status.ts';
import { classifyConfigzAnswer } from '../../core/kubelet/configz/configz-answer.ts';
import { noAnswerInTime } from '../../core/kubelet/configz/network-failure.ts';
import type { Cluster, ClusterNode, KubeletFacts, Problem, Proof, ReadFailure } from '../../core/model.ts';
import type { Clock, KubeletSource } from '../../core/ports.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { slept } from '../clock.ts';
import { readEachNode } from '../read-each-node.ts';
import type { ApiServer } from './api-server.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { KubernetesConnections } from './connections.ts';
import { failure as clusterFailure, unreachable } from './unreachable.ts';

/** An effective configuration is 2.6 to 3.3 KB; a node that sends a megabyte is not heard out. */
const maxAnswerBytes = 1024 * 1024;

interface ConfigzOptions {
  readonly connections: KubernetesConnections;
  readonly clock: Clock;
  /** Kubelets asked at once. */
  readonly concurrency: number;
  /** The API server waits 10, 30 or 45 s for a dark node: this deadline is ours. */
  readonly nodeTimeoutMs: number;
}

/** The benchmark's second audit: `GET /api/v1/nodes/NODE/proxy/configz`, the running configuration of each kubelet through the API server. */
export function configzSource(options: ConfigzOptions): KubeletSource {
  return {
    via: 'configz',
    async *read(cluster, nodes, signal) {
      const server = options.connections.to(cluster);
      const breaker = new CircuitBreaker();

      yield* readEachNode(nodes, {
        concurrency: options.concurrency,
        signal,
        read: (node, stop) => readNode(node, { ...options, cluster, server, breaker, signal: stop }),
      });
    },
  };
}

interface Reading extends ConfigzOptions {
  readonly cluster: Cluster;
  readonly server: Result<ApiServer, Problem>;
  readonly breaker: CircuitBreaker;
  readonly signal: AbortSignal;
}

async function readNode(node: ClusterNode, reading: Reading): Promise<Result<KubeletFacts, ReadFailure>> {
  const { server, breaker, signal } = reading;
  if (!server.ok) return err(clusterFailure(server.error));
  if (node.name === undefined)
    return failure(
      'not-tried',
      'the API server could not list its nodes, so configz does not know the name of this one',
    );
  if (signal.aborted) return failure('deadline', 'configz was not asked: the time for it had run out');

  const open = breaker.open;
  if (open) return err(open);

  const result = await ask(node.name, {
    ...reading,
    api: server.value,
    until: performance.now() + reading.nodeTimeoutMs,
  });
  breaker.heard(result);
  return result;
}

interface Asking extends Reading {
  readonly api: ApiServer;
  /** When this node's time is over, as `performance.now()` counts. */
  readonly until: number;
}

async function ask(name: string, asking: Asking): Promise<Result<KubeletFacts, ReadFailure>> {
  const { api, cluster, clock, signal, nodeTimeoutMs, until } = asking;
  let renewed = false;

  for (let tries = 0; ; tries += 1) {
    const got = await get(`${pathOf(name)}/proxy/configz`, asking);
    if (!got.ok && signal.aborted) return failure('deadline', 'configz had not answered when the time for it ran out');
    if (!got.ok && got.error.code === 'TIMEOUT') return err(noAnswerInTime(nodeTimeoutMs));
    if (!got.ok && got.error.code === 'TOO_LARGE')
      return failure(
        'unreadable',
        `the kubelet sent more than ${maxAnswerBytes / 1024} KB, far more than a configuration`,
      );
    if (!got.ok && got.error.code === 'BAD_ANSWER') return failure('unreadable', got.error.message);
    if (!got.ok) return err(unreachable(cluster, got.error));

    const answer = classifyConfigzAnswer(got.value, name);
    switch (answer.kind) {
      case 'facts':
        return ok({ ...answer.facts, proof: proofOf(got.value.body, clock) });
      case 'failure':
        return err(
          answer.failure.kind === 'node-gone' ? await confirmGone(name, answer.failure, asking) : answer.failure,
        );
      case 'cluster': {
        if (answer.failure.problem.code !== 'credentials-refused') return err(await confirmForbidden(asking));

        // A token may have run out between two nodes: one new one, then the fault is the credentials'.
        if (renewed) return err(await confirmRefused(answer.failure, asking));
        renewed = true;
        api.forgetCredentials();
        break;
      }
      case 'retry': {
        const inTime = performance.now() + answer.after < until;
        if (tries >= answer.times || !inTime) return err(answer.failure);

        if (!(await slept(clock, answer.after, signal))) return err(answer.failure);
      }
    }
  }
}

const get = (path: string, { api, signal, until }: Asking): ReturnType<ApiServer['get']> =>
  api.get(path, { signal, timeoutMs: Math.max(1, until - performance.now()), maxBytes: maxAnswerBytes });

/** The fingerprint of the whole answer, which itself is not kept. */
const proofOf = (body: string, clock: Clock): Proof => ({
  readAt: clock.now().toISOString(),
  sha256: hash('sha256', body),
});

/** A kubelet could forge the API server's words to have its node dropped: the Node object itself decides. */
async function confirmGone(name: string, gone: ReadFailure, asking: Asking): Promise<ReadFailure> {
  const got = await get(pathOf(name), asking);
  if (got.ok && got.value.status === 404 && apiStatus(got.value)?.name === name) return gone;

  return unreadable('the answer said that the node is gone, but the API server does not confirm it');
}

/** The same for the credentials: one node must not end the reading of all others. */
async function confirmRefused(refused: ReadFailure, asking: Asking): Promise<ReadFailure> {
  const got = await get('/api/v1/nodes?limit=1', asking);
  if (got.ok && got.value.status === 401) return refused;

  return unreadable('the answer said that our credentials are refused (401), but the API server itself accepts them');
}

/**
 * The same for our rights, whose lack is told with the words of who answered. Asked about a node that no cluster has: nobody but the API server can
 * answer, and it looks at rights first.
 */
async function confirmForbidden(asking: Asking): Promise<ReadFailure> {
  const got = await get(`${pathOf(noNode)}/proxy/configz`, asking);
  const answer = got.ok ? classifyConfigzAnswer(got.value, noNode) : undefined;
  if (answer?.kind === 'cluster') return answer.failure;

  return unreadable(
    'the answer said that this audit has no right to ask (403), but the API server does not confirm it',
  );
}

/** A name that Kubernetes gives to no node. */
const noNode = 'eks-kubelet-audit_none';

const pathOf = (name: string): string => `/api/v1/nodes/${encodeURIComponent(name)}`;

const unreadable = (because: string): ReadFailure => ({ via: 'configz', kind: 'unreadable', because });
const failure = (kind: ReadFailure['kind'], because: string): Result<never, ReadFailure> =>
  err({ via: 'configz', kind, because });
