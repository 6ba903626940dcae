import { expect, it } from 'vitest';
import { credentialsRefused, rightsMissing } from '../../../../../lambda/core/read/kubelet/configz/api-status.ts';

const missing = (message: string) => rightsMissing({ message, name: undefined });
const all = (who: string) =>
  `bind user ${who} or the group eks-kubelet-audit to a ClusterRole with get on nodes/proxy and list on nodes (eks-kubelet-audit grant)`;

it('says of refused credentials what EKS needs, and what may have expired', () => {
  expect(credentialsRefused).toEqual({
    code: 'credentials-refused',
    message: 'the API server does not accept the credentials of this audit (401)',
    remedy:
      'give the role of this audit an access entry with the Kubernetes group eks-kubelet-audit (eks-kubelet-audit grant), and check that the token has not expired and belongs to this cluster; if it has an entry, the role was probably created again after it: delete the entry, then grant again',
  });
});

const bound = 'bind user eve or the group eks-kubelet-audit to a ClusterRole with';
it.each([
  [
    'anonymous-request: the request reached the API server without credentials (User "system:anonymous")',
    'User "system:anonymous" cannot list resource "nodes"',
    'no token was sent, a fault of this client or of a proxy on the way; check the kubeconfig or the credentials that it names',
  ],
  [
    "nodes-proxy-forbidden: user eve may not get nodes/proxy, which reading a kubelet's configz needs",
    'nodes "n" is forbidden: User "eve" cannot get resource "nodes/proxy" in API group ""',
    `${bound} the verb get on nodes/proxy (eks-kubelet-audit grant), or audit by SSM only`,
  ],
  [
    'nodes-list-forbidden: user eve may not list nodes',
    'User "eve" cannot list resource "nodes"',
    `${bound} the verb list on nodes (eks-kubelet-audit grant)`,
  ],
  ...['User "eve" cannot watch resource "nodes"', 'User "eve" cannot list resource "pods"', 'no'].map((words) => [
    `kubernetes-forbidden: the API server forbids the request (403): ${words}`,
    words,
    all(words === 'no' ? 'unknown' : 'eve'),
  ]),
])('says what is missing: %s', (expected, message, remedy) => {
  const problem = missing(String(message));
  expect(`${problem.code}: ${problem.message}`).toBe(expected);
  expect(problem.remedy).toBe(remedy);
});

it('bounds a name, and does not look for one behind 4,000 characters', () => {
  const words = (user: string) => `User "${user}" cannot list resource "nodes"`;
  expect(missing(words('x'.repeat(500))).message).toBe(`user ${'x'.repeat(119)}… may not list nodes`);
  expect(missing(`${' '.repeat(4000)}${words('eve')}`).code).toBe('kubernetes-forbidden');
});
