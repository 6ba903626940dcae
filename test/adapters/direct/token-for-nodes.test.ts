import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { apiServer } from '../../../lambda/adapters/kubernetes/api-server.ts';
import { type KubernetesConnections, singleConnection } from '../../../lambda/adapters/kubernetes/connections.ts';
import { kubeConfigOfFiles } from '../../../lambda/adapters/kubernetes/kube-config.ts';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import { broadRights, unexpectedRight } from '../../../lambda/core/fix/grant/broad-rights.ts';
import { clientCaFile } from '../../../lambda/core/judge/controls/client-ca-file.ts';
import { evaluate } from '../../../lambda/core/judge/evaluate.ts';
import type { Problem } from '../../../lambda/core/model/model.ts';
import { err } from '../../../lambda/core/model/result.ts';
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
    const connections = singleConnection(apiServer(kubeConfigOfFiles([file]), { connections: 5 }));

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
  ['', 'pods/log nodes/log', 'get'],
  ['', 'nodes/checkpoint', 'create'],
  ['', 'pods replicationcontrollers', writes],
  ['', 'pods/ephemeralcontainers', 'update patch'],
  ['apps', 'daemonsets deployments replicasets statefulsets', writes],
  ['batch', 'cronjobs jobs', writes],
  ['', 'persistentvolumes', writes],
  ['', 'namespaces pods nodes', 'delete'],
  ['', 'nodes nodes/status', 'update patch'],
  ['', 'serviceaccounts/token', 'create'],
  ['', 'users groups serviceaccounts', 'impersonate'],
  ['authentication.k8s.io', 'uids', 'impersonate'],
  [certificates, 'signers', 'approve sign'],
  [certificates, 'certificatesigningrequests/approval certificatesigningrequests/status', 'update patch'],
  ['', 'configmaps', writes],
  [rbac, 'clusterroles roles', 'escalate bind'],
  [rbac, 'clusterrolebindings rolebindings', writes],
  [
    'admissionregistration.k8s.io',
    'mutatingwebhookconfigurations validatingwebhookconfigurations mutatingadmissionpolicies mutatingadmissionpolicybindings validatingadmissionpolicies validatingadmissionpolicybindings',
    writes,
  ],
  ['apiregistration.k8s.io', 'apiservices', writes],
  ['karpenter.k8s.aws', 'ec2nodeclasses', 'get list watch'],
  ['karpenter.sh', 'nodepools', 'get list watch'],
  ['*', '*', 'get'],
  ['', '*/proxy', 'get'],
  ['*', '*', '*'],
  // Rights that no list of bad ones has.
  ['', 'events', 'create'],
  ['', 'nodes', 'watch'],
  ['example.org', 'widgets', 'get'],
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
      for (const scope of scopes) expect(unexpectedRight(ruleOf(pair, scope)), JSON.stringify(pair)).toBeDefined();
  });

  it.each([
    [
      'the policy of administrators',
      [],
      [{ name: 'AmazonEKSClusterAdminPolicy', scope: 'cluster' }],
      /act by the access policy AmazonEKSClusterAdminPolicy/,
    ],
    [
      'a policy for one namespace',
      [kubernetesGroup],
      [{ name: 'AmazonEKSEditPolicy', scope: 'namespace' }],
      /AmazonEKSEditPolicy/,
    ],
    ['another group', [kubernetesGroup, 'ops'], [], /act as the group ops/],
  ] as const)(
    'and gets none where the access entry has %s, which no rule shows',
    async (_what, groups, policies, words) => {
      const ofEntry = await startCluster(lab, [node], { accessEntries: [{ principalArn, groups, policies }] });
      expect(await read(ofEntry)).toMatchObject({
        problem: 'token-too-broad',
        message: expect.stringMatching(words),
        sawToken: false,
        connections: 0,
      });
    },
  );

  it('and gets none where the access entry cannot be read, except in mode CONFIG_MAP, which has none', async () => {
    const ownEntry = async () => err({ code: 'access-entries-forbidden', message: 'denied', remedy: '' });
    const readIn = async (authenticationMode: string) => {
      const started = await startCluster(lab, [node]);
      const found = await listCluster(lab, started);
      return await read(started, { ownEntry, listed: { ...found, cluster: { ...found.cluster, authenticationMode } } });
    };
    const unread = { problem: 'token-rights-unknown', message: expect.stringContaining('denied'), sawToken: false };
    expect(await readIn('API')).toMatchObject({ ...unread, connections: 0 });
    expect(await readIn('API_AND_CONFIG_MAP')).toMatchObject({ ...unread, connections: 0 });
    expect(await readIn('CONFIG_MAP')).toMatchObject({ verdict: 'pass', sawToken: true });
  });

  it('asks again for each new token: an administrator’s, which an exec plugin returns later, reaches no node', async () => {
    const nodes = ['a', 'b', 'c'].map((each) => ({ ...node, name: `${each}.internal` }));
    const changing = await startCluster(lab, nodes, {
      staticTokens: {
        'narrow-token': { name: 'narrow', groups: ['narrow'] },
        'admin-token': { name: 'admin', groups: ['system:masters'] },
      },
      rbac: { groups: { narrow: directRules } },
    });
    const counter = join(folder, 'calls');
    writeFileSync(counter, '');
    // The first credential is over at once, as one is that expires in the middle of a run.
    const plugin = `
      const { appendFileSync, readFileSync } = require('node:fs');
      appendFileSync(${JSON.stringify(counter)}, '.');
      const token = readFileSync(${JSON.stringify(counter)}, 'utf8').length === 1 ? 'narrow-token' : 'admin-token';
      console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', status: { token, expirationTimestamp: '2020-01-01T00:00:00Z' } }));`;
    const config = parse(changing.kubeconfig('narrow-token'));
    config.users[0].user = {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        interactiveMode: 'Never',
        command: process.execPath,
        args: ['-e', plugin],
      },
    };
    const file = join(folder, changing.name);
    writeFileSync(file, JSON.stringify(config));
    const server = apiServer(kubeConfigOfFiles([file]), { connections: 5 });
    // Half a minute passes between two nodes: the credentials are made again.
    const everyCall = {
      ...server,
      pinned() {
        server.forgetCredentials();
        return server.pinned();
      },
    };

    const found = await listCluster(lab, changing);
    const readings = await readDirectly(lab, changing, {
      listed: found,
      concurrency: 1,
      connections: singleConnection(everyCall),
    });
    expect(Object.values(readings).map((each) => each.ok || each.error.problem?.code)).toEqual([
      true,
      'token-too-broad',
      'token-too-broad',
    ]);
    for (const { name } of nodes) expect(changing.kubelets.of(name).received).not.toContain('admin-token');
  });

  it('asks EKS’s own authorizer about each of these rights that it could give by an access policy', () => {
    const asked = broadRights.map(({ group, resource, subresource, verb }) =>
      [group, subresource ? `${resource}/${subresource}` : resource, verb].join(' '),
    );
    const byRulesOnly = /proxy (list|watch)$|\* get$|\*\/proxy| events | nodes watch$|^example/;
    expect(asked.toSorted()).toEqual(
      pairs
        .map(({ group, resource, verb }) => [group, resource, verb].join(' '))
        .filter((each) => !byRulesOnly.test(each))
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
