import type { SSMClient } from '@aws-sdk/client-ssm';
import { probeContents } from '../../contract/document-contents.ts';
import { probeDocumentName } from '../../contract/names.ts';
import { heldBack } from '../../core/fix/doctor/readiness.ts';
import type { Cluster, NodeReading, ReadFailure } from '../../core/model/model.ts';
import type { KubeletSource } from '../../flow/audit/ports.ts';
import type { Clock } from '../../flow/ports.ts';
import { batchesOf } from './batches-of.ts';
import { noDocument } from './document-problem.ts';
import { clusterFault, deadline, notTried } from './failures.ts';
import { instanceToAsk, isReachable, reachableInstances } from './managed-instances.ts';
import { pinnedDocument } from './pinned-document.ts';
import { ssmProblem } from './ssm-call.ts';

interface RehearsalOptions {
  readonly client: SSMClient;
  readonly clock: Clock;
  readonly byMemberRole?: boolean;
}

/** As `ssmSource` asks. */
const [size, waitMs] = [50, 1_000];

/** The SSM source without sending a command: which machines SSM reaches, and whether the document is there and ours. */
export function ssmRehearsal({ client, clock, byMemberRole = false }: RehearsalOptions): KubeletSource {
  return {
    via: 'ssm',
    async *read(cluster, nodes, signal) {
      const asked = { client, clock, signal };
      let document: Promise<ReadFailure | undefined> | undefined;

      for await (const some of batchesOf(nodes, { clock, size, waitMs })) {
        const batch = some.map((node) => ({ node, instance: instanceToAsk(node, byMemberRole) }));
        const ids = batch.flatMap(({ instance }) => (instance.ok ? [instance.value] : []));
        const known = ids.length > 0 ? await reachableInstances(asked, ids) : undefined;

        for (const { node, instance } of batch) {
          const tell = (error: ReadFailure): NodeReading => ({ node, result: { ok: false, error } });
          if (!instance.ok) yield tell(instance.error);
          else if (signal.aborted) yield tell(deadline);
          else if (!known?.ok) yield tell(clusterFault(ssmProblem(known?.error ?? noAnswer, '*')));
          else {
            const state = known.value.get(instance.value);
            if (!isReachable(state)) yield tell(state ?? notTried('SSM said nothing about this instance'));
            else {
              document ??= documentFailure(asked, cluster);
              yield tell((await document) ?? notTried(heldBack));
            }
          }
        }
      }
    },
  };
}

const noAnswer = {
  action: 'ssm:DescribeInstanceInformation',
  name: 'NoAnswer',
  message: 'no answer',
  accessDenied: false,
  badCredentials: false,
  throttled: false,
} as const;

async function documentFailure(
  looking: RehearsalOptions & { readonly signal: AbortSignal },
  cluster: Cluster,
): Promise<ReadFailure | undefined> {
  const found = await pinnedDocument(looking, { name: probeDocumentName, contents: probeContents });
  return found.ok ? undefined : noDocument(cluster, found.error);
}
