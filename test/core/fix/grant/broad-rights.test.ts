import { describe, expect, it } from 'vitest';
import {
  type AccessRight,
  broadRights,
  configzRight,
  rightText,
} from '../../../../lambda/core/fix/grant/broad-rights.ts';
import { verbsToNodesProxy } from '../../../../lambda/core/read/rbac/policy-rule.ts';

describe('the rights for which a token is shown to no node', () => {
  it('are these, as a person reads them', () => {
    expect(broadRights.map(rightText)).toEqual([
      'do everything (* on *)',
      'get nodes/proxy',
      'create nodes/proxy',
      'get secrets',
      'list secrets',
      'create pods',
      'create pods/exec',
      'create serviceaccounts/token',
      'impersonate users',
      'escalate clusterroles',
      'bind clusterroles',
    ]);
  });

  it('are of the core group, but for those over RBAC objects and over everything', () => {
    const ofOthers = broadRights.filter(({ group }) => group !== '').map(({ group, resource }) => [group, resource]);

    expect(ofOthers).toEqual([
      ['*', '*'],
      ['rbac.authorization.k8s.io', 'clusterroles'],
      ['rbac.authorization.k8s.io', 'clusterroles'],
    ]);
  });

  it('hold every verb of nodes/proxy that runs commands, and not what reads a kubelet on its own port', () => {
    const verbsOf = ({ verb, group, resource, subresource }: AccessRight) =>
      verbsToNodesProxy({ verbs: [verb], apiGroups: [group], resources: [[resource, subresource].join('/')] });

    expect(broadRights.flatMap(verbsOf)).toEqual(['get', 'create']);
    expect(verbsOf(configzRight)).toEqual([]);
    expect([configzRight.group, rightText(configzRight)]).toEqual(['', 'get nodes/configz']);
  });
});

it('a right to one object is named with it', () => {
  const right = { verb: 'get', group: '', resource: 'configmaps', name: 'aws-auth', namespace: 'kube-system' };

  expect(rightText(right)).toBe('get configmaps aws-auth');
});
