import { generatorIdPrefix, productName } from '../../contract/names.ts';
import type { Scope } from '../../contract/settings.ts';
import type { Control } from '../judge/control.ts';
import { parseClusterArn } from '../model/cluster-arn.ts';
import type { ClusterArn, ClusterNode, NodeGroup, Place } from '../model/model.ts';
import { printable, shortHash } from '../model/text/words.ts';

export type Subject =
  | { readonly scope: 'node-group'; readonly group: NodeGroup }
  | { readonly scope: 'next-node'; readonly group: NodeGroup }
  | { readonly scope: 'node'; readonly node: ClusterNode }
  | { readonly scope: 'cluster' };

/** The settings choose one of `Scope`; next nodes have findings beside it. */
export type SubjectScope = Scope | 'next-node';

/**
 * The finding's Id: the same for the same subject and control, forever. No benchmark number, time, verdict or instance count is in it.
 * At most 512 characters (ASFF) because every part is bounded: product 17, slug 60, cluster ARN 180, kind 18, name 200.
 */
export const findingId = (slug: string, cluster: ClusterArn, subject: Subject): string =>
  `${productName}/${slug}/${cluster.arn}/${subjectPath(subject)}`;

/** What an Id says, read back: only what this program could have written is one. */
export interface FindingName {
  readonly control: string;
  readonly cluster: ClusterArn;
  readonly scope: SubjectScope;
  /** For a node group and its next node: `managed`, `karpenter`, …; empty for others. */
  readonly groupKind: string;
  /** The last part, cut and hashed as namePart does; empty for a cluster. */
  readonly name: string;
}

/** A later generation of a finding names the same (adapters/security-hub/generations.ts). */
const idPattern =
  /^([a-z0-9-]{1,60})(?:\.[2-9])?\/(arn:[^/]{1,100}:cluster\/[^/]{1,100})\/(?:(cluster)|(node)\/([!-~]{1,200})|(node-group|next-node)\/([a-z-]{1,18})\/([!-~]{1,200}))$/;

export function parseFindingId(id: string): FindingName | undefined {
  const [, control, arn, whole, node, nodeName, group, groupKind = '', groupName] =
    idPattern.exec(id.startsWith(generatorIdPrefix) ? id.slice(generatorIdPrefix.length) : '') ?? [];
  const cluster = arn === undefined ? undefined : parseClusterArn(arn);
  const scope = whole !== undefined ? 'cluster' : node !== undefined ? 'node' : group;
  if (control === undefined || !cluster || !scope) return undefined;

  return {
    control,
    cluster,
    scope: scope === 'node-group' || scope === 'next-node' || scope === 'node' ? scope : 'cluster',
    groupKind,
    name: nodeName ?? groupName ?? '',
  };
}

/** Stable: people's rules, insights and our own search filter on it. */
export const generatorId = (control: Pick<Control, 'slug'>): string => `${generatorIdPrefix}${control.slug}`;

/** What each finding begins with: the format, and by whom and where it is. */
export const nameFields = (id: string, control: Pick<Control, 'slug'>, cluster: ClusterArn) =>
  ({
    SchemaVersion: '2018-10-08',
    Id: id,
    ProductArn: defaultProductArn(cluster),
    ProductName: productName,
    CompanyName: productName,
    GeneratorId: generatorId(control),
    AwsAccountId: cluster.accountId,
    Region: cluster.region,
  }) as const;

export function subjectPath(subject: Subject): string {
  if (subject.scope === 'cluster') return 'cluster';
  if (subject.scope === 'node') return `node/${namePart(subject.node.key)}`;
  return `${subject.scope}/${subject.group.kind}/${namePart(subject.group.name)}`;
}

/**
 * A name as the last part of an identifier, at most 200 characters. Names that AWS and Kubernetes give out are kept. A name that is longer, has a
 * space or is not ASCII is cut. Its hash (SHA-256, 32 digits) makes it unique, behind a `~` that no plain name has.
 */
export function namePart(name: string): string {
  if (/^[!-}]{1,200}$/.test(name)) return name;

  return `${name.replace(/[^!-}]+/g, '-').slice(0, 160)}~${shortHash(name)}`;
}

/** The default product of an account's Region: the only one that a custom integration may send to, and only from that account. */
export const defaultProductArn = ({ partition, region, accountId }: Place): string =>
  `arn:${partition}:securityhub:${region}:${accountId}:product/${accountId}/default`;

/** Text that Security Hub takes: one printable line of at most `max` UTF-16 code units, never blank (`(none)` when there is nothing to show). */
export const findingText = (text: string, max: number): string => printable(text, max) || '(none)';
