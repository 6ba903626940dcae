import type { SSMClient } from '@aws-sdk/client-ssm';
import { pMapIterable } from 'p-map';
import { probeContents } from '../../contract/document-contents.ts';
import { probeDocumentName } from '../../contract/names.ts';
import { hasCode } from '../../contract/problem-codes.ts';
import type { Cluster, ClusterNode, NodeReading, ReadFailure } from '../../core/model/model.ts';
import { err, type Result } from '../../core/model/result.ts';
import type { KubeletSource } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import { commandAnswers } from './command-answers.ts';
import { noDocument } from './document-problem.ts';
import { instanceToAsk } from './eligible-nodes.ts';
import { clusterFault, deadline, unreadable } from './failures.ts';
import { kubeletFacts } from './kubelet-facts.ts';
import { reachableInstances } from './managed-instances.ts';
import { foundOnce, type NoDocument, type PinnedDocument, pinnedDocument } from './pinned-document.ts';
import { type SentProbe, sendProbe } from './send-probe.ts';
import { ssmProblem } from './ssm-call.ts';

interface SsmSourceOptions {
  readonly client: SSMClient;
  readonly clock: Clock;
}

/** SSM takes at most 50 instances in one SendCommand, and lists 50 answers a page. */
const batchSize = 50;
const commandsAtOnce = 4;

/**
 * Reads kubelets with our parameterless SSM document, only on machines that AWS confirms. It uses the version of the document whose content this
 * program knows, found once for each account and Region. Each node gets exactly one reading, for any answer of SSM. A fault that all nodes have is
 * one problem.
 */
export function ssmSource({ client, clock }: SsmSourceOptions): KubeletSource {
  const found = foundOnce();
  const document = (signal: AbortSignal) =>
    found(probeDocumentName, () =>
      pinnedDocument({ client, clock, signal }, { name: probeDocumentName, contents: probeContents }),
    );

  return {
    via: 'ssm',
    async *read(cluster, nodes, signal) {
      const askable = new Map<string, ClusterNode[]>();
      for (const node of nodes) {
        const instance = instanceToAsk(node);
        if (!instance.ok) yield { node, result: instance };
        else askable.set(instance.value, [...(askable.get(instance.value) ?? []), node]);
      }

      const probe = probeOnce({ client, clock, document, cluster, signal });
      for await (const results of pMapIterable(batches([...askable.keys()]), probe, {
        concurrency: commandsAtOnce,
        preserveOrder: false,
      })) {
        for (const [id, result] of results)
          yield* (askable.get(id) ?? []).map((node) => reading(node, result, clock.now()));
      }
    },
  };
}

const batches = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / batchSize) }, (_, index) =>
    ids.slice(index * batchSize, (index + 1) * batchSize),
  );

type InstanceAnswer = Result<Uint8Array, ReadFailure>;

const reading = (node: ClusterNode, answer: InstanceAnswer, readAt: Date): NodeReading => ({
  node,
  result: answer.ok ? kubeletFacts(node, answer.value, readAt) : answer,
});

interface Probing extends Pick<SsmSourceOptions, 'client' | 'clock'> {
  readonly document: (signal: AbortSignal) => Promise<Result<PinnedDocument, NoDocument>>;
  readonly cluster: Cluster;
  readonly signal: AbortSignal;
}

/** Probes one batch; after a fault of the whole cluster, unless it passes, the batches that follow are not tried any more. */
function probeOnce(probing: Probing): (ids: readonly string[]) => Promise<ReadonlyMap<string, InstanceAnswer>> {
  let broken: ReadFailure | undefined;

  return async (ids) => {
    const failure = probing.signal.aborted ? deadline : broken;
    if (failure) return new Map(ids.map((id) => [id, err(failure)]));

    const answers = await probeBatch(probing, ids);
    broken ??= [...answers.values()].flatMap((each) => (each.ok ? [] : [each.error])).find(stays);
    return answers;
  };
}

const stays = ({ kind, problem }: ReadFailure): boolean =>
  kind === 'cluster' && !(problem && hasCode('ssm-throttled')(problem));

async function probeBatch(probing: Probing, ids: readonly string[]): Promise<ReadonlyMap<string, InstanceAnswer>> {
  const { signal } = probing;
  const known = await reachableInstances(probing, ids);
  if (!known.ok) return all(ids, signal.aborted ? deadline : clusterFault(ssmProblem(known.error, '*')));

  const reachable = ids.filter((id) => known.value.get(id) === 'reachable');
  const document = reachable.length > 0 ? await probing.document(signal) : undefined;
  if (document && !document.ok)
    return all(ids, signal.aborted ? deadline : noDocument(probing.cluster, document.error));

  const sent = document ? await sendProbe({ ...probing, document: document.value }, reachable) : nothingSent;
  const answers = await Promise.all(sent.commands.map((command) => commandAnswers(probing, command)));

  const answered = new Map(answers.flatMap((each) => [...each]));
  return new Map(
    ids.map((id) => [id, answered.get(id) ?? err(failureOf(id, known.value, { refused: sent.refused, signal }))]),
  );
}

const nothingSent: SentProbe = { commands: [], refused: new Map() };

function failureOf(
  id: string,
  known: ReadonlyMap<string, 'reachable' | ReadFailure>,
  { refused, signal }: { readonly refused: ReadonlyMap<string, ReadFailure>; readonly signal: AbortSignal },
): ReadFailure {
  const unreachable = known.get(id);
  if (unreachable && unreachable !== 'reachable') return unreachable;
  if (signal.aborted) return deadline;
  return refused.get(id) ?? unreadable('SSM said nothing about this instance');
}

const all = (ids: readonly string[], failure: ReadFailure): ReadonlyMap<string, InstanceAnswer> =>
  new Map(ids.map((id) => [id, err(failure)]));
