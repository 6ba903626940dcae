import { hash } from 'node:crypto';
import { hasCode } from '../../contract/problem-codes.ts';
import type { Cluster, ClusterNode, KubeletFacts, Problem, ReadFailure } from '../../core/model/model.ts';
import type { Proof } from '../../core/model/node-facts.ts';
import { provenOnce } from '../../core/model/proven.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { apiStatus, noAnswerInTime } from '../../core/read/kubelet/configz/api-status.ts';
import { readAlike } from '../../core/read/kubelet/configz/configz.ts';
import { classifyConfigzAnswer } from '../../core/read/kubelet/configz/configz-answer.ts';
import type { KubeletSource } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import { slept } from '../clock.ts';
import { readEachNode } from '../read-each-node.ts';
import type { ApiServer } from './api-server.ts';
import { failure as clusterFailure, type KubernetesConnections, unreachable } from './connections.ts';

/** An effective configuration is 2.6 to 3.3 KB; a node that sends a megabyte is not heard out. */
const maxAnswerBytes = 256 * 1024;

interface ConfigzOptions {
  readonly connections: KubernetesConnections;
  readonly clock: Clock;
  /** Kubelets asked at once. */
  readonly concurrency: number;
  /** The API server waits 10, 30 or 45 s for a dead node; this deadline is the program's. */
  readonly nodeTimeoutMs: number;
}

/**
 * The benchmark's second audit: `GET /api/v1/nodes/NODE/proxy/configz`, the running configuration of each kubelet through the API server. Nodes that met an
 * API server out of order are asked once more, when the others are done.
 */
export function configzSource(options: ConfigzOptions): KubeletSource {
  return {
    via: 'configz',
    async *read(cluster, nodes, signal) {
      const server = options.connections.to(cluster);
      const { concurrency } = options;
      const later = new Map<ClusterNode, ReadFailure>();
      const pass = { ...options, cluster, server, readAnswer: readAlike(), prove: provenOnce() };

      const first = { ...pass, breaker: new CircuitBreaker() };
      for await (const reading of readEachNode(nodes, {
        concurrency,
        signal,
        async read(node, stop) {
          const { result, isPassing } = await readNode(node, { ...first, signal: stop });
          if (!result.ok && isPassing) later.set(node, result.error);
          return result;
        },
      }))
        if (!later.has(reading.node)) yield reading;

      if (later.size === 0) return;
      if (!server.ok || !(await answersAgain({ ...pass, server: server.value, signal }))) {
        for (const [node, failure] of later) yield { node, result: err(failure) };
        return;
      }
      const second = { ...pass, breaker: new CircuitBreaker() };
      yield* readEachNode([...later.keys()], {
        concurrency,
        signal,
        read: async (node, stop) => (await readNode(node, { ...second, signal: stop })).result,
      });
    },
  };
}

/** Pauses before the API server is asked whether it is back: an outage of a quarter of a minute is waited for. */
const pausesMs = [0, 1_000, 2_000, 4_000, 8_000];

/** Whether an API server that has answered before does so again, by a question about a node that no cluster has. */
async function answersAgain({
  server,
  clock,
  signal,
  nodeTimeoutMs: timeoutMs,
}: Pick<ReadNodeOptions, 'clock' | 'signal' | 'nodeTimeoutMs'> & { readonly server: ApiServer }): Promise<boolean> {
  if (!server.hasAnswered()) return false;

  for (const pause of pausesMs) {
    if (!(await slept(clock, pause, signal))) return false;
    const got = await server.get(pathOf(noNode), { signal, timeoutMs, maxBytes: maxAnswerBytes });
    if (got.ok && got.value.status < 500 && got.value.status !== 429) return true;
  }
  return false;
}

interface ReadNodeOptions extends ConfigzOptions {
  readonly cluster: Cluster;
  readonly server: Result<ApiServer, Problem>;
  readonly breaker: CircuitBreaker;
  readonly readAnswer: ReturnType<typeof readAlike>;
  readonly prove: ReturnType<typeof provenOnce>;
  readonly signal: AbortSignal;
}

interface NodeResult {
  readonly result: Result<KubeletFacts, ReadFailure>;
  /** It failed for what may be over in a moment: worth asking once more. */
  readonly isPassing?: true;
}

async function readNode(node: ClusterNode, options: ReadNodeOptions): Promise<NodeResult> {
  const { server, breaker, signal } = options;
  if (!server.ok) return { result: err(clusterFailure(server.error)) };
  if (node.name === undefined)
    return failure(
      'not-tried',
      'the API server could not list its nodes, so configz does not know the name of this one',
    );
  if (signal.aborted) return failure('deadline', 'configz was not asked: the time for it had run out');

  const open = breaker.open;
  if (open) return open.problem && hasCode('api-unreachable')(open.problem) ? passing(open) : failed(open);

  const read = await ask(node.name, {
    ...options,
    api: server.value,
    until: performance.now() + options.nodeTimeoutMs,
  });
  breaker.heard(read.result);
  return read;
}

interface AskOptions extends ReadNodeOptions {
  readonly api: ApiServer;
  /** When this node's time is over, as `performance.now()` counts. */
  readonly until: number;
}

async function ask(name: string, options: AskOptions): Promise<NodeResult> {
  const { api, cluster, clock, readAnswer, prove, signal, nodeTimeoutMs, until } = options;
  let renewed = false;

  for (let tries = 0; ; tries += 1) {
    const got = await get(`${pathOf(name)}/proxy/configz`, options);
    if (!got.ok && signal.aborted) return failure('deadline', 'configz had not answered when the time for it ran out');
    if (!got.ok && got.error.code === 'TIMEOUT') return failed(noAnswerInTime(nodeTimeoutMs));
    if (!got.ok && got.error.code === 'TOO_LARGE')
      return failure(
        'unreadable',
        `the kubelet sent more than ${maxAnswerBytes / 1024} KB, far more than a configuration`,
      );
    if (!got.ok && got.error.code === 'BROKE_OFF') return passing(unreadable(got.error.message));
    if (!got.ok && got.error.code === 'BAD_ANSWER') return failed(unreadable(got.error.message));
    if (!got.ok) return passing(unreachable(cluster, got.error));

    const answer = classifyConfigzAnswer(got.value, name, readAnswer);
    switch (answer.kind) {
      case 'facts':
        return { result: ok(prove(answer.facts, proofOf(got.value.body, clock))) };
      case 'failure':
        if (answer.isPassing) return passing(answer.failure);
        return failed(
          answer.failure.kind === 'node-gone' ? await confirmGone(name, answer.failure, options) : answer.failure,
        );
      case 'cluster': {
        if (!hasCode('credentials-refused')(answer.failure.problem)) return failed(await confirmForbidden(options));

        // A token may have run out between two nodes: one new one, then the fault is the credentials'.
        if (renewed) return failed(await confirmRefused(answer.failure, options));
        renewed = true;
        api.forgetCredentials();
        break;
      }
      case 'retry': {
        const inTime = performance.now() + answer.after < until;
        if (tries >= answer.times || !inTime) return passing(answer.failure);

        if (!(await slept(clock, answer.after, signal))) return failed(answer.failure);
      }
    }
  }
}

const get = (path: string, { api, signal, until }: AskOptions): ReturnType<ApiServer['get']> =>
  api.get(path, { signal, timeoutMs: Math.max(1, until - performance.now()), maxBytes: maxAnswerBytes });

/** The fingerprint of the whole answer, which itself is not kept. */
const proofOf = (body: string, clock: Clock): Proof => ({
  readAt: clock.now().toISOString(),
  sha256: hash('sha256', body),
});

/** A kubelet could forge the API server's words to have its node dropped: the Node object itself decides. */
async function confirmGone(name: string, gone: ReadFailure, options: AskOptions): Promise<ReadFailure> {
  const got = await get(pathOf(name), options);
  if (got.ok && got.value.status === 404 && apiStatus(got.value)?.name === name) return gone;

  return unreadable('the answer said that the node is gone, but the API server does not confirm it');
}

/** The same for the credentials: one node must not end the reading of all others. */
async function confirmRefused(refused: ReadFailure, options: AskOptions): Promise<ReadFailure> {
  const got = await get('/api/v1/nodes?limit=1', options);
  if (got.ok && got.value.status === 401) return refused;

  return unreadable('the answer said that our credentials are refused (401), but the API server itself accepts them');
}

/**
 * The same for missing rights, reported in the words of the answer. It asks about a node that no cluster has: only the API server can answer, and it
 * checks rights first.
 */
async function confirmForbidden(options: AskOptions): Promise<ReadFailure> {
  const got = await get(`${pathOf(noNode)}/proxy/configz`, options);
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
const failed = (error: ReadFailure): NodeResult => ({ result: err(error) });
const passing = (error: ReadFailure): NodeResult => ({ result: err(error), isPassing: true });
const failure = (kind: ReadFailure['kind'], because: string): NodeResult => failed({ via: 'configz', kind, because });

/** After this many failures of the cluster in a row, asking further nodes would only use up the time that SSM needs. */
const limit = 20;

/** Remembers, for one cluster and one pass over its nodes, whether asking its API server is still worth it. */
class CircuitBreaker {
  #successes = 0;
  #timeouts = 0;
  #clusterFailures = 0;
  #lastClusterFailure: ReadFailure | undefined;

  /** Set when configz has stopped for this cluster: what to say of the nodes that are not asked any more. */
  get open(): ReadFailure | undefined {
    const problem = this.#lastClusterFailure?.problem;
    if (problem && hasCode('credentials-refused')(problem)) return this.#lastClusterFailure;
    if (this.#clusterFailures >= limit) return this.#lastClusterFailure;
    if (this.#successes === 0 && this.#timeouts >= limit)
      return {
        via: 'configz',
        kind: 'unreadable',
        because: `configz was not asked: ${limit} nodes of this cluster before it timed out, and none answered`,
      };
    return undefined;
  }

  heard(result: Result<KubeletFacts, ReadFailure>): void {
    if (!result.ok && result.error.kind === 'cluster') {
      this.#clusterFailures += 1;
      this.#lastClusterFailure = result.error;
      return;
    }
    // The API server answers, even if only to report a fault of the node.
    this.#clusterFailures = 0;
    if (result.ok) this.#successes += 1;
    else if (result.error.kind === 'unreadable' && result.error.timedOut) this.#timeouts += 1;
  }
}
