import { setMaxListeners } from 'node:events';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { probeContents } from '../../contract/document-contents.ts';
import { probeDocumentName } from '../../contract/names.ts';
import { hasCode } from '../../contract/problem-codes.ts';
import { heldBack } from '../../core/fix/doctor/readiness.ts';
import type { Cluster, ClusterNode, NodeReading, ReadFailure } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import type { KubeletSource } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import { slept } from '../clock.ts';
import { jitteredPause } from '../jittered-pause.ts';
import { batchesOf } from './batches-of.ts';
import { commandAnswers, sendProbe } from './command-answers.ts';
import { clusterFault, deadline, noDocument, notTried, unreadable } from './document-problem.ts';
import { kubeletFacts } from './kubelet-facts.ts';
import { instanceToAsk, isReachable, type ReachableInstance, reachableInstances } from './managed-instances.ts';
import { foundOnce, type NoDocument, type PinnedDocument, pinnedDocument } from './pinned-document.ts';
import { ssmProblem } from './ssm-call.ts';
import { type SsmPaces, ssmPaces } from './ssm-pace.ts';

interface SsmSourceOptions {
  /** One that repeats no throttled call. */
  readonly client: SSMClient;
  readonly clock: Clock;
  /** Whether the audit's own role asks: it may not send to a machine without a tag that names its cluster. */
  readonly byMemberRole?: boolean;
}

const probeDocument = { name: probeDocumentName, contents: probeContents };

/** SSM takes at most 50 instances in one SendCommand, and lists 50 answers a page. */
const size = 50;
/** Nodes come one by one from the source before this one. */
const waitMs = 1_000;
/** How often the same instances are sent a command that the account's limit refuses. */
const mostSends = 6;

/**
 * Reads kubelets with our parameterless SSM document, only on machines that AWS confirms. It uses the version of the document whose content this
 * program knows, found once for each account and Region. Each node gets exactly one reading, for any answer of SSM. A fault that all nodes have is
 * one problem. The next nodes are asked while slow ones are waited for.
 */
export function ssmSource({ client, clock, byMemberRole = false }: SsmSourceOptions): KubeletSource {
  const found = foundOnce();
  const paces = ssmPaces(clock);
  const document = (signal: AbortSignal) =>
    found(probeDocumentName, () => pinnedDocument({ client, clock, signal }, probeDocument));

  return {
    via: 'ssm',
    read: (cluster, nodes, signal) =>
      new ReadableStream<NodeReading>(
        {
          async start(readings) {
            // Every call and pause under way listens to it: that is no leak.
            const stop = AbortSignal.any([signal]);
            setMaxListeners(0, stop);
            const probing = { client, clock, byMemberRole, paces, document, cluster, signal: stop };
            await probeAll(probing, nodes, (reading) => readings.enqueue(reading));
            readings.close();
          },
        },
        { highWaterMark: Number.POSITIVE_INFINITY },
      ),
  };
}

type InstanceAnswer = Result<Uint8Array, ReadFailure>;

interface ProbeContext extends SsmSourceOptions {
  readonly paces: SsmPaces;
  readonly document: (signal: AbortSignal) => Promise<Result<PinnedDocument, NoDocument>>;
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
}

/** Sends batch after batch, as many at once as the window admits. After a fault of the whole cluster, unless it passes, what follows is not tried any more. */
async function probeAll(
  probing: ProbeContext,
  nodes: AsyncIterable<ClusterNode> | Iterable<ClusterNode>,
  read: (reading: NodeReading) => void,
): Promise<void> {
  const window = new NodeWindow();
  const asked = new Map<string, ClusterNode[]>();
  let broken: ReadFailure | undefined;

  async function* instances(): AsyncGenerator<string> {
    for await (const node of nodes) {
      const instance = instanceToAsk(node, probing.byMemberRole === true);
      const sameInstance = instance.ok && asked.get(instance.value);
      if (!instance.ok) read({ node, result: instance });
      else if (sameInstance) sameInstance.push(node);
      else {
        asked.set(instance.value, [node]);
        yield instance.value;
      }
    }
  }

  const answer: ProbingBatch['answer'] = (id, result, of) => {
    const ofInstance = asked.get(id);
    if (!ofInstance) return;

    asked.delete(id);
    window.giveBack();
    if (!result.ok && stays(result.error)) broken ??= result.error;
    for (const node of ofInstance) read(readingOf(node, result, { of, readAt: probing.clock.now() }));
  };

  const batches: Promise<void>[] = [];
  for await (const ids of batchesOf(instances(), { clock: probing.clock, size, waitMs })) {
    await window.take(ids.length);
    const failure = probing.signal.aborted ? deadline : broken;
    if (failure) for (const id of ids) answer(id, err(failure));
    else batches.push(probeBatch({ ...probing, window, answer }, ids));
  }
  await Promise.all(batches);
}

const stays = ({ kind, problem }: ReadFailure): boolean =>
  kind === 'cluster' && !(problem && hasCode('ssm-throttled')(problem));

interface ProbingBatch extends ProbeContext {
  readonly window: NodeWindow;
  readonly answer: (id: string, result: InstanceAnswer, of?: ReachableInstance) => void;
}

function readingOf(
  node: ClusterNode,
  answer: InstanceAnswer,
  { of, readAt }: { readonly of: ReachableInstance | undefined; readonly readAt: Date },
): NodeReading {
  if (!answer.ok) return { node, result: answer };
  // A Node object says more, and so does a tag of AWS.
  const system = node.kind === 'linux' && node.osImage === undefined ? of?.system : undefined;
  return { node, result: kubeletFacts({ ...node, ...system }, answer.value, readAt), ...(system && { system }) };
}

async function probeBatch(probing: ProbingBatch, ids: readonly string[]): Promise<void> {
  const { signal, answer, cluster } = probing;
  const refuse = (which: readonly string[], failure: ReadFailure) => {
    for (const id of which) answer(id, err(signal.aborted ? deadline : failure));
  };

  const known = await reachableInstances(probing, ids);
  if (!known.ok) return refuse(ids, clusterFault(ssmProblem(known.error, '*')));

  for (const [id, state] of known.value) if (!isReachable(state)) answer(id, err(state));
  const reachable = ids.filter((id) => isReachable(known.value.get(id)));
  if (reachable.length === 0) return;

  const document = await probing.document(signal);
  if (!document.ok) return refuse(reachable, noDocument(cluster, document.error));
  const answerOf = (id: string, result: InstanceAnswer) => {
    const of = known.value.get(id);
    answer(id, result, isReachable(of) ? of : undefined);
  };
  await probe({ ...probing, answer: answerOf }, document.value, reachable);
}

/** Sends the probe and waits for its answers, again for those that the account's limit of commands left out. */
async function probe(probing: ProbingBatch, document: PinnedDocument, reachable: readonly string[]): Promise<void> {
  const { clock, signal, window, answer } = probing;

  let left = reachable;
  for (let send = 1; left.length > 0 && send <= mostSends; send += 1) {
    const sent = await sendProbe({ ...probing, document }, left);
    for (const [id, failure] of sent.refused) answer(id, err(signal.aborted ? deadline : failure));

    left = (await Promise.all(sent.commands.map((command) => commandAnswers(probing, command)))).flat();
    if (left.length === 0) return window.widen();
    window.narrow();
    await slept(clock, jitteredPause(send + 2), signal);
    if (signal.aborted) break;
  }
  const failure = signal.aborted ? deadline : unreadable(tooMany);
  for (const id of left) answer(id, err(failure));
}

const tooMany = 'SSM had too many commands at once in this account and Region; run the audit at another time';

const atFirst = 200;
const most = 500;
const least = 50;
const step = 50;

/** How many nodes have a command in flight. A silent node holds its own place only, and SSM's answers move the limit. */
class NodeWindow {
  readonly #waiting: (() => void)[] = [];
  #limit = atFirst;
  #taken = 0;

  /** Waits until there are so many places, and takes them. */
  async take(count: number): Promise<void> {
    while (this.#taken > 0 && this.#taken + count > this.#limit)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#taken += count;
  }

  giveBack(): void {
    this.#taken -= 1;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  widen(): void {
    this.#limit = Math.min(most, this.#limit + step);
  }

  narrow(): void {
    this.#limit = Math.max(least, Math.floor(this.#limit / 2));
  }
}

/** The SSM source without sending a command: which machines SSM reaches, and whether the document is there and ours. */
export function ssmRehearsal({ client, clock, byMemberRole = false }: SsmSourceOptions): KubeletSource {
  return {
    via: 'ssm',
    async *read(cluster, nodes, signal) {
      const asked = { client, clock, signal };
      let document: Promise<ReadFailure | undefined> | undefined;

      for await (const some of batchesOf(nodes, { clock, size, waitMs })) {
        const batch = some.map((node) => ({ node, instance: instanceToAsk(node, byMemberRole) }));
        const ids = batch.flatMap(({ instance }) => (instance.ok ? [instance.value] : []));
        const known = ids.length > 0 ? await reachableInstances(asked, ids) : ok(new Map());

        for (const { node, instance } of batch) {
          const failure = async () => {
            if (!instance.ok) return instance.error;
            if (signal.aborted) return deadline;
            if (!known.ok) return clusterFault(ssmProblem(known.error, '*'));
            const state = known.value.get(instance.value);
            if (!isReachable(state)) return state ?? notTried('SSM said nothing about this instance');
            document ??= pinnedDocument(asked, probeDocument).then((found) =>
              found.ok ? undefined : noDocument(cluster, found.error),
            );
            return (await document) ?? notTried(heldBack);
          };
          yield { node, result: err(await failure()) };
        }
      }
    },
  };
}
