import fc from 'fast-check';
import { it } from 'vitest';
import type { ApiServer } from '../../../lambda/adapters/kubernetes/api-server.ts';
import { singleConnection } from '../../../lambda/adapters/kubernetes/connections.ts';
import { ok } from '../../../lambda/core/model/result.ts';
import { listCluster, readDirectly, startCluster } from '../../adapters/direct/read-directly.ts';
import { builtInRights, reviewAnswer, reviewPath } from '../../lab/kubernetes/access-reviews.ts';
import { directRules, type KubernetesUser, type Rbac, type RbacRule } from '../../lab/kubernetes/rbac.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { expectBroken, howMany } from '../histories.ts';

/**
 * The identity behind a kubeconfig changes while kubelets are read directly: an exec plugin may return another one for each. The program's own source asks
 * the lab's reviews, and the lab's kubelets keep what reaches them. The law:
 *
 * 1. A kubelet gets a token only after the API server was asked about that very token, and only if it may do nothing beyond the grant.
 *
 * 2. A token that may do no more is shown, and its kubelet is read.
 */
interface Identity {
  /** Beyond the grant of direct. */
  readonly rules: readonly RbacRule[];
  /** Of an access entry: EKS lists nothing of what it gives. */
  readonly policy: string | undefined;
}

const right = fc.record({
  group: fc.constantFrom('', '', 'apps', 'rbac.authorization.k8s.io', 'example.org', '*'),
  resource: fc.constantFrom('pods', 'secrets', 'events', 'configmaps', 'pods/exec', 'nodes/proxy', 'widgets', '*'),
  verb: fc.constantFrom('get', 'list', 'watch', 'create', 'update', 'delete', '*'),
  scope: fc.constantFrom({}, {}, { resourceNames: ['one'] }, { namespace: 'kube-system' }, { namespace: 'default' }),
});
const rule = right.map(
  ({ group, resource, verb, scope }): RbacRule => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
    ...scope,
  }),
);
const policy = fc.constantFrom('AmazonEKSClusterAdminPolicy', 'AmazonEKSAdminViewPolicy', 'AmazonEKSEditPolicy');
const identity: fc.Arbitrary<Identity> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ rules: [], policy: undefined }) },
  { weight: 3, arbitrary: fc.record({ rules: fc.tuple(rule), policy: fc.constant(undefined) }) },
  { weight: 1, arbitrary: fc.record({ rules: fc.constant([]), policy }) },
);

const accountId = '111122223333';
const lab = await labOfFile(accountId);
const nodes = ['a', 'b', 'c'].map((name) => ({
  name: `${name}.internal`,
  kubelet: { kind: 'recorded', folder: 'file-sets-ca' } as const,
}));
const users: Record<string, KubernetesUser> = {};
const cluster = await startCluster(lab, nodes, { staticTokens: users });
const found = await listCluster(lab, cluster);
const listed = { ...found, cluster: { ...found.cluster, namesakes: [] } };

/** The API server, and whose token each call has. */
type Credentials = (token: string) => ApiServer['write'];
interface BrokenProgram {
  /** Calls that the program makes instead of those with the current token. */
  readonly calls?: (own: Credentials) => Credentials;
  readonly knowsNoEntry?: true;
}

let histories = 0;

/** Reads each kubelet once, with the token of another identity each time, and holds what reached them against the law. */
async function hold(identities: readonly Identity[], { calls = (own) => own, knowsNoEntry }: BrokenProgram) {
  histories += 1;
  const rbac: { users: Record<string, readonly RbacRule[]> } = { users: {} };
  const tokens = identities.map(({ rules, policy: name }, index) => {
    const token = `token-${histories}-${index}`;
    const arn = `arn:aws:iam::${accountId}:user/${token}`;
    rbac.users[token] = [...directRules, ...rules];
    users[token] = {
      name: token,
      groups: ['system:authenticated'],
      ...(name && { canonicalArn: arn, policies: [{ name, scope: 'cluster' as const }] }),
    };
    return token;
  });
  cluster.api.setRbac(rbac);
  const rights: Rbac = { ...rbac, groups: builtInRights.groups ?? {} };

  const asked = new Set<string>();
  const own: Credentials =
    (token) =>
    async (path, { body }) => {
      const review = reviewPath(path);
      const caller = users[token];
      if (!review || !caller) throw new Error(`${path} is asked with a token of nobody`);
      asked.add(token);
      return ok(reviewAnswer(review, body, { caller, rights, authenticate: (text) => users[text] }));
    };
  const asProgram = calls(own);
  let turn = -1;
  const server: ApiServer = {
    async pinned() {
      turn += 1;
      const token = tokens[turn] ?? '';
      return ok({ identity: { ca: cluster.caPem, authorization: `Bearer ${token}` }, write: asProgram(token) });
    },
    get: () => Promise.reject(new Error('nothing is read from the API server')),
    write: () => Promise.reject(new Error('a call has credentials of its own')),
    forgetCredentials: () => undefined,
    hasAnswered: () => true,
    close: () => undefined,
  };
  const seen = nodes.map(({ name }) => cluster.kubelets.of(name).received.length);
  const readings = await readDirectly(lab, cluster, {
    listed,
    concurrency: 1,
    nodeTimeoutMs: 1_800_000,
    connections: singleConnection(server),
    ownEntry: async (_, principalArn) => {
      const username = principalArn.split('/').at(-1) ?? '';
      const policies = knowsNoEntry ? [] : (users[username]?.policies ?? []);
      return ok({ arn: principalArn, username, groups: [], from: 'access entry', policies });
    },
  });

  const received = nodes.map(({ name }, index) => cluster.kubelets.of(name).received.slice(seen[index]));
  const shown = new Set(received.flatMap((text) => [...text.matchAll(/token-\d+-\d+/g)].map(([token]) => token)));
  for (const [index, { rules, policy: name }] of identities.entries()) {
    const token = tokens[index] ?? '';
    const isNarrow = rules.length === 0 && name === undefined;
    const may = JSON.stringify([...rules, ...(name ? [name] : [])]);
    if (shown.has(token) && !asked.has(token)) throw new Error(`not asked: a kubelet got ${token}`);
    if (shown.has(token) && !isNarrow) throw new Error(`shown: a kubelet got a token that may ${may}`);
    if (isNarrow && !shown.has(token)) throw new Error('not read: no kubelet got a token that may do no more');
  }
  const read = Object.values(readings).filter((each) => each.ok).length;
  if (read !== shown.size) throw new Error(`not read: ${shown.size} tokens were shown, and ${read} kubelets read`);
}

const law = (broken: BrokenProgram = {}) =>
  fc.asyncProperty(fc.tuple(identity, identity, identity), (identities) => hold(identities, broken));

it('a kubelet gets a token only after that very token was found to have no other rights', async () => {
  await fc.assert(law(), { numRuns: howMany(25) });
});

const brokenPrograms: Readonly<Record<string, BrokenProgram>> = {
  'keeps a permission over a new token': {
    calls: (own) => {
      let first: string | undefined;
      return (token) => {
        first = first?.split('-')[1] === token.split('-')[1] ? first : token;
        return own(first ?? token);
      };
    },
  },
  'knows bad rights alone, from a list': {
    calls: (own) => (token) => async (path, writing, options) => {
      const answer = await own(token)(path, writing, options);
      if (!path.endsWith('/selfsubjectrulesreviews') || !answer.ok) return answer;
      const { status, ...review } = JSON.parse(answer.value.body);
      return ok({ ...answer.value, body: JSON.stringify({ ...review, status: { ...status, resourceRules: [] } }) });
    },
  },
  'asks nothing about access entries': { knowsNoEntry: true },
};

it.each(Object.entries(brokenPrograms))('a program that %s does not get through', async (_, broken) => {
  await expectBroken(law(broken), /^Error: (shown|not asked): /);
});
