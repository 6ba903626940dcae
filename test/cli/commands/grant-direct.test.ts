import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import { grantObjects } from '../../../lambda/core/fix/grant/rbac-objects.ts';
import { autoScalingGroupOf } from '../../lab/aws/eks/eks.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import { internalIpOf, type LabNode } from '../../lab/kubernetes/node-object.ts';
import type { KubernetesUser } from '../../lab/kubernetes/rbac.ts';
import type { Lab } from '../../lab/lab.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { accountId, admin, audited, grantIn, region, startGrantLab } from './grant-lab.ts';

const narrow = grantObjects.direct.clusterRoleBinding.metadata.name;

const folder = temporaryFolder();
let lab: Lab;
let number = 0;

beforeAll(async () => {
  lab = await startGrantLab();
});
afterAll(() => lab?.close());
const grant = (...args: readonly string[]) => grantIn(lab, ...args);

const nodes: readonly LabNode[] = [
  { name: 'good.internal', kubelet: { kind: 'recorded', folder: 'file-sets-ca' } },
  { name: 'no-ca.internal', kubelet: { kind: 'recorded', folder: 'no-ca-anonymous-off' } },
  {
    name: 'other-ca.internal',
    kubelet: { kind: 'kubelet-refuses' },
    direct: { runs: 'file-sets-ca' },
  },
];

/** A cluster that does not know the audit, whose administrator is the caller, with kubelets that have their own ports. */
async function startCluster(
  staticTokens: Readonly<Record<string, KubernetesUser>> = {},
  some: readonly LabNode[] = nodes,
): Promise<LabKubernetesCluster> {
  number += 1;
  const name = `narrow-${number}`;
  const machines = some.map((node, index) => ({
    ...node,
    instanceId: `i-0${number}${String(index).padStart(15, '0')}`,
  }));
  for (const node of machines)
    lab.ec2.putInstance(accountId, region, {
      id: node.instanceId,
      tags: {
        'eks:cluster-name': name,
        'eks:nodegroup-name': 'workers',
        'aws:autoscaling:groupName': autoScalingGroupOf('workers'),
      },
      privateDnsName: node.name,
      privateIp: internalIpOf(node),
    });
  return await lab.addKubernetesCluster({
    accountId,
    region,
    name,
    nodes: machines,
    nodegroups: ['workers'],
    kubeletPorts: true,
    staticTokens,
    accessEntries: [{ principalArn: admin, user: 'admin', groups: ['platform'] }],
    rbac: { groups: { platform: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] } },
  });
}

const allRead = {
  problems: [],
  verdicts: {
    'good.internal': 'pass by direct',
    // Both refuse the API server: the one fails by its running configuration, the other passes by the letter.
    'no-ca.internal': 'fail by direct',
    'other-ca.internal': 'pass by direct',
  },
};
const bindings = ({ api }: LabKubernetesCluster) =>
  [kubernetesGroup, narrow].filter((name) => api.rbacObjects.get('clusterrolebindings', name));

describe('eks-kubelet-audit grant --sources direct', () => {
  it('leaves an identity by which every kubelet is read, and that has no nodes/proxy', async () => {
    const cluster = await startCluster();

    const first = await grant(cluster.name, '--sources', 'direct,ssm', '--apply');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('can now read kubelets here on their own port');
    expect(first.stdout).not.toContain('nodes/proxy is not a read-only right');

    expect(await audited({ lab, cluster }, 'direct')).toMatchObject(allRead);
    expect(bindings(cluster)).toEqual([narrow]);
    expect(await audited({ lab, cluster }, 'configz')).toMatchObject({ problems: ['nodes-proxy-forbidden'] });
    expect((await grant(cluster.name, '--sources', 'direct', '--apply')).stdout).toContain('already granted');
  });

  it('is said once, and is no gap, where the next source reads every node that the broad token kept from direct', async () => {
    const cluster = await startCluster({}, nodes.slice(0, 1));
    await grant(cluster.name, '--apply');

    expect(await audited({ lab, cluster }, 'direct,configz,ssm')).toMatchObject({
      code: 0,
      problems: [],
      notes: [{ code: 'token-too-broad', remedy: expect.stringContaining('--revoke-other') }],
    });
    expect(cluster.kubelets.of('good.internal').connections).toBe(0);
  });
});

it('refuses an administrator’s own token, unless it is said that nodes may see it', async () => {
  const cluster = await startCluster();
  const asAdmin = async (...more: string[]) =>
    (await audited({ lab, cluster, by: lab.credentials(accountId) }, 'direct', ...more)).problems;

  expect(await asAdmin()).toEqual(['token-too-broad']);
  expect(nodes.map(({ name }) => cluster.kubelets.of(name).received)).toEqual(['', '', '']);
  expect(await asAdmin('--allow-broad-token')).toEqual([]);
  expect(cluster.kubelets.of('good.internal').received).toContain('Bearer k8s-aws-v1.');
});

it('reads with a kubeconfig too: its CA and token, and the addresses that AWS confirms', async () => {
  const cluster = await startCluster({ narrow: { name: 'me', groups: [kubernetesGroup] } });
  await grant(cluster.name, '--sources', 'direct', '--apply');
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, cluster.kubeconfig('narrow'), { mode: 0o600 });
  expect(await audited({ lab, cluster }, 'direct', '--kubeconfig', kubeconfig)).toMatchObject(allRead);
});
