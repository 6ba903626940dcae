import { printable } from '../model/text/printable.ts';
import { type PolicyRule, verbsToNodesProxy } from '../read/rbac/policy-rule.ts';
import { type ClusterRole, rolesBehind } from '../read/rbac/reaching-roles.ts';
import { asOneName, keyOf, type ProxyGrants, type ProxyHolder, proxyHolders } from './proxy-holders.ts';

/** What a kubelet of 1.33 or newer asks for instead of nodes/proxy, by path. Source: pkg/kubelet/server/auth.go, KEP-2862. */
const rights = {
  '/metrics': 'nodes/metrics',
  '/stats': 'nodes/stats',
  '/logs': 'nodes/log',
  '/pods': 'nodes/pods',
  '/healthz': 'nodes/healthz',
  '/configz': 'nodes/configz',
} as const;
type KubeletPath = keyof typeof rights;

interface KnownAgent {
  readonly name: string;
  /** Its service account, as its chart names it. A name is a claim, and chooses nothing but the advice. */
  readonly account: RegExp;
  /** What it calls on the kubelet's own port; empty for one that calls through the API server, where nothing narrower helps. */
  readonly paths: readonly KubeletPath[];
  /** Since which version of its own it can do without nodes/proxy. */
  readonly since: string;
  readonly source: string;
}

/** Agents whose charts grant nodes/proxy or did so, each with who says what it calls. */
export const knownAgents: readonly KnownAgent[] = [
  {
    name: 'kube-prometheus-stack',
    account: /(^|-)kube-prom[a-z-]*-prometheus$/,
    paths: ['/metrics'],
    since: 'every version that scrapes kubelets directly; its chart grants nodes/metrics alone',
    source: 'prometheus-community/helm-charts@10ca862c, #6545',
  },
  {
    name: 'prometheus (chart)',
    account: /^prometheus-server$/,
    paths: [],
    since:
      'none: its default jobs scrape /api/v1/nodes/NODE/proxy/metrics; scrape port 10250 with nodes/metrics instead',
    source: 'prometheus-community/helm-charts#6545',
  },
  {
    name: 'CloudWatch agent',
    account: /^cloudwatch-agent(-windows.*)?$/,
    paths: ['/metrics', '/stats', '/pods'],
    since: 'no release of its chart yet; the kubelet decides by path, so the ClusterRole is enough',
    source: 'aws-observability/helm-charts@1610e5b5, #302',
  },
  {
    name: 'Datadog agent',
    account: /(^|-)datadog(-agent)?$/,
    paths: ['/metrics', '/stats', '/logs', '/pods', '/healthz', '/configz'],
    since: 'charts since September 2025, with datadog.kubelet.fineGrainedAuthorization: true',
    source: 'DataDog/helm-charts#2049',
  },
  {
    name: 'Inspektor Gadget',
    account: /^gadget$/,
    paths: ['/configz'],
    since: 'releases after 0.55.1, on 1.36; older ones then use the socket paths of their manifest',
    source: 'inspektor-gadget#5343, minikube#23626',
  },
  {
    name: 'node-feature-discovery',
    account: /(^|-)(nfd|node-feature-discovery)-(topology-updater|gc)$/,
    paths: ['/configz'],
    since: 'every version: the topology updater asks the kubelet directly',
    source: 'node-feature-discovery#2424',
  },
  {
    name: 'Fluent Bit',
    account: /(^|-)fluent-bit$/,
    paths: ['/pods'],
    since: 'every version: Use_Kubelet asks the kubelet directly, and without it no right is needed',
    source: 'fluent/fluent-bit#3025',
  },
];

/** The advice for one holder. */
export interface Replacement {
  readonly what: string;
  /** What to grant instead; empty where only nodes/proxy does it. */
  readonly rights: readonly string[];
  readonly advice: string;
}

export const adviceFor = ({ paths, since, source }: KnownAgent): Pick<Replacement, 'rights' | 'advice'> => ({
  rights: paths.map((path) => rights[path]),
  advice: `${since} (${source})`,
});

interface Held extends Pick<ProxyHolder, 'kind' | 'name' | 'ours'> {
  readonly ways: readonly string[];
}

export function replacementFor({ kind, name, ours, ways }: Held): Replacement {
  if (ours)
    return {
      what: 'this audit',
      rights: [],
      advice: 'read kubelets on their own port, with nodes/configz: eks-kubelet-audit grant CLUSTER --sources direct',
    };
  const agent = kind === 'ServiceAccount' && knownAgents.find(({ account }) => account.test(name.replace(/^.*\//, '')));
  if (agent) return { what: `service account of ${agent.name}`, ...adviceFor(agent) };
  const byPolicy = ways.some((each) => each.startsWith('access policy '));
  return {
    what: { IAM: 'IAM principal', Group: 'group', User: 'user', ServiceAccount: 'service account' }[kind],
    rights: byPolicy ? [] : Object.values(rights),
    advice: byPolicy
      ? 'associate an access policy without nodes/proxy, such as AmazonEKSViewPolicy'
      : 'keep what it calls on port 10250; exec, attach, run, port-forward, container logs and calls through the API server still need nodes/proxy',
  };
}

/** Every holder but those of Kubernetes and EKS, wildcards first: `get` alone already runs commands, so no verb is harmless. */
export function holdersToReplace(
  grants: ProxyGrants,
): readonly (ProxyHolder & { readonly replacement: Replacement })[] {
  const behind = rolesBySubject(grants);
  const isWildcard = (rule: PolicyRule) =>
    verbsToNodesProxy(rule).length > 0 && [...rule.verbs, ...rule.resources].some((each) => each.startsWith('*'));
  const isWide = (holder: ProxyHolder) =>
    holder.ways.some(({ text }) => /access policy|lets it do everything/.test(text)) ||
    [...(behind.get(keyOf(holder)) ?? [])].some(({ rules }) => rules.some(isWildcard));
  return proxyHolders(grants)
    .filter(({ system }) => !system)
    .toSorted((one, other) => Number(isWide(other)) - Number(isWide(one)))
    .map((each) => ({ ...each, replacement: replacementFor({ ...each, ways: each.ways.map(({ text }) => text) }) }));
}

/** By subject of a binding, the ClusterRoles by whose own rules it holds nodes/proxy. */
function rolesBySubject({ bindings, roles }: ProxyGrants): ReadonlyMap<string, ReadonlySet<ClusterRole>> {
  const behind = new Map(bindings.map(({ role }) => [role, [] as readonly ClusterRole[]]));
  for (const role of behind.keys()) behind.set(role, rolesBehind(role, roles));
  const found = new Map<string, Set<ClusterRole>>();
  for (const { role, subjects } of bindings)
    for (const subject of subjects.map(asOneName)) {
      const own = found.get(keyOf(subject)) ?? new Set();
      for (const each of behind.get(role) ?? []) own.add(each);
      found.set(keyOf(subject), own);
    }
  return found;
}

/** A ClusterRole that gives nodes/proxy, with the rules to review, or why there are none. */
export interface RoleToReplace {
  readonly role: ClusterRole;
  readonly holders: readonly string[];
  readonly rights: readonly string[];
  readonly rules: readonly PolicyRule[] | undefined;
  readonly because: string;
}

/** The ClusterRoles behind these holders, each without nodes/proxy and with all of its other permissions. */
export function rolesToReplace(grants: ProxyGrants): readonly RoleToReplace[] {
  const used = new Map<ClusterRole, ReturnType<typeof holdersToReplace>[number][]>();
  const behind = rolesBySubject(grants);
  for (const holder of holdersToReplace(grants))
    for (const role of behind.get(keyOf(holder)) ?? []) used.set(role, [...(used.get(role) ?? []), holder]);

  return [...used].map(([role, holders]) => {
    const without = holders.filter(({ replacement }) => replacement.rights.length === 0);
    const needed = [...new Set(holders.flatMap(({ replacement }) => replacement.rights))].toSorted();
    const isBuiltIn = /^system:|^(cluster-admin|admin|edit|view)$/.test(role.name);
    const rules = isBuiltIn || without.length > 0 ? undefined : withoutProxy(role.rules, needed);
    return {
      role,
      holders: holders.map(({ kind, name }) => printable(`${kind} ${name}`, 300)),
      rights: needed,
      rules,
      because: isBuiltIn
        ? 'Kubernetes owns this role: bind a narrower one'
        : without.length > 0
          ? `${without.map(({ name }) => printable(name, 100)).join(', ')} needs nodes/proxy, or another way: see its advice`
          : 'a rule for every resource can only be written again by hand',
    };
  });
}

/** RBAC has no exception from `*`, so such a rule cannot be narrowed without knowing what it is for. */
function withoutProxy(rules: readonly PolicyRule[], needed: readonly string[]): readonly PolicyRule[] | undefined {
  const reaching = rules.filter((rule) => verbsToNodesProxy(rule).length > 0);
  if (reaching.some(({ resources }) => resources.includes('*'))) return undefined;

  const kept = rules.flatMap((rule) => {
    if (!reaching.includes(rule)) return [rule];
    const resources = rule.resources.flatMap((each) =>
      each === 'nodes/proxy' ? [] : each === '*/proxy' ? ['pods/proxy', 'services/proxy'] : [each],
    );
    return resources.length > 0 ? [{ ...rule, resources }] : [];
  });
  const names = reaching.some(({ resourceNames }) => resourceNames.length === 0)
    ? []
    : [...new Set(reaching.flatMap(({ resourceNames }) => resourceNames))];
  return [...kept, { apiGroups: [''], resources: needed, verbs: ['get'], resourceNames: names }];
}
