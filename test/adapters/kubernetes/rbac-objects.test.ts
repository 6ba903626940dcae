import { KubeConfig } from '@kubernetes/client-node';
import { beforeAll, expect, it } from 'vitest';
import { awsCredentials } from '../../../lambda/adapters/aws-access.ts';
import { systemClock } from '../../../lambda/adapters/clock.ts';
import { apiServer } from '../../../lambda/adapters/kubernetes/api-server.ts';
import { eksConnections, singleConnection } from '../../../lambda/adapters/kubernetes/connections.ts';
import { kubernetesRbacObjects } from '../../../lambda/adapters/kubernetes/rbac-objects.ts';
import { grantObjects } from '../../../lambda/core/fix/grant/rbac-objects.ts';
import { cluster } from '../../fakes/ports.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';

const { clusterRole, clusterRoleBinding } = grantObjects['api-server'];
const lab = await labOfFile();
let kubernetes: LabKubernetesCluster;
const { signal } = new AbortController();

beforeAll(async () => {
  kubernetes = await lab.addKubernetesCluster({
    accountId: '111122223333',
    region: 'eu-west-1',
    name: 'prod',
    staticTokens: { 'admin-token': { name: 'admin', groups: ['system:masters'] } },
  });
});

const connections = () => {
  const config = new KubeConfig();
  config.loadFromString(kubernetes.kubeconfig('admin-token'));
  return singleConnection(apiServer(config, { connections: 1 }));
};

it('creates, finds and replaces an object, and replaces nothing that changed since it was found', async () => {
  const open = connections();
  const objects = kubernetesRbacObjects(open);

  expect(await objects.find(cluster, clusterRole, signal)).toEqual({ ok: true, value: undefined });
  expect(await objects.create(cluster, clusterRole, signal)).toEqual({ ok: true, value: undefined });
  const found = await objects.find(cluster, clusterRole, signal);
  if (!found.ok || !found.value) throw new Error('the role is not there');
  expect(found.value).toMatchObject(clusterRole);

  const change = { wanted: clusterRole, stored: found.value };
  const message = expect.stringContaining('ClusterRole eks-kubelet-audit was changed');
  expect(await objects.replace(cluster, change, signal)).toMatchObject({ ok: true });
  const changed = { code: 'changed-meanwhile', message };
  expect(await objects.replace(cluster, change, signal)).toMatchObject({ ok: false, error: changed });
  const meanwhile = { code: 'changed-meanwhile' };
  expect(await objects.create(cluster, clusterRole, signal)).toMatchObject({ ok: false, error: meanwhile });
  open.close();
});

it('passes on what the API server says to an object that it does not take', async () => {
  const open = connections();
  const wanted = { ...clusterRoleBinding, subjects: [{ apiGroup: 'other', kind: 'Group', name: 'x' }] };

  expect(await kubernetesRbacObjects(open).create(cluster, wanted, signal)).toMatchObject({
    ok: false,
    error: { code: 'rbac-object-refused', message: expect.stringMatching(/answered 422 to create ClusterRoleBinding/) },
  });
  open.close();
});

it('has nothing to ask before the cluster has an endpoint', async () => {
  const open = eksConnections({ credentials: () => awsCredentials(), clock: systemClock, connections: 1 });

  expect(await kubernetesRbacObjects(open).find(cluster, clusterRole, signal)).toMatchObject({
    ok: false,
    error: { code: 'api-unreachable', message: 'cluster prod has no API endpoint yet' },
  });
});
