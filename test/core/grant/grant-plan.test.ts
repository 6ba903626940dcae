import { describe, expect, it } from 'vitest';
import { grantTarget } from '../../../lambda/core/grant/grant-plan.ts';
import { grantObjects, isAsWanted, leadsElsewhere } from '../../../lambda/core/grant/rbac-objects.ts';
import { parseRoleArn } from '../../../lambda/core/role-arn.ts';
import { cluster } from '../../fakes/ports.ts';

const china = {
  ...cluster,
  authenticationMode: 'API',
  arn: {
    arn: 'arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod',
    partition: 'aws-cn',
    region: 'cn-north-1',
    accountId: '111122223333',
    name: 'prod',
  },
};
const { clusterRole, clusterRoleBinding } = grantObjects['api-server'];
const unnamed = { roleArn: undefined, roleName: 'EksKubeletAudit', way: 'api-server', proxyHolders: false } as const;

describe('whom a grant is for', () => {
  it('is the role of the cluster’s own account and partition, unless another is named', () => {
    expect(grantTarget(china, unnamed)).toMatchObject({ roleArn: 'arn:aws-cn:iam::111122223333:role/EksKubeletAudit' });

    const roleArn = 'arn:aws-cn:iam::999988887777:role/Hub';
    expect(grantTarget(china, { ...unnamed, roleArn })).toMatchObject({ roleArn, by: 'access-entry' });
  });

  it.each(['CONFIG_MAP', undefined, 'SOMETHING_NEW'])('is never written when the authentication mode is %s', (mode) => {
    const { authenticationMode: _, ...without } = china;
    const old = mode === undefined ? without : { ...without, authenticationMode: mode };
    expect(grantTarget(old, unnamed).by).toBe('aws-auth');
  });

  it('is no role of another partition', () => {
    expect(() => grantTarget(china, { ...unnamed, roleArn: 'arn:aws:iam::111122223333:role/Audit' })).toThrow(
      "is no role of partition aws-cn, where cluster 'prod' is",
    );
  });
});

describe('an ARN of a role', () => {
  it.each([
    ['arn:aws:iam::111122223333:role/Audit', '/'],
    ['arn:aws-us-gov:iam::111122223333:role/a/b/Audit', '/a/b/'],
  ])('%s has the path %s', (arn, path) => {
    expect(parseRoleArn(arn)).toMatchObject({ arn, path });
  });

  it.each([
    'EksKubeletAudit',
    'arn:aws:iam::111122223333:user/admin',
    'arn:aws:sts::111122223333:assumed-role/Audit/me',
    'arn:aws:iam::1111:role/Audit',
    'arn:aws:iam::111122223333:role/',
    'arn:aws:iam::111122223333:role/Audit;reboot',
    'arn:aws:iam::111122223333:role/Audit\n',
  ])('is not %j', (text) => {
    expect(parseRoleArn(text)).toBeUndefined();
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

  it.each([
    ['grants less', { ...stored, rules: stored.rules.slice(1) }],
    ['grants nothing', { ...stored, rules: null }],
    [
      'grants more',
      { ...stored, rules: [...stored.rules, { apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] },
    ],
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
