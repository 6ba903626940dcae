import { describe, expect, it } from 'vitest';
import { grantTarget, standingOfEntry, standingOfObject } from '../../../../lambda/core/fix/grant/grant-plan.ts';
import { grantObjects, isAsWanted, leadsElsewhere } from '../../../../lambda/core/fix/grant/rbac-objects.ts';
import type { Cluster } from '../../../../lambda/core/model/model.ts';
import { OperatorError } from '../../../../lambda/core/model/operator-error.ts';
import { err, ok } from '../../../../lambda/core/model/result.ts';
import { cluster } from '../../../fakes/ports.ts';

const names = { partition: 'aws-cn', region: 'cn-north-1', accountId: '111122223333', name: 'prod' };
const arn = { arn: 'arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod', ...names };
const china = { ...cluster, authenticationMode: 'API', arn };
const { clusterRole, clusterRoleBinding } = grantObjects['api-server'];
const unnamed = { roleArn: undefined, roleName: 'EksKubeletAudit', way: 'api-server', proxyHolders: false } as const;

describe('whom a grant is for', () => {
  it('is the role of the cluster’s own account and partition, unless another is named', () => {
    expect(grantTarget(china, unnamed)).toMatchObject({ roleArn: 'arn:aws-cn:iam::111122223333:role/EksKubeletAudit' });

    const roleArn = 'arn:aws-cn:iam::999988887777:role/Hub';
    expect(grantTarget(china, { ...unnamed, roleArn })).toMatchObject({ roleArn, by: 'access-entry' });
  });

  it('goes with the cluster and with what is granted there', () => {
    const granted = { way: 'direct', proxyHolders: true } as const;
    const target = { cluster: china, arn: china.arn, by: 'access-entry', ...granted };
    const roleArn = 'arn:aws-cn:iam::111122223333:role/EksKubeletAudit';
    expect(grantTarget(china, { ...unnamed, ...granted })).toEqual({ ...target, roleArn });
  });

  it.each(['CONFIG_MAP', undefined, 'SOMETHING_NEW'])('is never written when the authentication mode is %s', (mode) => {
    const { authenticationMode: _, ...without } = china;
    const old = mode === undefined ? without : { ...without, authenticationMode: mode };
    expect(grantTarget(old, unnamed).by).toBe('aws-auth');
  });

  it('is no role of another partition', () => {
    const wanted = "where cluster 'prod' is; give --role-arn arn:aws-cn:iam::ACCOUNT:role/NAME";
    const message = `'arn:aws:iam::111122223333:role/Audit' is no role of partition aws-cn, ${wanted}`;
    expect(refusalOf(china, 'arn:aws:iam::111122223333:role/Audit')).toEqual(['role-of-another-partition', message]);
    expect(refusalOf(china, 'Audit')[0]).toBe('role-of-another-partition');
  });

  it('is in EKS', () => {
    const { arn: _, ...elsewhere } = china;
    expect(refusalOf(elsewhere)).toEqual(['cluster-without-arn', "cluster 'prod' is no EKS cluster"]);
  });

  it('has no path where aws-auth is to name it', () => {
    const roleArn = 'arn:aws-cn:iam::111122223333:role/teams/Audit';

    const message = `aws-auth, by which cluster 'prod' knows its callers, takes no role with a path, and '${roleArn}' has '/teams/'; give a role without one with --role-arn`;
    expect(refusalOf({ ...china, authenticationMode: 'CONFIG_MAP' }, roleArn)).toEqual(['role-with-path', message]);
    expect(grantTarget(china, { ...unnamed, roleArn }).roleArn).toBe(roleArn);
  });
});

/** Code and message with which a grant is refused. */
function refusalOf(to: Cluster, roleArn?: string): readonly [string, string] {
  try {
    grantTarget(to, { ...unnamed, roleArn });
  } catch (error) {
    if (error instanceof OperatorError) return [error.code, error.message];
    throw error;
  }
  return ['', ''];
}

describe('what is there already', () => {
  const problem = { code: 'eks-forbidden', message: 'AWS said no', remedy: 'ask for the right' };
  const ours = 'eks-kubelet-audit';
  const ofOthers = { ...clusterRoleBinding, subjects: [] };
  const [createdAt, old] = [new Date('2026-11-02'), new Date('2026-10-31')];

  it.each([
    ['an entry with our group among others', ok({ groups: ['ops', ours], createdAt }), { status: 'there' }],
    ['an entry of other groups', ok({ groups: ['ops'] }), { status: 'differs', found: ['ops'] }],
    ['an entry without groups', ok({ groups: [], createdAt }), { status: 'differs', found: [] }],
    ['an entry older than the role', ok({ groups: ['ops'], createdAt: old }), { status: 'outlived', found: ['ops'] }],
    ['no entry', ok(undefined), { status: 'missing' }],
    ['an entry that nobody may see', err(problem), { status: 'blocked', problem }],
  ])('%s', (_, found, standing) => {
    expect(standingOfEntry(found, new Date('2026-11-01'))).toEqual(standing);
  });

  const elsewhere = {
    code: 'binding-leads-elsewhere',
    message:
      'ClusterRoleBinding eks-kubelet-audit binds to {"name":"admin\\u001b[2J"}, not to ClusterRole eks-kubelet-audit, and Kubernetes lets nobody change that',
    remedy: 'see whose it is, delete it (kubectl delete clusterrolebinding eks-kubelet-audit), then grant again',
  };
  const leading = { ...clusterRoleBinding, roleRef: { name: 'admin\u001b[2J' } };
  it.each([
    ['our binding', ok({ ...clusterRoleBinding, metadata: {} }), { status: 'there' }],
    ['our binding of others', ok(ofOthers), { status: 'differs', found: ofOthers }],
    ['no binding', ok(undefined), { status: 'missing' }],
    ['a binding that nobody may see', err(problem), { status: 'blocked', problem }],
    ['a binding of our name to another role', ok(leading), { status: 'blocked', problem: elsewhere }],
  ])('%s', (_, found, standing) => {
    expect(standingOfObject(clusterRoleBinding, found)).toEqual(standing);
  });
});

describe('a stored RBAC object', () => {
  const stored = {
    ...clusterRole,
    metadata: { name: 'eks-kubelet-audit', uid: '1', labels: { team: 'platform' } },
    rules: clusterRole.rules.map(({ apiGroups, resources, verbs }) => ({ verbs, resources, apiGroups })),
  };

  it('is as wanted whatever its metadata and the order of its names', () => {
    expect(isAsWanted(clusterRole, stored)).toBe(true);
    expect(isAsWanted(clusterRoleBinding, { ...clusterRoleBinding, metadata: stored.metadata })).toBe(true);
  });

  const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
  it.each([
    ['grants less', { ...stored, rules: stored.rules.slice(1) }],
    ['grants nothing', { ...stored, rules: null }],
    ['grants more', { ...stored, rules: [...stored.rules, secrets] }],
    ['names single nodes', { ...stored, rules: stored.rules.map((rule) => ({ ...rule, resourceNames: ['node-1'] })) }],
    ['collects the rules of others', { ...stored, aggregationRule: { clusterRoleSelectors: [] } }],
  ])('is not as wanted when it %s', (_, other) => {
    expect(isAsWanted(clusterRole, other)).toBe(false);
  });

  it('is not as wanted when it binds somebody else too', () => {
    const subjects = [...clusterRoleBinding.subjects, { ...clusterRoleBinding.subjects[0], name: 'others' }];
    expect(isAsWanted(clusterRoleBinding, { ...clusterRoleBinding, subjects })).toBe(false);
    expect(leadsElsewhere(clusterRoleBinding, { ...clusterRoleBinding, subjects })).toBe(false);
  });
});
