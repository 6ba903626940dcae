import { printable } from '../model/text/words.ts';
import { type ClusterRole, type PolicyRule, rolesBehind, verbsToNodesProxy } from '../read/rbac/reaching-roles.ts';
import { asOneName, keyOf, type ProxyGrants, type ProxyHolder, proxyHolders } from './proxy-holders.ts';

/** What a kubelet of 1.33 or newer asks for instead of nodes/proxy, by path. Source: pkg/kubelet/server/auth.go, KEP-2862. */
const everyRight = ['metrics', 'stats', 'log', 'pods', 'healthz', 'configz'].map((each) => `nodes/${each}`);

/**
 * Agents whose charts grant nodes/proxy, or did so. The fields: its service account, the rights that its calls need, since which version that
 * is enough, and who says so. An agent without rights calls through the API server. A name is a claim: it chooses the advice only.
 */
const accounts = new Map([
  ['kube-prometheus-stack', /(?:^|-)kube-prom[a-z]*(?:-[a-z]*)?-prometheus$/],
  ['prometheus (chart)', /^prometheus-server$/],
  ['CloudWatch agent', /^cloudwatch-agent(-windows.*)?$/],
  ['Datadog agent', /(^|-)datadog(-agent)?$/],
  ['Inspektor Gadget', /^gadget$/],
  ['node-feature-discovery', /(^|-)(nfd|node-feature-discovery)-(topology-updater|gc)$/],
  ['Fluent Bit', /(^|-)fluent-bit$/],
]);

export const knownAgents = `
kube-prometheus-stack | metrics | every version that scrapes kubelets directly; its chart grants nodes/metrics alone | prometheus-community/helm-charts@10ca862c, #6545
prometheus (chart) | - | none: its default jobs scrape /api/v1/nodes/NODE/proxy/metrics; scrape port 10250 with nodes/metrics instead | prometheus-community/helm-charts#6545
CloudWatch agent | metrics stats pods | no release of its chart yet; the kubelet decides by path, so the ClusterRole is enough | aws-observability/helm-charts@1610e5b5, #302
Datadog agent | metrics stats log pods healthz configz | charts since September 2025, with datadog.kubelet.fineGrainedAuthorization: true | DataDog/helm-charts#2049
Inspektor Gadget | configz | releases after 0.55.1, on 1.36; older ones then use the socket paths of their manifest | inspektor-gadget#5343, minikube#23626
node-feature-discovery | configz | every version: the topology updater asks the kubelet directly | node-feature-discovery#2424
Fluent Bit | pods | every version: Use_Kubelet asks the kubelet directly, and without it no right is needed | fluent/fluent-bit#3025
`
  .trim()
  .split('\n')
  .map((row) => {
    const [name = '', needs = '', since = '', source = ''] = row.split(' | ');
    const rights = needs === '-' ? [] : needs.split(' ').map((each) => `nodes/${each}`);
    return { name, rights, advice: `${since} (${source})` };
  });

type Replaced = Pick<ProxyHolder, 'kind' | 'name' | 'ours'> & { readonly ways: readonly string[] };

/** What to grant a holder instead; no rights where only nodes/proxy does it. */
export function replacementFor({ kind, name, ours, ways }: Replaced) {
  const what = { IAM: 'IAM principal', Group: 'group', User: 'user', ServiceAccount: 'service account' }[kind];
  const without = (advice: string, who = what) => ({ what: who, rights: [] as readonly string[], advice });
  if (ours)
    return without('read kubelets on their own port: eks-kubelet-audit grant CLUSTER --sources direct', 'this audit');
  const agent =
    kind === 'ServiceAccount' && knownAgents.find((each) => accounts.get(each.name)?.test(name.replace(/^.*\//, '')));
  if (agent) return { what: `service account of ${agent.name}`, rights: agent.rights, advice: agent.advice };
  if (ways.some((each) => each.startsWith('access policy ')))
    return without('associate an access policy without nodes/proxy, such as AmazonEKSViewPolicy');
  const advice =
    'keep what it calls on port 10250; exec, attach, run, port-forward, container logs and calls through the API server still need nodes/proxy';
  return { what, rights: everyRight, advice };
}

/** Every holder but those of Kubernetes and EKS, wildcards first: `get` alone already runs commands, so no verb is harmless. */
export function holdersToReplace(grants: ProxyGrants) {
  const behind = rolesBySubject(grants);
  const isWildcard = (rule: PolicyRule) =>
    verbsToNodesProxy(rule).length > 0 && [...rule.verbs, ...rule.resources].some((each) => each.startsWith('*'));
  const isWide = (holder: ProxyHolder) =>
    holder.ways.some(({ text }) => text.startsWith('access policy ')) ||
    [...(behind.get(keyOf(holder)) ?? [])].some(({ rules }) => rules.some(isWildcard));
  return proxyHolders(grants)
    .filter(({ system }) => !system)
    .toSorted((one, other) => Number(isWide(other)) - Number(isWide(one)))
    .map((each) => ({ ...each, replacement: replacementFor({ ...each, ways: each.ways.map(({ text }) => text) }) }));
}

/** By subject of a binding, the ClusterRoles by whose own rules it holds nodes/proxy. */
function rolesBySubject({ bindings, roles }: ProxyGrants): ReadonlyMap<string, ReadonlySet<ClusterRole>> {
  const behind = new Map(
    [...new Set(bindings.map(({ role }) => role))].map((role) => [role, rolesBehind(role, roles)]),
  );
  const found = new Map<string, Set<ClusterRole>>();
  for (const { role, subjects } of bindings)
    for (const key of subjects.map((each) => keyOf(asOneName(each))))
      found.set(key, new Set([...(found.get(key) ?? []), ...(behind.get(role) ?? [])]));
  return found;
}

/** The ClusterRoles behind these holders, each without nodes/proxy and with all of its other permissions, or why it has no such rules. */
export function rolesToReplace(grants: ProxyGrants) {
  const used = new Map<ClusterRole, ReturnType<typeof holdersToReplace>[number][]>();
  const behind = rolesBySubject(grants);
  for (const holder of holdersToReplace(grants))
    for (const role of behind.get(keyOf(holder)) ?? []) used.set(role, [...(used.get(role) ?? []), holder]);

  return [...used].map(([role, held]) => {
    const without = held.filter(({ replacement }) => replacement.rights.length === 0);
    const rights = [...new Set(held.flatMap(({ replacement }) => replacement.rights))].toSorted();
    const holders = held.map(({ kind, name }) => printable(`${kind} ${name}`, 300));
    const why = /^system:|^(cluster-admin|admin|edit|view)$/.test(role.name)
      ? 'Kubernetes owns this role: bind a narrower one'
      : without[0] && `${printable(without[0].name, 100)} needs nodes/proxy, or another way: see its advice`;
    const rules = why === undefined ? withoutProxy(role.rules, rights) : undefined;
    const because = why ?? 'a rule for every resource can only be written again by hand';
    return { role, holders, rights, rules, because };
  });
}

/** RBAC has no exception from `*`, so such a rule cannot be narrowed without knowing what it is for. */
function withoutProxy(rules: readonly PolicyRule[], needed: readonly string[]): readonly PolicyRule[] | undefined {
  const reaching = rules.filter((rule) => verbsToNodesProxy(rule).length > 0);
  if (reaching.some(({ resources }) => resources.includes('*'))) return undefined;

  const instead = new Map([
    ['nodes/proxy', []],
    ['*/proxy', ['pods/proxy', 'services/proxy']],
  ]);
  const kept = rules.flatMap((rule) => {
    if (!reaching.includes(rule)) return [rule];
    const resources = rule.resources.flatMap((each) => instead.get(each) ?? [each]);
    return resources.length > 0 ? [{ ...rule, resources }] : [];
  });
  const isOfAll = reaching.some(({ resourceNames }) => resourceNames.length === 0);
  const resourceNames = isOfAll ? [] : [...new Set(reaching.flatMap((rule) => rule.resourceNames))];
  return [...kept, { apiGroups: [''], resources: needed, verbs: ['get'], resourceNames }];
}
