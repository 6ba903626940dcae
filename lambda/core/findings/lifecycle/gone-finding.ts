import type { Scope } from '../../../contract/settings.ts';
import type { StoredFinding } from '../../model/stored-finding.ts';
import { howMany } from '../../model/text/words.ts';
import type { AsffFinding, AsffStatusReason } from '../asff/asff.ts';
import type { FindingName, SubjectScope } from '../identity.ts';
import { minuteOf, type RememberedFinding } from './memory.ts';
import { rebuiltFinding, storedStatus } from './rebuilt-finding.ts';

export interface WhyGoneOptions {
  readonly scope: Scope;
  /** The cluster's list of nodes was whole, and AWS said which machine is which. */
  readonly complete: boolean;
  readonly terminated: ReadonlySet<string>;
  readonly audited: ReadonlySet<string>;
  readonly catalogue: ReadonlySet<string>;
  /** The controls about the cluster itself: the scope of the settings and the list of nodes don't matter to them. */
  readonly ofCluster: ReadonlySet<string>;
  /** Whether launch templates were looked at, and every node group was found. */
  readonly nextNodes: 'off' | 'incomplete' | 'complete';
  readonly withoutKarpenter?: boolean;
}

const because = (ReasonCode: string, Description: string): AsffStatusReason => ({ ReasonCode, Description });

/** Why a finding that this run has nothing to say about is gone; `undefined` when the run did not really look. */
export function whyGone(name: FindingName, options: WhyGoneOptions): AsffStatusReason | undefined {
  if (options.ofCluster.has(name.control))
    return options.audited.has(name.control) ? undefined : notAudited(name, options);
  if (name.scope === 'next-node') return whyNextGone(name, options);
  // The settings decide this, however much could be listed.
  if (name.scope !== options.scope)
    return because('SCOPE_CHANGED', `the audit's findings are of scope ${options.scope} now`);
  if (!options.audited.has(name.control)) return notAudited(name, options);
  if (!options.complete)
    return name.scope === 'node' && options.terminated.has(name.name)
      ? because('INSTANCE_TERMINATED', 'AWS says that this instance is terminated')
      : undefined;

  return because('SUBJECT_GONE', `the cluster's list of nodes was read to its end, and ${subjectWords[name.scope]}`);
}

/** The scope of the settings doesn't matter to it, nor do the nodes that run. */
function whyNextGone(name: FindingName, options: WhyGoneOptions): AsffStatusReason | undefined {
  if (options.nextNodes === 'off') return because('NEXT_NODES_NOT_AUDITED', "the audit's setting nextNode is off now");
  if (!options.audited.has(name.control)) return notAudited(name, options);
  if (options.withoutKarpenter && name.groupKind === 'karpenter')
    return because('NEXT_NODES_NOT_AUDITED', "the audit's sources keep it from asking for Karpenter's node pools now");
  if (options.nextNodes === 'incomplete') return undefined;
  return because(
    'SUBJECT_GONE',
    'the node groups of the cluster were listed to the end, and this one is not among them',
  );
}

/** Settings or a new version of this program took it out. It was not looked at, so nothing says that it was fixed. */
export const isWithdrawal = ({ ReasonCode }: AsffStatusReason): boolean =>
  ['SCOPE_CHANGED', 'CONTROL_NOT_AUDITED', 'CONTROL_GONE', 'NEXT_NODES_NOT_AUDITED'].includes(ReasonCode);

const notAudited = ({ control }: FindingName, { catalogue }: WhyGoneOptions): AsffStatusReason =>
  catalogue.has(control)
    ? because('CONTROL_NOT_AUDITED', "the audit's settings leave this control out now")
    : because('CONTROL_GONE', 'this version of the audit has no such control any more');

const subjectWords = {
  'node-group': 'this node group has no node',
  node: 'this node is not in it',
  cluster: 'it is empty',
} as const satisfies Record<Exclude<SubjectScope, 'next-node'>, string>;

/** The end of a failure that only a sweep saw. */
export const nodesGone = ({ at, machines: [first = '', ...others] }: Swept): AsffStatusReason => ({
  ReasonCode: 'NODES_GONE',
  Description: `gone, not fixed: what failed in the sweep of ${minuteOf(at)} is not there any more, by AWS's word (${first}${others.length > 0 ? ` and ${howMany(others.length, 'more machine')}` : ''})`,
});

type Swept = NonNullable<RememberedFinding['swept']>;

export const clusterExcluded: AsffStatusReason = {
  ReasonCode: 'CLUSTER_EXCLUDED',
  Description: "the audit's settings leave out the cluster, its account or its Region now",
};

export const clusterGone: AsffStatusReason = {
  ReasonCode: 'CLUSTER_GONE',
  Description: "the account's clusters of this Region were listed to the end, and this cluster is not among them",
};

export const auditRemoved: AsffStatusReason = {
  ReasonCode: 'AUDIT_REMOVED',
  Description: 'the audit was removed, and this cluster is not audited any more',
};

/** The stored finding, archived. It keeps its last status: PASSED → NOT_AVAILABLE would reset an analyst's Workflow. */
export const goneFinding = (
  stored: StoredFinding,
  gone: { readonly name: FindingName; readonly reasons: readonly AsffStatusReason[]; readonly now: Date },
): AsffFinding =>
  rebuiltFinding(stored, {
    ...gone,
    status: storedStatus(stored),
    recordState: 'ARCHIVED',
    description: `In cluster ${gone.name.cluster.name}: ${gone.reasons[0]?.Description ?? 'gone'}`,
    remedy: 'Nothing is to be done: what this finding was about is not audited any more. Its status reasons say why.',
  });
