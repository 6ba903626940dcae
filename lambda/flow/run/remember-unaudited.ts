import { clusterArnOf } from '../../core/model/cluster-arn.ts';
import { itemName, type RunItem } from '../../core/run/item.ts';
import { publishAudit } from '../audit/audit-cluster.ts';
import { memoryAfterEvents } from '../audit/remember.ts';
import type { ItemOptions } from './audit-item.ts';
import type { HubPorts } from './ports.ts';
import { announcedOnce } from './run-item.ts';

interface UnauditedItem {
  readonly runId: string;
  readonly item: RunItem;
}

/**
 * A cluster whose item failed or died: nothing of it was read in this run, which counts as one more run that could not read its findings. So they don't
 * stay PASSED for ever. Nothing of the cluster is asked, and a second time changes nothing.
 */
export async function rememberUnaudited(
  ports: HubPorts,
  { runId, item }: UnauditedItem,
  options: Omit<ItemOptions, 'step'> & { readonly nextNode?: boolean },
): Promise<void> {
  if (item.kind !== 'cluster' || !options.publish || !ports.memory) return;
  const { value } = await ports.memory.read(item, item.cluster);
  if (!value || value.gone || value.runId === runId) return;

  const arn = clusterArnOf(item, item.cluster);
  const unread = {
    cluster: { name: arn.name, arn, compute: { autoMode: false, fargate: false, hybrid: false } },
    auditedAt: options.runStartedAt.toISOString(),
    inventory: { from: 'none', complete: false },
    nodes: [],
    ...(options.nextNode && { nextNodes: { complete: false, nodes: [] } }),
    problems: [],
  } as const;
  const remembering = memoryAfterEvents(ports.memory);
  const { transitions = [] } = await publishAudit({ ...ports, memory: remembering.memory }, unread, {
    ...options,
    runId,
  });
  const once = announcedOnce(ports, { runId, what: itemName(item) });
  const notAnnounced = await once.announce(transitions, ports.runs.reportAddress(runId));
  await remembering.keep(notAnnounced === undefined);
}
