import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { apiServer } from '../../../lambda/adapters/kubernetes/api-server.ts';
import { type KubernetesConnections, singleConnection } from '../../../lambda/adapters/kubernetes/connections.ts';
import { kubeConfigOfFile } from '../../../lambda/adapters/kubernetes/kube-config.ts';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import { broadRightOf, broadRights } from '../../../lambda/core/fix/grant/broad-rights.ts';
import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import { evaluate } from '../../../lambda/core/judge/evaluate.ts';
import type { Problem } from '../../../lambda/core/model/model.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import { directRules, type RbacRule } from '../../lab/kubernetes/rbac.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { accountId, connectionsOf, listCluster, principalArn, readDirectly, startCluster } from './read-directly.ts';

const lab = await labOfFile(accountId);
const folder = mkdtempSync(join(tmpdir(), 'token-for-nodes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const node = { name: 'a.internal', kubelet: { kind: 'recorded', folder: 'file-sets-ca' } } as const;

/** What came of reading the one node, and whether its kubelet, which records all that reaches it, has seen a token. */
async function read(cluster: LabKubernetesCluster, options: Parameters<typeof readDirectly>[2] = {}) {
  const { 'a.internal': result } = await readDirectly(lab, cluster, options);
  const { received, connections } = cluster.kubelets.of('a.internal');
  return {
    problem: result?.ok === false ? result.error.problem?.code : undefined,
    message: result?.ok === false ? result.error.because : undefined,
    verdict: result?.ok === true ? evaluate(clientCaFile, { facts: result.value, failures: [] }).status : undefined,
    sawToken: received.includes('Bearer'),
    connections,
  };
}

describe('a kubelet gets no token of a kubeconfig', () => {
  const admin = { name: 'admin', groups: ['system:masters'] };

  it.each([
    ['as: the narrow user alone', { as: 'narrow' }],
    ['as: and as-groups of the narrow user', { as: 'someone', 'as-groups': ['narrow'] }],
    ['a client certificate of the narrow user', 'certificate'],
  ] as const)('where an administrator’s token has beside it %s', async (_what, besides) => {
    const cluster = await startCluster(lab, [node], {
      staticTokens: { 'admin-token': admin },
      rbac: { users: { narrow: directRules }, groups: { narrow: directRules } },
    });
    const { keyPem, certificatePem } = cluster.api.authority.issue({ commonName: 'narrow', purpose: 'client' });
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const user =
      besides === 'certificate'
        ? { 'client-certificate-data': base64(certificatePem), 'client-key-data': base64(keyPem) }
        : besides;
    const file = join(folder, cluster.name);
    const config = parse(cluster.kubeconfig('admin-token'));
    Object.assign(config.users[0].user, user);
    writeFileSync(file, JSON.stringify(config));
    const connections = singleConnection(apiServer(kubeConfigOfFile(file), { connections: 5 }));

    expect(await read(cluster, { connections })).toMatchObject({
      problem: 'token-not-alone',
      sawToken: false,
      connections: 0,
    });
    // The API server took the caller for somebody else, so nothing that it said is about the token.
    expect(cluster.api.requests.map(({ user }) => user)).not.toContain('admin');
  });
});

const rbac = 'rbac.authorization.k8s.io';
const certificates = 'certificates.k8s.io';
const writes = 'create update patch';

/** API group, resources, verbs: each pair of resource and verb is worth more than the configuration of kubelets. */
const worthMore: readonly (readonly [string, string, string])[] = [
  ['', 'nodes/proxy', 'get create update patch delete list watch'],
  ['', 'pods/proxy services/proxy', 'get create'],
  ['', 'pods/exec pods/attach pods/portforward', 'get create'],
  ['', 'secrets', 'get list watch'],
  ['', 'pods replicationcontrollers', writes],
  ['', 'pods/ephemeralcontainers', 'update patch'],
  ['apps', 'daemonsets deployments replicasets statefulsets', writes],
  ['batch', 'cronjobs jobs', writes],
  ['', 'serviceaccounts/token', 'create'],
  ['', 'users groups serviceaccounts', 'impersonate'],
  ['authentication.k8s.io', 'uids', 'impersonate'],
  [certificates, 'signers', 'approve sign'],
  [certificates, 'certificatesigningrequests/approval certificatesigningrequests/status', 'update patch'],
  [rbac, 'clusterroles roles', 'escalate bind'],
  [rbac, 'clusterrolebindings rolebindings', writes],
  ['admissionregistration.k8s.io', 'mutatingwebhookconfigurations validatingwebhookconfigurations', writes],
  ['karpenter.k8s.aws', 'ec2nodeclasses', 'get list watch'],
  ['karpenter.sh', 'nodepools', 'get list watch'],
  ['*', '*', 'get'],
  ['', '*/proxy', 'get'],
  ['*', '*', '*'],
];
const pairs = worthMore.flatMap(([group, resources, verbs]) =>
  resources.split(' ').flatMap((resource) => verbs.split(' ').map((verb) => ({ group, resource, verb }))),
);

describe('a kubelet gets a token by the rights of its user', () => {
  let cluster: LabKubernetesCluster;
  let listed: Awaited<ReturnType<typeof listCluster>>;
  let kept: KubernetesConnections;
  beforeAll(async () => {
    cluster = await startCluster(lab, [node]);
    listed = await listCluster(lab, cluster);
    const connections = connectionsOf(lab, 5);
    kept = { ...connections, close: () => undefined };
    return () => connections.close();
  });
  const withRule = (rule: RbacRule) => cluster.api.setRbac({ groups: { [kubernetesGroup]: [...directRules, rule] } });

  const scopes = [{}, { resourceNames: ['one'] }, { namespace: 'kube-system' }];
  const ruleOf = ({ group, resource, verb }: (typeof pairs)[number], scope: object) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
    ...scope,
  });

  it.each(pairs.map((pair, index) => ({ ...pair, scope: scopes[index % 3] ?? {} })))(
    'and gets none where they have $verb on $resource beside the narrow ones',
    async ({ scope, ...pair }) => {
      withRule(ruleOf(pair, scope));
      expect(await read(cluster, { listed, connections: kept })).toMatchObject({
        problem: 'token-too-broad',
        sawToken: false,
        connections: 0,
      });
    },
  );

  it('which count alike of all objects, of one named object and in one namespace', () => {
    for (const pair of pairs)
      for (const scope of scopes) expect(broadRightOf(ruleOf(pair, scope)), JSON.stringify(pair)).toBeDefined();
  });

  it('and none where EKS’s own authorizer lets them do everything and lists no rule', async () => {
    const ofPolicy = await startCluster(lab, [node], {
      accessEntries: [
        { principalArn, groups: [], policies: [{ name: 'AmazonEKSClusterAdminPolicy', scope: 'cluster' }] },
      ],
    });
    expect(await read(ofPolicy)).toMatchObject({ problem: 'token-too-broad', sawToken: false, connections: 0 });
  });

  it('asks EKS’s own authorizer about each right of which rules would tell', () => {
    const asked = broadRights.map(({ group, resource, subresource, verb }) =>
      [group, subresource ? `${resource}/${subresource}` : resource, verb].join(' '),
    );
    const readsOnly = /proxy (list|watch)$|\* get$|\*\/proxy/;
    expect(asked.toSorted()).toEqual(
      pairs
        .map(({ group, resource, verb }) => [group, resource, verb].join(' '))
        .filter((each) => !readsOnly.test(each))
        .toSorted(),
    );
  });

  it('and gets one with exactly docs/rbac-direct.yaml, though EKS calls the list of rules incomplete, and the node is judged', async () => {
    cluster.api.setRbac({});
    for (const each of parseAllDocuments(readFileSync('docs/rbac-direct.yaml', 'utf8')))
      cluster.api.rbacObjects.put(each.toJS());

    expect(await read(cluster)).toEqual({ verdict: 'pass', sawToken: true, connections: 1 });
  });
});

describe('a token is valid at every cluster of the same name in the account, so that a kubelet', () => {
  let number = 0;
  /** Two clusters of one name, of which the second is in another Region and gives the audit these rules. */
  async function pair(
    other: Partial<Parameters<typeof startCluster>[2]> & { readonly described?: { readonly endpoint: string } },
  ) {
    number += 1;
    const name = `twin-${number}`;
    const cluster = await startCluster(lab, [node], { name });
    const twin = await lab.addKubernetesCluster({
      accountId: cluster.accountId,
      region: 'us-west-2',
      name,
      accessEntries: [{ principalArn, groups: [kubernetesGroup] }],
      rbac: { groups: { [kubernetesGroup]: other.rules ?? directRules } },
      ...other,
    });
    return { cluster, twin };
  }
  const listed = async (cluster: LabKubernetesCluster, namesakes?: readonly string[]) => {
    const found = await listCluster(lab, cluster);
    return { ...found, cluster: { ...found.cluster, ...(namesakes && { namesakes }) } };
  };

  it.each([
    ['as the discovery of a run found them', ['us-west-2']],
    ['as all enabled Regions list them at a terminal', undefined],
  ])('gets none where the audit may reach kubelets at another of them, %s', async (_how, namesakes) => {
    const { cluster, twin } = await pair({ rules: [{ verbs: ['get'], resources: ['nodes/proxy'] }] });

    expect(await read(cluster, { listed: await listed(cluster, namesakes) })).toMatchObject({
      problem: 'token-too-broad',
      message: expect.stringContaining(twin.arn),
      sawToken: false,
      connections: 0,
    });
  });

  it.each([
    ['may do no more', {}],
    ['is nobody (401)', { accessEntries: [] }],
  ])('gets one where the audit %s at all others', async (_what, other) => {
    const { cluster, twin } = await pair(other);
    const notes: Problem[] = [];

    expect(await read(cluster, { listed: await listed(cluster, ['us-west-2']), notes })).toMatchObject({
      verdict: 'pass',
      sawToken: true,
    });
    expect(twin.api.requests.length).toBeGreaterThan(0);
    expect(notes).toEqual([]);
  });

  it('gets none where another one cannot be asked, unless the settings name it, which every report says', async () => {
    const { cluster, twin } = await pair({ reachable: false });
    const options = { listed: await listed(cluster, ['us-west-2']) };
    expect(await read(cluster, options)).toMatchObject({
      problem: 'token-rights-unknown',
      message: expect.stringContaining(twin.arn),
      sawToken: false,
    });

    const notes: Problem[] = [];
    expect(await read(cluster, { ...options, directAlthoughNotAsked: [twin.arn], notes })).toMatchObject({
      verdict: 'pass',
      sawToken: true,
    });
    expect(notes).toMatchObject([{ code: 'namesakes-not-asked', message: expect.stringContaining(twin.arn) }]);
  });
});
