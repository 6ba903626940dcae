import { kubernetesGroup as group } from '../../../../contract/names.ts';
import type { Problem } from '../../../model/model.ts';
import { printable } from '../../../model/text/printable.ts';
import type { ApiStatus } from './api-status.ts';

export const credentialsRefused: Problem = {
  code: 'credentials-refused',
  message: 'the API server does not accept the credentials of this audit (401)',
  remedy: `give the role of this audit an access entry with the Kubernetes group ${group} (eks-kubelet-audit grant), and check that the token has not expired and belongs to this cluster; if it has an entry, the role was probably created again after it: delete the entry, then grant again`,
};

/** A JSON 403: which permission is missing, and for which user. */
export function rightsMissing(status: ApiStatus): Problem {
  const [, user = 'unknown', verb = '', resource = ''] =
    /User "([^"]*)" cannot (\w+) resource "([^"]*)"/.exec(status.message.slice(0, 4000)) ?? [];
  const who = printable(user, 120);

  if (user === 'system:anonymous') {
    return {
      code: 'anonymous-request',
      message: 'the request reached the API server without credentials (User "system:anonymous")',
      remedy:
        'no token was sent, a fault of this client or of a proxy on the way; check the kubeconfig or the credentials that it names',
    };
  }
  if (resource === 'nodes/proxy') {
    return {
      code: 'nodes-proxy-forbidden',
      message: `user ${who} may not get nodes/proxy, which reading a kubelet's configz needs`,
      remedy: `bind user ${who} or the group ${group} to a ClusterRole with the verb get on nodes/proxy (eks-kubelet-audit grant), or audit by SSM only`,
    };
  }
  if (resource === 'nodes' && verb === 'list') {
    return {
      code: 'nodes-list-forbidden',
      message: `user ${who} may not list nodes`,
      remedy: `bind user ${who} or the group ${group} to a ClusterRole with the verb list on nodes (eks-kubelet-audit grant)`,
    };
  }
  return {
    code: 'kubernetes-forbidden',
    message: `the API server forbids the request (403): ${printable(status.message)}`,
    remedy: `bind user ${who} or the group ${group} to a ClusterRole with get on nodes/proxy and list on nodes (eks-kubelet-audit grant)`,
  };
}
