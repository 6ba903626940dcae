import { type Control, isOfCluster } from '../../core/judge/control.ts';
import type { Waiver } from '../../core/judge/waivers/waiver.ts';
import type { Cluster, ClusterAudit, Problem } from '../../core/model/model.ts';
import type { IamPrincipal } from '../../core/read/rbac/access-policies.ts';
import { parseAwsAuth } from '../../core/read/rbac/aws-auth.ts';
import type { AuditPorts, RbacGrants } from './ports.ts';

export type ClusterPorts = Pick<AuditPorts, 'rbacGrants'>;

interface JudgeClusterOptions {
  readonly controls: readonly Control[];
  readonly waivers: readonly Waiver[];
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** The verdicts of the controls about the cluster itself, and what was met; nothing is asked where none is chosen. */
export async function judgeCluster(
  ports: ClusterPorts,
  cluster: Cluster,
  { controls, waivers, now, signal }: JudgeClusterOptions,
): Promise<Pick<ClusterAudit, 'clusterVerdicts' | 'problems'>> {
  const chosen = controls.filter(isOfCluster);
  if (chosen.length === 0) return { problems: [] };

  const { facts, problems } = await readFacts(ports, cluster, signal);
  return {
    clusterVerdicts: Object.fromEntries(
      chosen.flatMap(({ slug, judgeCluster: judge }) =>
        judge ? [[slug, judge(facts, { cluster, waivers, now })]] : [],
      ),
    ),
    problems,
  };
}

/** RBAC objects, and the principals that EKS lets in. What cannot be read is reported; what could be read still counts. */
export async function readFacts(ports: ClusterPorts, cluster: Cluster, signal: AbortSignal) {
  const { rbacGrants } = ports;
  if (!rbacGrants)
    return {
      facts: {
        grants: { roles: [], bindings: [], principals: [] },
        unread: ['the API server is no source of this audit (--sources)'],
      },
      problems: [],
    };

  const [grants, self, entries, mapped] = await Promise.all([
    rbacGrants.grants(cluster, signal),
    rbacGrants.self(cluster, signal),
    accessEntries(rbacGrants, cluster, signal),
    awsAuth(rbacGrants, cluster, signal),
  ]);
  const problems = [...(grants.ok ? [] : [grants.error]), ...entries.problems, ...mapped.problems];

  return {
    facts: {
      grants: {
        roles: grants.ok ? grants.value.roles : [],
        bindings: grants.ok ? grants.value.bindings : [],
        principals: [...entries.principals, ...mapped.principals],
        ...(self && { self }),
      },
      unread: [...problems.map(({ message }) => message), ...entries.unread, ...mapped.unread],
      ...(grants.ok && { proof: grants.value.proof }),
    },
    problems,
  };
}

interface Principals {
  readonly principals: readonly IamPrincipal[];
  readonly problems: readonly Problem[];
  /** What can't be read with any rights. */
  readonly unread: readonly string[];
}

const nobody: Principals = { principals: [], problems: [], unread: [] };

async function accessEntries(rbacGrants: RbacGrants, cluster: Cluster, signal: AbortSignal): Promise<Principals> {
  if (cluster.authenticationMode === 'CONFIG_MAP')
    // EKS User Guide, "Grant IAM users access to Kubernetes with a ConfigMap": it "doesn't appear in any visible configuration".
    return {
      ...nobody,
      unread: [
        'EKS gives the IAM principal that created a CONFIG_MAP cluster system:masters and shows it nowhere; with access entries it is seen (authentication mode API_AND_CONFIG_MAP)',
      ],
    };
  if (!cluster.arn || !rbacGrants.principals)
    return {
      ...nobody,
      unread: ['the access entries of EKS were not read: this is not an EKS cluster, or there are no AWS credentials'],
    };

  const { principals, problem } = await rbacGrants.principals(cluster, signal);
  return { ...nobody, principals, ...(problem && { problems: [problem] }) };
}

async function awsAuth(rbacGrants: RbacGrants, cluster: Cluster, signal: AbortSignal): Promise<Principals> {
  if (cluster.authenticationMode === 'API') return nobody;

  const data = await rbacGrants.awsAuth(cluster, signal);
  if (!data.ok) return { ...nobody, problems: [data.error] };

  const parsed = parseAwsAuth(data.value ?? {});
  return parsed.ok
    ? { ...nobody, principals: parsed.value }
    : { ...nobody, unread: [`the ConfigMap kube-system/aws-auth: ${parsed.error}`] };
}
