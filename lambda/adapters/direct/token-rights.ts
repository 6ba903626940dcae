import {
  type AccessRight,
  broadRightOf,
  broadRights,
  configzRight,
  rightText,
} from '../../core/fix/grant/broad-rights.ts';
import type { Cluster, Problem } from '../../core/model/model.ts';
import { printable } from '../../core/model/text/printable.ts';
import { configzForbidden } from '../../core/read/kubelet/configz/direct-answer.ts';
import type { NamesakeDirectory } from '../eks/namesakes.ts';
import { allowed, heldRules, knowsCaller } from '../kubernetes/access-review.ts';
import { type ApiServer, apiServer } from '../kubernetes/api-server.ts';
import { kubeConfigOfEks } from '../kubernetes/kube-config.ts';

interface TokenProblemOptions {
  /** `payments` */
  readonly clusterName: string;
  /** The caller accepts that nodes see a token with more rights. */
  readonly allowBroad: boolean;
  readonly signal: AbortSignal;
}

/** Rules of other namespaces are not seen: the audit may not list namespaces. These two are in every cluster. */
const namespaces = ['kube-system', 'default'];

/**
 * Why the token of these credentials may be shown to no node of this cluster: it can do more than read a kubelet's configuration, or may. `undefined`
 * when it may be shown. The API server is asked for each right (SelfSubjectAccessReview), and for its rules, which show rights to named objects.
 */
export async function tokenProblem(api: ApiServer, options: TokenProblemOptions): Promise<Problem | undefined> {
  const broad = options.allowBroad ? { rights: [] } : await broadRightsOf(api, options.signal);
  if (broad.rights.length > 0) return rightsTooBroad(options.clusterName, broad.rights);

  const mayRead = await allowed(api, configzRight, options.signal);
  const because = typeof mayRead === 'string' ? mayRead : broad.because;
  if (because !== undefined) return rightsUnknown(options.clusterName, because);
  return mayRead === true ? undefined : configzForbidden;
}

interface ElsewhereOptions {
  /** The token that kubelets would get. Never log it. */
  readonly token: string;
  readonly namesakes: NamesakeDirectory;
  /** ARNs of clusters that need not be asked. */
  readonly although: readonly string[];
  readonly signal: AbortSignal;
}

interface Elsewhere {
  readonly problem?: Problem;
  /** What was not asked, for every report. */
  readonly notes: readonly Problem[];
}

/**
 * A token is bound to the name of its cluster, and valid at every cluster of that name which lets the same principal in. So the broad rights are asked
 * there too. A cluster that answers 401 does not know us. One that can't be asked refuses, unless the settings name it.
 */
export async function rightsElsewhere(cluster: Cluster, options: ElsewhereOptions): Promise<Elsewhere> {
  const found = await options.namesakes(cluster, options.signal);
  const asked = await Promise.all(found.clusters.map((each) => rightsAt(each, options)));
  const answers = [...asked, ...found.undescribed.map((each) => ({ ...each, rights: [] as readonly AccessRight[] }))];

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
  { token, signal }: ElsewhereOptions,
): Promise<BroadRights & { readonly arn: string }> {
  const arn = cluster.arn?.arn ?? cluster.name;
  if (!cluster.endpoint) return { arn, rights: [], because: 'it has no API endpoint yet' };
  const config = kubeConfigOfEks(cluster.name, cluster.endpoint, { current: async () => token });
  const server = apiServer(config, { connections: questionsAtOnce });
  try {
    const known = await knowsCaller(server, signal);
    if (known === false) return { arn, rights: [] };
    return { arn, ...(known === true ? await broadRightsOf(server, signal) : { rights: [], because: known }) };
  } finally {
    server.close();
  }
}

const notAskedAt = (arn: string, because: string): Problem => ({
  code: 'token-rights-unknown',
  message: `the token of this cluster is valid at ${arn} too, which has the same name, and what it may do there is not known, so no kubelet was asked on its own port: ${printable(because, 200)}`,
  remedy: `let the API server of that cluster be reached, or, where it doesn't matter, name it in directAlthoughNotAsked (--direct-although-not-asked ${arn})`,
});

const namesakeNote = (where: string): Problem => ({
  code: 'namesakes-not-asked',
  message: `nodes were shown a token that is valid at clusters of the same name too, and not all of them were asked what it may do there: ${where}`,
  remedy: 'let these clusters be asked, or give clusters of one account different names',
});

interface BroadRights {
  readonly rights: readonly AccessRight[];
  /** Why not all of them are known. */
  readonly because?: string;
}

/** The broad rights of the caller by the rules that are listed, or, where these give none, by one question each. */
async function broadRightsOf(api: ApiServer, signal: AbortSignal): Promise<BroadRights> {
  const rules = await Promise.all(namespaces.map((each) => heldRules(api, each, signal)));
  const byRules = rules
    .flatMap((each) => (typeof each === 'string' ? [] : each))
    .flatMap((rule) => broadRightOf(rule) ?? []);
  if (byRules.length > 0) return { rights: distinct(byRules) };

  const answers = await Promise.all(broadRights.map((right) => allowed(api, right, signal)));
  const because = [...rules, ...answers].find((each) => typeof each === 'string');
  return {
    rights: broadRights.filter((_, index) => answers[index] === true),
    ...(because !== undefined && { because }),
  };
}

const distinct = (rights: readonly AccessRight[]): readonly AccessRight[] => [
  ...new Map(rights.map((each) => [rightText(each), each])).values(),
];

/** An administrator has them all. */
const mostNamed = 10;

const rightsTooBroad = (cluster: string, rights: readonly AccessRight[]): Problem => ({
  code: 'token-too-broad',
  message: `the credentials of this audit may ${named(rights)} in cluster ${cluster}; a token that is shown to nodes must not carry that, so none of its kubelets was asked on its own port`,
  remedy:
    'grant this cluster the narrow way (eks-kubelet-audit grant CLUSTER --sources direct --revoke-other --apply), or read it through the API server or by SSM; with credentials of your own, --allow-broad-token shows them to the nodes all the same',
});

function named(rights: readonly AccessRight[]): string {
  const shown = rights.slice(0, mostNamed).map(rightText).join(', ');
  return rights.length > mostNamed ? `${shown} and ${rights.length - mostNamed} more` : shown;
}

const rightsUnknown = (cluster: string, because: string): Problem => ({
  code: 'token-rights-unknown',
  message: `what else the credentials of this audit may do in cluster ${cluster} is not known, so none of its kubelets was asked on its own port: ${printable(because, 200)}`,
  remedy:
    'let the audit create selfsubjectaccessreviews and selfsubjectrulesreviews (every authenticated user may, unless system:basic-user was changed) and let the API server be reached, or leave direct out of --sources',
});
