import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubernetesGroup } from '../../../lambda/contract/names.ts';
import { rbacManifest } from '../../../lambda/core/fix/grant/rbac-objects.ts';
import { runInShell } from '../../fakes/run-in-shell.ts';
import type { LabKubernetesCluster } from '../../lab/kubernetes/kubernetes-cluster.ts';
import type { RbacRule } from '../../lab/kubernetes/rbac.ts';
import type { Lab } from '../../lab/lab.ts';
import { accountId, admin, audited, auditor, grantIn, region, startGrantLab } from './grant-lab.ts';

const everything: readonly RbacRule[] = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
const mayWriteRoles: RbacRule = {
  apiGroups: ['rbac.authorization.k8s.io'],
  resources: ['clusterroles', 'clusterrolebindings'],
  verbs: ['get', 'create', 'update'],
};

let lab: Lab;
let number = 0;

beforeAll(async () => {
  lab = await startGrantLab();
});
afterAll(() => lab?.close());
const grant = (...args: readonly string[]) => grantIn(lab, ...args);

/** A cluster that does not know the audit, whose administrator is the caller. */
async function clusterThat({
  rules = everything,
  ...options
}: Partial<Parameters<Lab['addKubernetesCluster']>[0]> & { readonly rules?: readonly RbacRule[] } = {}) {
  number += 1;
  return await lab.addKubernetesCluster({
    accountId,
    region,
    name: `prod-${number}`,
    accessEntries: [{ principalArn: admin, user: 'admin', groups: ['platform'] }],
    rbac: { groups: { platform: rules } },
    nodes: [{ name: 'node-1', kubelet: { kind: 'recorded', folder: 'al2023-shape' } }],
    ...options,
  });
}

const writes = ({ api }: LabKubernetesCluster) => api.requests.filter(({ method }) => method !== 'GET');
const changesOfEks = () =>
  lab.calls.filter(({ operation }) => operation === 'CreateAccessEntry' || operation === 'UpdateAccessEntry').length;

describe('eks-kubelet-audit grant', () => {
  it('recognizes the entry of a role that was made again, which the cluster refuses, and makes it anew', async () => {
    const cluster = await clusterThat();
    await grant(cluster.name, '--apply');
    lab.sts.deleteRole(auditor);
    lab.sts.putRole(auditor, { trustPolicy: { Version: '2012-10-17', Statement: [] } });
    expect(await audited({ lab, cluster })).toMatchObject({ problems: ['credentials-refused'], verdicts: {} });

    const shown = await grant(cluster.name);
    expect(shown.stdout).toMatch(/there, for a role of this name that was deleted/);
    expect(shown.stdout).toMatch(/^aws eks delete-access-entry .*\naws eks create-access-entry/m);
    expect(await audited({ lab, cluster })).toMatchObject({ problems: ['credentials-refused'] });

    const applied = await grant(cluster.name, '--apply');
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(applied.stdout).toContain('deleted and created again');
    expect((await audited({ lab, cluster })).problems).toEqual([]);
  });

  it('lets the audit read a cluster that refused it, and does not change it a second time', async () => {
    const cluster = await clusterThat();
    expect(await audited({ lab, cluster })).toMatchObject({ problems: ['credentials-refused'], verdicts: {} });

    const first = await grant(cluster.name, '--apply');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/access entry +created\n +ClusterRole +created\n +ClusterRoleBinding +created\n/);
    expect(first.stdout).toContain('get on nodes/proxy is not a read-only right');
    expect(await audited({ lab, cluster })).toMatchObject({ problems: [], verdicts: { 'node-1': 'pass by configz' } });

    const before = { eks: changesOfEks(), kubernetes: writes(cluster).length };
    const second = await grant(cluster.name, '--apply');
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('already granted') });
    expect({ eks: changesOfEks(), kubernetes: writes(cluster).length }).toEqual(before);
  });

  it('without --apply prints a script of the missing parts, and does not change the cluster', async () => {
    const cluster = await clusterThat();
    const before = changesOfEks();

    const printed = await grant(cluster.arn);
    expect(printed.code).toBe(0);
    expect(changesOfEks()).toBe(before);
    expect(writes(cluster)).toEqual([]);
    expect(runInShell(printed.stdout)).toEqual([
      `aws eks create-access-entry --cluster-name ${cluster.name} --region ${region} --principal-arn ${auditor} --kubernetes-groups ${kubernetesGroup}`,
      `aws eks update-kubeconfig --name ${cluster.name} --region ${region}`,
      `kubectl --context ${cluster.arn} apply -f -`,
      ...rbacManifest({ way: 'api-server', proxyHolders: false }).trimEnd().split('\n'),
    ]);
  });

  it('only prints for a cluster that knows its callers by aws-auth, with --apply too', async () => {
    const cluster = await clusterThat({ authenticationMode: 'CONFIG_MAP' });

    const printed = await grant(cluster.name);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    expect(printed.stdout).toContain(
      `eksctl create iamidentitymapping --cluster ${cluster.name} --region ${region} --arn ${auditor} --username ${kubernetesGroup} --group ${kubernetesGroup} --no-duplicate-arns\n`,
    );
    expect(printed.stdout).not.toContain('access-entry --cluster-name');

    const applied = await grant(cluster.name, '--apply');
    expect(applied).toMatchObject({ code: 3, stdout: printed.stdout });
    expect(applied.stderr).toContain(
      `nothing was changed: cluster '${cluster.name}' knows its callers by the ConfigMap`,
    );
    expect(writes(cluster)).toEqual([]);
  });

  it.each<[string, readonly RbacRule[], RegExp]>([
    [
      'may only read',
      [{ ...mayWriteRoles, verbs: ['get'] }],
      /ClusterRole +failed: these credentials lack create on clusterroles\.rbac\.authorization\.k8s\.io: .*\n +ClusterRoleBinding +not tried/,
    ],
    [
      'may write roles, and not bind them',
      [mayWriteRoles, { ...mayWriteRoles, verbs: ['escalate'] }],
      /ClusterRole +created\n +ClusterRoleBinding +failed: these credentials lack bind on clusterroles\.rbac/,
    ],
  ])('names the right that is missing for a caller who %s', async (_who, rules, report) => {
    const cluster = await clusterThat({ rules });

    const { code, stdout, stderr } = await grant(cluster.name, '--apply');
    expect(stdout).toMatch(report);
    expect(stdout).toMatch(/access entry +created/);
    expect(stderr).toContain(`cluster '${cluster.name}' was only partly granted`);
    expect(code).toBe(3);
  });

  it('names the IAM action that is missing, and does the rest', async () => {
    const cluster = await clusterThat();
    lab.faults.inject('eks:CreateAccessEntry', { kind: 'access-denied' });

    const { code, stdout } = await grant(cluster.name, '--apply');
    lab.faults.clear();
    expect(stdout).toMatch(/access entry +failed: these credentials lack eks:CreateAccessEntry in cluster prod-/);
    expect(stdout).toMatch(/ClusterRoleBinding +created/);
    expect(code).toBe(3);
  });

  it('prints all the same for a caller that the cluster does not know, or cannot reach', async () => {
    const dark = await clusterThat({ reachable: false, publicAccess: false });
    const printed = await grant(dark.name);
    expect(printed.code).toBe(0);
    expect(printed.stdout).toContain('its endpoint is private; grant again from a network that reaches the API server');
    expect(printed.stdout).toContain(rbacManifest({ way: 'api-server', proxyHolders: false }));

    const foreign = await lab.addKubernetesCluster({ accountId, region, name: 'foreign' });
    expect((await grant(foreign.name)).stdout).toContain(
      'the API server does not know the principal of these credentials (401)',
    );
  });

  it('does not take a namesake in another account for the cluster', async () => {
    const cluster = await clusterThat();
    const other = cluster.arn.replace(accountId, '999988887777');

    expect(await grant(other, '--apply')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`lead to '${cluster.arn}', not to '${other}'`),
    });
    expect(lab.eks.accessEntry(accountId, region, cluster.name, auditor)).toBeUndefined();
  });

  it.each([
    [['prod', '--role-arn', 'arn:aws:sts::111122223333:assumed-role/Audit/me'], 64, 'is not an IAM role'],
    [['prod', '--role-arn', 'arn:aws:iam::111122223333:role/a b'], 64, 'is not an IAM role'],
    [['arn:aws:eks:eu-central-1:1:cluster/prod'], 64, 'is not the ARN of an EKS cluster'],
    [['arn:aws:eks:eu-central-1:111122223333:cluster/prod', '--region', 'eu-west-1'], 64, 'is not the Region'],
    [[], 64, "missing required argument 'CLUSTER'"],
    [['no-such-cluster'], 3, "no cluster named 'no-such-cluster' in eu-central-1"],
  ])('refuses %j', async (args, code, words) => {
    expect(await grant(...args)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) });
  });
});
