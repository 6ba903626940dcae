import * as z from 'zod/mini';
import { hasCode } from '../../contract/problem-codes.ts';
import type { Cluster, Problem } from '../../core/model/model.ts';
import { printable } from '../../core/model/text/words.ts';
import type { LaunchedGroup, LaunchSource } from '../../core/next-node/read/launched/launched-group.ts';
import type { FoundGroups, LaunchDirectory } from '../../flow/audit/ports.ts';
import { type ListOptions, listPages, takenBy } from './list-pages.ts';

/** As many as launch templates of a cluster. */
const mostNodePools = 1000;

/** EC2 takes 16 KB of user data. A class that is larger is not kept. */
const longestClass = 48 * 1024;

/** Karpenter's node pools with the EC2NodeClasses that they name. Classes are listed only where a pool names one, and those that none names are not kept. */
export const karpenterNodePools = (options: ListOptions): LaunchDirectory => ({
  async groups(cluster, signal) {
    const target = { ...options, cluster, signal };
    const pools = await listPages(target, nodePoolKind);
    if (!pools.ok) return unread(cluster, pools.error);
    const kept = pools.value.flatMap((each) => each ?? []).slice(0, mostNodePools);
    if (kept.length === 0) return { groups: [], complete: true, problems: [] };

    const classes = await listPages(target, nodeClassKind(new Set(kept.map(({ nodeClass }) => nodeClass))));
    if (!classes.ok) return unread(cluster, classes.error);
    const sources = new Map(classes.value.flatMap((each) => (each ? [[each.name, sourceOf(each)]] : [])));
    return {
      groups: kept.map(
        ({ name, nodeClass }): LaunchedGroup => ({
          group: { kind: 'karpenter', name },
          sources: [
            sources.get(nodeClass) ?? { name: titleOf(nodeClass), unreadable: 'there is no such EC2NodeClass' },
          ],
        }),
      ),
      complete: kept.length < mostNodePools,
      problems: [],
    };
  },
});

/** Where the token is shown to nodes, or the API server is no source: Karpenter's objects are not asked for, and that is said. */
export const karpenterNotAsked = (source: 'direct' | undefined): LaunchDirectory => ({
  groups: async ({ name }) => ({
    groups: [],
    complete: true,
    withoutKarpenter: true,
    problems: [],
    notes: [
      {
        code: 'karpenter-not-asked',
        message: `what Karpenter would launch next in ${name} was not asked: ${
          source === 'direct'
            ? 'the source direct shows its token to nodes, and a token that lists EC2NodeClasses can read secrets in their user data'
            : 'the API server is no source of this audit'
        }`,
        remedy:
          source === 'direct'
            ? 'judge its files with evaluate next, or audit with --sources configz'
            : 'judge its files with evaluate next, or name configz among the sources',
      },
    ],
  }),
});

const poolSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    template: z.object({
      spec: z.object({ nodeClassRef: z.object({ group: z.string(), kind: z.string(), name: z.string() }) }),
    }),
  }),
});

const nodePoolKind = {
  path: '/apis/karpenter.sh/v1/nodepools',
  kind: 'NodePoolList',
  plural: 'nodepools',
  isOptional: true,
  /** The pools of EKS Auto Mode name a class of its own, which AWS configures. */
  take: takenBy(poolSchema, ({ metadata, spec }) => {
    const { group, kind, name } = spec.template.spec.nodeClassRef;
    const isEc2 = group === 'karpenter.k8s.aws' && kind === 'EC2NodeClass';
    return isEc2 ? { name: metadata.name, nodeClass: name } : undefined;
  }),
} as const;

interface ListedClass {
  readonly name: string;
  /** Its fields that decide about a kubelet, in JSON; absent where they are too long. */
  readonly json?: string;
}

const classSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    amiFamily: z.optional(z.unknown()),
    amiSelectorTerms: z.optional(z.unknown()),
    kubelet: z.optional(z.unknown()),
    userData: z.optional(z.unknown()),
  }),
});

const nodeClassKind = (named: ReadonlySet<string>) =>
  ({
    path: '/apis/karpenter.k8s.aws/v1/ec2nodeclasses',
    kind: 'EC2NodeClassList',
    plural: 'ec2nodeclasses',
    isOptional: true,
    take: takenBy(classSchema, ({ metadata: { name }, spec }): ListedClass | undefined => {
      if (!named.has(name)) return undefined;
      const json = JSON.stringify({
        apiVersion: 'karpenter.k8s.aws/v1',
        kind: 'EC2NodeClass',
        metadata: { name },
        spec,
      });
      return { name, ...(json.length <= longestClass && { json }) };
    }),
  }) as const;

const sourceOf = ({ name, json }: ListedClass): LaunchSource => ({
  name: titleOf(name),
  ...(json === undefined ? { unreadable: `it is larger than ${longestClass} characters` } : { nodeClass: json }),
});

const titleOf = (name: string): string => printable(`EC2NodeClass ${name}`, 200);

/** Which right is missing, and for what. */
const unread = (cluster: Cluster, problem: Problem): FoundGroups => ({
  groups: [],
  complete: false,
  problems: [
    hasCode('kubernetes-forbidden')(problem)
      ? {
          code: 'karpenter-forbidden',
          message: `what Karpenter would launch next in ${cluster.name} is not known: ${problem.message}`,
          remedy:
            'let the audit list NodePools and EC2NodeClasses (eks-kubelet-audit grant CLUSTER --next-node --apply), or turn nextNode off',
        }
      : problem,
  ],
});
