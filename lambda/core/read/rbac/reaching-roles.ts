import { howMany } from '../../model/text/words.ts';

/** One rule of a role, as Kubernetes stores it. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Names of nodes to which the rule is limited; for all of them when empty. */
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/**
 * The verbs of the requests that the node proxy and the kubelet answer. Both derive them from the HTTP methods GET and HEAD, POST, PUT, PATCH and
 * DELETE. `get` suffices to run commands: the kubelet takes exec over a WebSocket. `list`, `watch` and `deletecollection` are verbs of requests
 * without a node's name, which the proxy does not know. Source: k8s.io/apiserver pkg/endpoints/request/requestinfo.go; pkg/kubelet/server/auth.go.
 */
export const proxyVerbs = ['get', 'create', 'update', 'patch', 'delete'] as const;

/**
 * The verbs by which a rule reaches `nodes/proxy`; none when it does not. As Kubernetes matches (pkg/apis/rbac/v1/evaluation_helpers.go): `*`, the name itself,
 * or a star before the slash. `nodes/*` and `nodes` are other resources, and match nothing here.
 */
export function verbsToNodesProxy(rule: Omit<PolicyRule, 'resourceNames'>): readonly string[] {
  const { verbs, apiGroups, resources } = rule;
  const isOfNodes =
    (apiGroups.includes('*') || apiGroups.includes('')) &&
    resources.some((each) => each === '*' || each === 'nodes/proxy' || each === '*/proxy');
  if (!isOfNodes) return [];

  return verbs.includes('*') ? ['*'] : proxyVerbs.filter((each) => verbs.includes(each));
}

/** Kubernetes' LabelSelector: every label and every expression must hold. An empty one selects everything. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values: readonly string[];
  }[];
}

export interface ClusterRole {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly rules: readonly PolicyRule[];
  /** For an aggregated role: the roles whose rules become its own. */
  readonly aggregates?: readonly LabelSelector[];
}

/** Whether a role decides who reaches `nodes/proxy`; thousands of others need not be kept. */
export const isRelevant = ({ rules, aggregates }: ClusterRole): boolean =>
  aggregates !== undefined || rules.some((each) => verbsToNodesProxy(each).length > 0);

/**
 * The roles that reach `nodes/proxy`: by their own rules, or by those of roles that they aggregate, directly or through others. The aggregation
 * controller replaces such a role's rules after a while. Both its old and its new rules count. By the role's name, how it does so, in words:
 * `get, create on nodes/proxy`, `every verb on nodes/proxy, from ClusterRole debug`.
 */
export function reachingRoles(roles: readonly ClusterRole[]): ReadonlyMap<string, string> {
  const reaching = new Map<string, string>();
  const aggregating = roles.filter(({ aggregates }) => aggregates !== undefined);
  const add = (those: readonly ClusterRole[]) => {
    const sources = new Set<ClusterRole>();
    const found = (role: ClusterRole, words: string | undefined) => {
      if (words === undefined || reaching.has(role.name)) return;
      reaching.set(role.name, words);
      sources.add(role);
    };
    for (const role of those) found(role, wordsOf(role.rules));
    // A role that was just found may be what another one aggregates, so the set grows while it is walked.
    for (const { name, labels } of sources)
      for (const role of aggregating)
        if (role.aggregates?.some((each) => selects(each, labels)))
          found(role, `${reaching.get(name)?.split(', from ')[0]}, from ClusterRole ${name}`);
  };

  add(roles.filter(({ aggregates }) => aggregates === undefined));
  // Rules of an aggregating role that none of the roles it selects has.
  add(aggregating);
  return reaching;
}

/** The roles whose own rules give a bound role nodes/proxy: itself, or those that it aggregates, directly or through others. */
export function rolesBehind(bound: string, roles: readonly ClusterRole[]): readonly ClusterRole[] {
  const found = new Set(roles.filter(({ name }) => name === bound));
  for (const { aggregates = [] } of found)
    for (const role of roles) if (aggregates.some((each) => selects(each, role.labels))) found.add(role);
  return [...found].filter(({ rules, aggregates }) => aggregates === undefined && wordsOf(rules) !== undefined);
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
function selects({ matchLabels, matchExpressions }: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const labelOf = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined);

  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(key) === value) &&
    matchExpressions.every((each) => holds(each, labelOf(each.key)))
  );
}

function holds({ operator, values }: LabelSelector['matchExpressions'][number], value: string | undefined): boolean {
  const exists = value !== undefined;
  const isIn = exists && values.includes(value);
  return { In: isIn, NotIn: !isIn, Exists: exists, DoesNotExist: !exists }[operator];
}

/** `get, create on nodes/proxy of 3 nodes`; nothing when no rule reaches it. */
function wordsOf(rules: readonly PolicyRule[]): string | undefined {
  const found = rules.map((rule) => ({ verbs: verbsToNodesProxy(rule), names: rule.resourceNames }));
  const reaching = found.filter(({ verbs }) => verbs.length > 0);
  if (reaching.length === 0) return undefined;

  const verbs = [...new Set(reaching.flatMap((each) => each.verbs))];
  const names = reaching.some((each) => each.names.length === 0) ? [] : reaching.flatMap((each) => each.names);
  const where = names.length > 0 ? ` of ${howMany(new Set(names).size, 'node')}` : '';
  return `${verbs.includes('*') ? 'every verb' : verbs.join(', ')} on nodes/proxy${where}`;
}
