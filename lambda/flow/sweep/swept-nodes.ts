import pMap from 'p-map';
import type { ListedNode } from '../../core/model/listed-node.ts';
import type { Cluster, Instance, Problem } from '../../core/model/model.ts';
import { ok, type Result } from '../../core/model/result.ts';
import { instanceIdOf } from '../../core/read/inventory/node-kind.ts';
import type { SweptMachine } from '../../core/run/sweep.ts';
import type { AuditPorts, InstanceDirectory, NodeList } from '../audit/ports.ts';

/** Requests to one API server at once. */
const namesAtOnce = 16;

/** An audit's ports, for the machines of one item. */
export interface SweptNodes {
  readonly ports: AuditPorts;
  readonly instances: ReadonlyMap<string, Instance>;
}

/**
 * The ports of an audit that reads these machines and lists no others. A part of a cluster is never compared with what is remembered, and nothing but nodes
 * is judged, so what else an audit asks is left out.
 * @param machines absent for the whole cluster
 */
export function sweptNodes(ports: AuditPorts, machines: readonly SweptMachine[] | undefined): SweptNodes {
  const { memory: _, ...audit } = { ...ports, launchDirectories: [] };
  const instances = new Map<string, Instance>();
  const noted = (found: Result<readonly Instance[], Problem>) => {
    if (found.ok) for (const each of found.value) instances.set(each.id, each);
    return found;
  };
  if (!machines) {
    const instanceDirectories = audit.instanceDirectories.map(
      (each): InstanceDirectory => ({
        instances: async (cluster, signal) => noted(await each.instances(cluster, signal)),
      }),
    );
    return { instances, ports: { ...audit, instanceDirectories } };
  }

  const { rbacGrants: __, ...ofNodes } = audit;
  const { nodeList, instanceLookup } = ofNodes;
  const ids = machines.map(({ instanceId }) => instanceId);
  const named: NodeList | undefined = nodeList && {
    nodes: (cluster, signal) => namedNodes(nodeList, machines, { cluster, signal }),
  };
  const lookedUp: InstanceDirectory | undefined = instanceLookup && {
    async instances(cluster, signal) {
      const found = noted(await instanceLookup.find(cluster, { ids }, signal));
      return found.ok ? ok(found.value.filter((each) => isOf(cluster, each))) : found;
    },
  };
  return {
    instances,
    ports: { ...ofNodes, ...(named && { nodeList: named }), instanceDirectories: lookedUp ? [lookedUp] : [] },
  };
}

/** Tags can be taken off a machine after a sweep saw them; its VPC can't be changed. */
const isOf = ({ name, network }: Cluster, { clusters = [], vpcId }: Instance): boolean =>
  clusters.includes(name) || (clusters.length === 0 && vpcId !== undefined && vpcId === network?.vpcId);

type AskNodesOptions = { readonly cluster: Cluster; readonly signal: AbortSignal };

/** The Node objects of these machines: by the names that EC2 gives, or from the whole list where one can't be got so. */
async function namedNodes(
  list: NodeList,
  machines: readonly SweptMachine[],
  { cluster, signal }: AskNodesOptions,
): Promise<Result<readonly ListedNode[], Problem>> {
  const got = list.node
    ? await pMap(machines, async (machine) => await nodeOf(list, machine, { cluster, signal }), {
        concurrency: namesAtOnce,
      })
    : undefined;
  const failed = got?.find((each) => !each.ok);
  if (got && !failed) return ok(distinctNodes(got.flatMap((each) => (each.ok && each.value ? [each.value] : []))));

  const listed = await list.nodes(cluster, signal);
  if (!listed.ok) return listed;
  const names = new Set(machines.flatMap(({ nodeNames }) => nodeNames));
  const ids = new Set(machines.map(({ instanceId }) => instanceId));
  return ok(listed.value.filter((node) => names.has(node.name) || ids.has(instanceIdOf(node) ?? '')));
}

async function nodeOf(
  list: NodeList,
  { nodeNames }: SweptMachine,
  { cluster, signal }: AskNodesOptions,
): Promise<Result<ListedNode | undefined, Problem>> {
  for (const name of nodeNames) {
    const got = await list.node?.(cluster, name, signal);
    if (got && (!got.ok || got.value)) return got;
  }
  return ok(undefined);
}

const distinctNodes = (nodes: readonly ListedNode[]): readonly ListedNode[] => [
  ...new Map(nodes.map((each) => [each.name, each])).values(),
];
