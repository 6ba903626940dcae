import { productName } from '../../contract/names.ts';
import type { Scope, SourceName } from '../../contract/settings.ts';
import { accessControls } from '../judge/access.ts';
import { benchmarkFor, numberIn } from '../judge/benchmark-for.ts';
import { type Control, familyOf, isOfCluster } from '../judge/control.ts';
import { findingTitle, nameOf } from '../judge/controls/shared/about.ts';
import { requirementName, requirementsOf } from '../judge/frameworks/requirements.ts';
import { accessStates, countStates, stateList, worstState } from '../model/access-states.ts';
import {
  type Cluster,
  type ClusterArn,
  type ClusterAudit,
  type ClusterNode,
  type NodeKind,
  nodeKinds,
} from '../model/model.ts';
import { UsageError } from '../model/operator-error.ts';
import type { StoredFinding } from '../model/stored-finding.ts';
import type { AsffFinding, AsffSeverity } from './asff/asff.ts';
import { prefixed, statusSince, timesAfter } from './asff/own-fields.ts';
import { maxNodeResources, nodesToName, resourcesOf } from './asff/resources.ts';
import { openHolders, statusReasons } from './asff/status-reasons.ts';
import { type Applicable, complianceStatus, descriptionOf, findingTypes, severityLabel } from './description.ts';
import { findingId, findingText, nameFields } from './identity.ts';
import { remediation } from './remedies/remediation-text.ts';
import { remedies, remedyFor } from './remedies/remedy.ts';
import { type RolledUp, waiverOf } from './roll-up.ts';
import { type JudgedWithNext, rollUpWithNext } from './roll-up-next.ts';

export interface FindingOptions extends Omit<FindingOfOptions, 'cluster'> {
  readonly controls: readonly Control[];
  readonly scope: Scope;
}

/** A finding without a cluster ARN would have no account, Region or identity. Ends a run as wrong usage (64). */
class ClusterArnNeeded extends UsageError {
  override readonly code = 'cluster-arn-needed';

  constructor(cluster: Pick<Cluster, 'name'>) {
    super(
      `cluster '${cluster.name}' has no ARN, and a finding needs its account and Region; use AWS credentials with --region, or a kubeconfig of aws eks update-kubeconfig, whose context names the ARN`,
    );
  }
}

/**
 * One cluster's audit → its active findings, one for each subject and control, in a stable order. A subject to which a control
 * applies nowhere has none.
 * @throws ClusterArnNeeded when the cluster has no ARN
 */
export function* findingsOf(
  audit: Pick<ClusterAudit, 'cluster'> & JudgedWithNext,
  options: FindingOptions,
): Generator<AsffFinding> {
  const context = contextOf(audit, options);

  for (const rolled of rollUpWithNext(audit, options.controls, options.scope))
    if (isApplicable(rolled) && !isUnknownNext(rolled)) yield findingOf(rolled, context);
}

export function contextOf(
  { cluster }: Pick<ClusterAudit, 'cluster'>,
  { benchmark, now, stored, sources }: Omit<FindingOfOptions, 'cluster'>,
): FindingOfOptions {
  return { cluster: namedCluster(cluster), benchmark, now, stored, ...(sources && { sources }) };
}

export function namedCluster(cluster: Cluster): NamedCluster {
  if (!hasArn(cluster)) throw new ClusterArnNeeded(cluster);

  return cluster;
}

const hasArn = (cluster: Cluster): cluster is NamedCluster => cluster.arn !== undefined;

/** Of a next node that can't be known there is no finding: nothing is proved, and nothing went unread that an audit could read. */
export const isUnknownNext = ({ subject, status }: Pick<RolledUp, 'subject' | 'status'>): boolean =>
  subject.scope === 'next-node' && status === 'unknown';

export const isApplicable = (rolled: RolledUp): rolled is Applicable => rolled.status !== 'not-applicable';

/** What Security Hub already holds, by Id; `unknown` when it could not be read or was not asked. */
type StoredFindings = ReadonlyMap<string, StoredFinding> | 'unknown';

export type NamedCluster = Cluster & { readonly arn: ClusterArn };

export interface FindingOfOptions {
  readonly cluster: NamedCluster;
  /** The version whose numbers are shown, `cis-eks-1.8.0`. */
  readonly benchmark: string;
  /** One for the whole run: a resent finding is then ignored by Security Hub, not counted as an update. */
  readonly now: Date;
  readonly stored: StoredFindings;
  /** Those of the audit: advice names the right that they need. */
  readonly sources?: readonly SourceName[];
}

/** One subject under one control → its active finding. Pure; every limit of ASFF holds, for any names and texts of nodes. */
export function findingOf(rolled: Applicable, context: FindingOfOptions): AsffFinding {
  const { control, subject, status, held } = rolled;
  const { arn } = context.cluster;
  const id = findingId(control.slug, arn, subject);
  const severity: AsffSeverity = { Label: severityLabel(rolled, control), Original: status };
  const requirements = relatedRequirements(control, benchmarkFor(context.benchmark, context.cluster));
  const since = context.stored === 'unknown' ? undefined : statusSince(context.stored.get(id), status, context.now);

  return {
    ...nameFields(id, control, arn),
    ...timesOf(id, held !== undefined, context),
    Title: findingTitle(control),
    Description: descriptionOf(rolled, { arn, since }),
    FindingProviderFields: { Severity: severity, Types: [findingTypes[familyOf(control)]] },
    Compliance: {
      Status: complianceStatus(rolled),
      StatusReasons: statusReasons(rolled),
      ...(requirements.length > 0 ? { RelatedRequirements: requirements } : {}),
    },
    Remediation: {
      Recommendation: remediation(control, {
        node: nodeToFix(rolled, kindsOf(rolled, context)),
        status: held && status === 'pass' ? 'unknown' : status,
        sources: context.sources,
        cluster: arn,
      }),
    },
    ProductFields: productFields(rolled, context, since),
    Resources: resourcesOf(context.cluster, rolled),
    RecordState: 'ACTIVE',
  };
}

function timesOf(id: string, held: boolean, { stored, now }: Pick<FindingOfOptions, 'stored' | 'now'>) {
  const time = now.toISOString();
  const observed = held ? {} : { LastObservedAt: time };
  // ASFF demands CreatedAt; when it was first observed is better left out than wrong.
  if (stored === 'unknown') return { CreatedAt: time, UpdatedAt: time, ...observed };

  return { ...timesAfter(stored.get(id), now), ...observed };
}

/**
 * `CIS Amazon EKS Benchmark 1.8.0/3.2.3` where that version has the control, what other catalogues call it, and the requirements of frameworks; each at
 * most 64 characters.
 */
function relatedRequirements(
  control: Pick<Control, 'slug' | 'numbers' | 'alsoKnownAs'>,
  benchmark: string,
): readonly string[] {
  const number = numberIn(control, benchmark);
  const { cisKubernetes, stig } = control.alsoKnownAs ?? {};

  return [
    ...(number ? [`CIS Amazon EKS Benchmark ${benchmark.replace('cis-eks-', '')}/${number}`] : []),
    ...(cisKubernetes ? [`CIS Kubernetes Benchmark ${cisKubernetes}`] : []),
    ...(stig ? [`DISA STIG ${stig}`] : []),
    ...requirementsOf(control).map(requirementName),
  ].map((each) => findingText(each, 64));
}

/**
 * A held finding keeps the kinds that were reported when it was read. By AWS's tags alone every Linux looks the same, and a held finding says the
 * same in each run.
 */
function kindsOf(
  { control, subject, nodes, held }: Applicable,
  { cluster, stored }: FindingOfOptions,
): readonly NodeKind[] {
  const before = stored === 'unknown' || !held ? undefined : stored.get(findingId(control.slug, cluster.arn, subject));
  const words = before?.productFields[nodeKindField]?.split(',') ?? [];
  const known = nodeKinds.filter((each) => words.includes(each));

  return (known.length > 0 ? known : [...new Set(nodes.map(({ node }) => node.kind))]).toSorted();
}

/** The kind of node that is worst off, always the same one of several: which node comes first changes with autoscaling. */
function nodeToFix({ nodes, held }: Applicable, kinds: readonly NodeKind[]): Pick<ClusterNode, 'kind' | 'group'> {
  const worst = nodes[0]?.verdict.status;
  const { group } = nodes[0]?.node ?? anyNode;
  const [first] = (
    held
      ? kinds.map((kind) => ({ kind, group }))
      : nodes.filter(({ verdict }) => verdict.status === worst).map(({ node }) => node)
  ).toSorted((one, other) => remedies.indexOf(remedyFor(one)) - remedies.indexOf(remedyFor(other)));

  return first ?? anyNode;
}

/** A subject always has a node; this is for the type. */
const anyNode = { kind: 'linux', group: { kind: 'self-managed', name: 'self-managed' } } as const;

const nodeKindField = `${productName}/node-kind`;

/** What people filter and route by; values are never blank. */
function productFields(rolled: Applicable, context: FindingOfOptions, since: string | undefined) {
  const { cluster, stored } = context;
  const benchmark = benchmarkFor(context.benchmark, cluster);
  const { control, subject, status, waiver, held } = rolled;
  const group = subject.scope === 'cluster' ? undefined : subject.scope === 'node' ? subject.node.group : subject.group;
  const number = numberIn(control, benchmark);
  const mark = waiver?.state === 'active' ? waiver.mark : undefined;

  return prefixed({
    cluster: cluster.arn.name,
    scope: subject.scope,
    'node-group': group && findingText(group.name, 256),
    'node-group-kind': group?.kind,
    node: subject.scope === 'node' ? findingText(subject.node.name ?? subject.node.key, 256) : undefined,
    'node-kind': isOfCluster(control) ? undefined : kindsOf(rolled, context).join(','),
    benchmark,
    control: control.slug,
    'control-number': number && findingText(number, 32),
    setting: nameOf(control.about),
    verdict: status,
    ...(held ? {} : stateFields(rolled)),
    'unreadable-since': held?.since,
    ...(held ? {} : isOfCluster(control) ? holderCounts(rolled) : nodeCounts(rolled)),
    'waived-until': mark?.until,
    'waived-by': mark && findingText(mark.by, 100),
    'created-at': stored === 'unknown' ? 'of this run: what Security Hub held before is not known' : undefined,
    'status-since': since,
  });
}

/** Who gets into the nodes that do not pass, and of one of the four doors how many nodes are in each state. */
function stateFields({ control, nodes, status, subject }: Applicable): Readonly<Record<string, string>> {
  if (status === 'pass' || subject.scope === 'next-node') return {};
  const states = (some: typeof nodes) => countStates(some.flatMap(({ readings }) => readings ?? []));
  const isKnown = nodes.some(({ readings }) => readings);
  const state = worstState(states(nodes.filter(({ verdict }) => verdict.status !== 'pass')));
  return {
    ...(state && { state: accessStates[state].en.name }),
    ...(isKnown && accessControls.includes(control.slug) && { 'nodes-by-state': stateList(states(nodes)) }),
  };
}

/** How many nodes have which status. Passing nodes are not counted: autoscaling would change the finding each night. */
function nodeCounts(rolled: Applicable): Readonly<Record<string, number | undefined>> {
  const { nodes, counts, status } = rolled;
  if (status === 'pass') return {};

  const unnamed = nodesToName(rolled).length - maxNodeResources;
  const waived = nodes.filter(({ verdict }) => waiverOf(verdict)?.state === 'active').length;
  return {
    nodes: nodes.length,
    'nodes-failed': counts.fail,
    'nodes-warned': counts.warn,
    'nodes-unknown': counts.unknown,
    'nodes-passed': counts.pass,
    'nodes-not-applicable': counts['not-applicable'],
    'nodes-waived': waived || undefined,
    'nodes-not-in-resources': unnamed > 0 ? unnamed : undefined,
  };
}

function holderCounts({ verdict }: Applicable): Readonly<Record<string, number>> {
  const { holders } = (verdict && 'evidence' in verdict && verdict.evidence) || {};
  return holders ? { holders: holders.length, 'holders-not-allowed': openHolders(verdict).length } : {};
}
