import { type AccessRight, broadRights, configzRight, rightText } from '../../core/fix/grant/broad-rights.ts';
import type { Problem } from '../../core/model/model.ts';
import { printable } from '../../core/model/text/printable.ts';
import { configzForbidden } from '../../core/read/kubelet/configz/direct-answer.ts';
import { allowed } from '../kubernetes/access-review.ts';
import type { ApiServer } from '../kubernetes/api-server.ts';

interface TokenProblemOptions {
  /** `payments` */
  readonly clusterName: string;
  /** The caller accepts that nodes see a token with more rights. */
  readonly allowBroad: boolean;
  readonly signal: AbortSignal;
}

/**
 * Why the token of these credentials may be shown to no node of this cluster: it can do more than read a kubelet's configuration, or may. `undefined`
 * when it may be shown. The API server is asked for each right (SelfSubjectAccessReview), since lists of rules do not decide.
 */
export async function tokenProblem(api: ApiServer, options: TokenProblemOptions): Promise<Problem | undefined> {
  const [mayRead, ...broad] = await Promise.all(
    [configzRight, ...(options.allowBroad ? [] : broadRights)].map((right) => allowed(api, right, options.signal)),
  );

  const tooBroad = broadRights.filter((_, index) => broad[index] === true);
  if (tooBroad.length > 0) return rightsTooBroad(options.clusterName, tooBroad);

  const because = [mayRead, ...broad].find((each) => typeof each === 'string');
  if (because !== undefined) return rightsUnknown(options.clusterName, because);
  return mayRead === true ? undefined : configzForbidden;
}

const rightsTooBroad = (cluster: string, rights: readonly AccessRight[]): Problem => ({
  code: 'token-too-broad',
  message: `the credentials of this audit may ${rights.map(rightText).join(', ')} in cluster ${cluster}; a token that is shown to nodes must not carry that, so none of its kubelets was asked on its own port`,
  remedy:
    'grant this cluster the narrow way (eks-kubelet-audit grant CLUSTER --sources direct --revoke-other --apply), or read it through the API server or by SSM; with credentials of your own, --allow-broad-token shows them to the nodes all the same',
});

const rightsUnknown = (cluster: string, because: string): Problem => ({
  code: 'token-rights-unknown',
  message: `what else the credentials of this audit may do in cluster ${cluster} is not known, so none of its kubelets was asked on its own port: ${printable(because, 200)}`,
  remedy:
    'let the audit create selfsubjectaccessreviews (every authenticated user may, unless system:basic-user was changed) and let the API server be reached, or leave direct out of --sources',
});
