import {
  type AccessRight,
  broadRightOf,
  broadRights,
  configzRight,
  rightText,
} from '../../core/fix/grant/broad-rights.ts';
import type { Problem } from '../../core/model/model.ts';
import { printable } from '../../core/model/text/printable.ts';
import { configzForbidden } from '../../core/read/kubelet/configz/direct-answer.ts';
import { allowed, heldRules } from '../kubernetes/access-review.ts';
import type { ApiServer } from '../kubernetes/api-server.ts';

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
