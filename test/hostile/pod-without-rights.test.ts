import { get } from 'node:https';
import { beforeAll, describe, expect, it } from 'vitest';
import { kubernetesGroup } from '../../lambda/contract/names.ts';
import { grantedObjects } from '../../lambda/core/fix/grant/rbac-objects.ts';
import type { LabKubernetesCluster } from '../lab/kubernetes/kubernetes-cluster.ts';
import { labOfFile } from '../lab/lab-of-file.ts';

/** The token of any pod: its service account is in these groups, and bound to nothing. */
const pod = {
  name: 'system:serviceaccount:default:default',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
};
const audit = { name: 'audit', groups: [kubernetesGroup, 'system:authenticated'] };
const ways = (['api-server', 'direct'] as const).map((way) => grantedObjects({ way, proxyHolders: true }));

const lab = await labOfFile();
let cluster: LabKubernetesCluster;
beforeAll(async () => {
  cluster = await lab.addKubernetesCluster({
    accountId: '111122223333',
    region: 'eu-central-1',
    name: 'pods',
    kubeletPorts: true,
    staticTokens: { pod, audit },
    // All that `grant` ever makes, both ways at once.
    rbacObjects: ways.flatMap(({ clusterRole, clusterRoleBinding }) => [clusterRole, clusterRoleBinding]),
    nodes: [{ name: 'a', kubelet: { kind: 'recorded', folder: 'al2023-shape' } }],
  });
});

async function statusOf(token: string, path: string, base = cluster.endpoint): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const options = {
    ca: cluster.caPem,
    headers: { authorization: `Bearer ${token}` },
    checkServerIdentity: () => undefined,
  };
  get(`${base}${path}`, options, (answer) => {
    answer.resume();
    resolve(answer.statusCode);
  }).on('error', reject);
  return await promise;
}

describe('a pod without rights', () => {
  it.each([
    '/api/v1/nodes',
    '/api/v1/nodes/a/proxy/configz',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    '/api/v1/namespaces/kube-system/configmaps/aws-auth',
  ])('gets nothing of %s, which the audit gets by what grant made', async (path) => {
    expect(await statusOf('pod', path)).toBe(403);
    expect(await statusOf('audit', path)).not.toBe(403);
  });

  it('gets no configuration from a kubelet’s own port', async () => {
    const kubelet = `https://127.0.0.1:${cluster.kubelets.of('a').port}`;
    expect(await statusOf('pod', '/configz', kubelet)).toBe(403);
    expect(await statusOf('audit', '/configz', kubelet)).toBe(200);
  });

  it('is bound by nothing that grant makes: its bindings name the audit’s own group, and no rule writes', () => {
    for (const { clusterRole, clusterRoleBinding } of ways) {
      expect(clusterRoleBinding.subjects).toEqual([expect.objectContaining({ kind: 'Group', name: kubernetesGroup })]);
      for (const { verbs } of clusterRole.rules) expect(['get', 'list']).toEqual(expect.arrayContaining([...verbs]));
    }
  });
});
