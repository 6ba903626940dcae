import { memberRoleName } from '../../contract/names.ts';
import { hasCode } from '../../contract/problem-codes.ts';
import {
  broadRights,
  configzRight,
  expectedGroups,
  rightText,
  unexpectedRight,
} from '../../core/fix/grant/broad-rights.ts';
import type { Cluster, Problem } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { nameList, printable } from '../../core/model/text/words.ts';
import { configzForbidden } from '../../core/read/kubelet/configz/configz-answer.ts';
import type { OwnAccessEntry } from '../eks/access-entries.ts';
import type { NamesakeDirectory } from '../eks/namesakes.ts';
import { allowed, callerOf, heldRules, knowsCaller } from '../kubernetes/access-review.ts';
import { apiServer, type PinnedCredentials } from '../kubernetes/api-server.ts';
import { kubeConfigOfEks } from '../kubernetes/kube-config.ts';

interface AskOptions {
  /** The access entry by which a principal is let into a cluster of EKS. */
  readonly ownEntry: OwnAccessEntry;
  readonly signal: AbortSignal;
}

interface TokenProblemOptions extends AskOptions {
  /** The caller accepts that nodes see a token with more rights. */
  readonly allowBroad: boolean;
}

/** Rules of other namespaces are not seen: the audit may not list namespaces. These are in every cluster. */
const namespaces = ['kube-system', 'default', 'kube-public', 'kube-node-lease'];

/**
 * Why the token of these credentials may be shown to no node of this cluster: it can do more than read a kubelet's configuration, or may. `undefined`
 * when it may be shown. Every rule that the API server lists must be expected; what EKS's own authorizer allows is asked right by right.
 */
export async function tokenProblem(
  cluster: Cluster,
  credentials: PinnedCredentials,
  options: TokenProblemOptions,
): Promise<Problem | undefined> {
  const broad = options.allowBroad ? { rights: [] } : await broadRightsOf(cluster, credentials, options);
  if (broad.rights.length > 0) return rightsTooBroad(cluster.name, broad.rights);

  const mayRead = await allowed(credentials, configzRight, options.signal);
  const because = typeof mayRead === 'string' ? mayRead : broad.because;
  if (because !== undefined) return rightsUnknown(cluster.name, because);
  return mayRead === true ? undefined : configzForbidden;
}

interface ElsewhereOptions extends AskOptions {
  /** The token that kubelets would get. Never log it. */
  readonly token: string;
  readonly namesakes: NamesakeDirectory;
  /** ARNs of clusters that need not be asked. */
  readonly although: readonly string[];
}

/**
 * A token is bound to the name of its cluster, and valid at every cluster of that name which lets the same principal in. So the broad rights are asked
 * there too. A cluster that answers 401 does not know us. One that can't be asked refuses, unless the settings name it.
 * @returns also what was not asked, for every report
 */
export async function rightsElsewhere(cluster: Cluster, options: ElsewhereOptions) {
  const found = await options.namesakes(cluster, options.signal);
  const asked = await Promise.all(found.clusters.map((each) => rightsAt(each, options)));
  const answers = [...asked, ...found.undescribed.map((each) => ({ ...each, rights: [] as readonly string[] }))];

  const tooBroad = answers.find(({ rights }) => rights.length > 0);
  if (tooBroad) return { problem: rightsTooBroad(tooBroad.arn, tooBroad.rights), notes: [] };
  const unknown = answers.filter(({ because }) => because !== undefined);
  const [refused] = unknown.filter(({ arn }) => !options.although.includes(arn));
  if (refused) return { problem: notAskedAt(refused.arn, refused.because ?? ''), notes: [] };

  const notAsked = [
    ...unknown.map(({ arn, because = '' }) => `${arn}: ${printable(because, 200)}`),
    ...(found.notAsked === undefined ? [] : [`other Regions of the account: ${printable(found.notAsked, 200)}`]),
  ];
  return { notes: notAsked.map(namesakeNote) };
}

const questionsAtOnce = 10;

async function rightsAt(
  cluster: Cluster,
  { token, ...options }: ElsewhereOptions,
): Promise<BroadRights & { readonly arn: string }> {
  const arn = cluster.arn?.arn ?? cluster.name;
  if (!cluster.endpoint) return { arn, rights: [], because: 'it has no API endpoint yet' };
  const config = kubeConfigOfEks(cluster.name, cluster.endpoint, { current: async () => token });
  const server = apiServer(config, { connections: questionsAtOnce });
  try {
    const known = await knowsCaller(server, options.signal);
    if (known === false) return { arn, rights: [] };
    if (known !== true) return { arn, rights: [], because: known };
    return { arn, ...(await broadRightsOf(cluster, server, options)) };
  } finally {
    server.close();
  }
}

const notAskedAt = (arn: string, because: string): Problem => ({
  code: 'token-rights-unknown',
  message: `the token of this cluster is valid at ${arn} too, which has the same name, and what it may do there is not known, so no kubelet was read on its own port: ${printable(because, 200)}`,
  remedy: `let the API server of that cluster be reached, or, where it doesn't matter, name it in directAlthoughNotAsked (--direct-although-not-asked ${arn})`,
});

const namesakeNote = (where: string): Problem => ({
  code: 'namesakes-not-asked',
  message: `nodes were shown a token that is valid at clusters of the same name too, and not all of them were asked what it may do there: ${where}`,
  remedy: 'let these clusters be asked, or give clusters of one account different names',
});

interface BroadRights {
  /** In words that follow *may*. */
  readonly rights: readonly string[];
  /** Why not all of them are known. */
  readonly because?: string;
}

type Reviewer = Pick<PinnedCredentials, 'write'>;

/** What the caller may do beyond the grant: by its rules and its access entry, or, where these show nothing, by one question for each right. */
async function broadRightsOf(cluster: Cluster, api: Reviewer, { ownEntry, signal }: AskOptions): Promise<BroadRights> {
  const rules = await Promise.all(namespaces.map((each) => heldRules(api, each, signal)));
  const byRules = rules
    .flatMap((each) => (typeof each === 'string' ? [] : each))
    .flatMap((rule) => unexpectedRight(rule) ?? [])
    .map(rightText);
  const entry = await rightsOfEntry(cluster, api, { ownEntry, signal });
  const shown = [...byRules, ...(entry.ok ? entry.value : [])].map((each) => printable(each, 150));
  if (shown.length > 0) return { rights: [...new Set(shown)] };

  const answers = await Promise.all(broadRights.map((right) => allowed(api, right, signal)));
  const because = [...rules, ...answers, ...(entry.ok ? [] : [entry.error])].find((each) => typeof each === 'string');
  return {
    rights: broadRights.filter((_, index) => answers[index] === true).map(rightText),
    ...(because !== undefined && { because }),
  };
}

/** What EKS gives an IAM principal by its access entry, which no review of rules shows. Other callers have none, nor has mode CONFIG_MAP. */
async function rightsOfEntry(
  cluster: Cluster,
  api: Reviewer,
  { ownEntry, signal }: AskOptions,
): Promise<Result<readonly string[], string>> {
  const caller = await callerOf(api, signal);
  if (!caller.ok) return caller;
  const { principalArn, groups } = caller.value;
  if (!cluster.arn || principalArn === undefined) return ok([]);

  const entry =
    cluster.authenticationMode === 'CONFIG_MAP' ? ok(undefined) : await ownEntry(cluster, principalArn, signal);
  if (!entry.ok && !hasCode('access-entry-unknown')(entry.error)) return err(entry.error.message);
  if (!entry.ok && !mayBeInAwsAuth(cluster, principalArn)) return err(entry.error.message);
  const known = entry.ok ? entry.value : undefined;
  return ok([
    ...(known?.policies ?? []).map(({ name }) => `act by the access policy ${name}`),
    ...new Set(
      [...groups, ...(known?.groups ?? [])]
        .filter((each) => !expectedGroups.includes(each))
        .map((each) => `act as the group ${each}`),
    ),
  ]);
}

/**
 * Whether a principal without an access entry can only come from the ConfigMap aws-auth. The API server names a role without its path, so a role
 * that has one may have an entry that was not found. The role of the audit has none.
 */
const mayBeInAwsAuth = ({ authenticationMode }: Cluster, principalArn: string): boolean =>
  authenticationMode === 'API_AND_CONFIG_MAP' &&
  (!principalArn.includes(':role/') || principalArn.endsWith(memberRoleName));

const rightsTooBroad = (cluster: string, rights: readonly string[]): Problem => ({
  code: 'token-too-broad',
  message: `the credentials of this audit may ${nameList(rights)} in cluster ${cluster}; a token that is shown to nodes must not carry that, so the audit read none of its kubelets on their own port`,
  remedy:
    'grant this cluster the narrow way (eks-kubelet-audit grant CLUSTER --sources direct --revoke-other --apply), or read it through the API server or by SSM; with credentials of your own, --allow-broad-token shows them to the nodes all the same',
});

const rightsUnknown = (cluster: string, because: string): Problem => ({
  code: 'token-rights-unknown',
  message: `what else the credentials of this audit may do in cluster ${cluster} is not known, so the audit read none of its kubelets on their own port: ${printable(because, 200)}`,
  remedy:
    'let the audit read its own access entry (eks:DescribeAccessEntry, eks:ListAssociatedAccessPolicies: deploy the member stack of this release) and create selfsubjectaccessreviews, selfsubjectrulesreviews and selfsubjectreviews (every authenticated user may), let the API server be reached, or leave direct out of --sources',
});
