import { describe, expect, it } from 'vitest';
import {
  type AccessRight,
  broadRightOf,
  broadRights,
  configzRight,
  rightText,
} from '../../../../lambda/core/fix/grant/broad-rights.ts';
import { grantedObjects } from '../../../../lambda/core/fix/grant/rbac-objects.ts';
import { proxyVerbs, verbsToNodesProxy } from '../../../../lambda/core/read/rbac/policy-rule.ts';

const words = (text: string) => (text === '' ? [''] : text.split(' '));

describe('the rights for which a token is shown to no node', () => {
  it('hold every verb of nodes/proxy that runs commands, and not what reads a kubelet on its own port', () => {
    const verbsOf = ({ verb, group, resource, subresource }: AccessRight) =>
      verbsToNodesProxy({ verbs: [verb], apiGroups: [group], resources: [[resource, subresource].join('/')] });

    expect(broadRights.flatMap(verbsOf)).toEqual(proxyVerbs);
    expect(verbsOf(configzRight)).toEqual([]);
    expect([configzRight.group, rightText(configzRight)]).toEqual(['', 'get nodes/configz']);
  });

  const [change, read] = ['create update patch', 'get list watch'];
  it.each<[what: string, group: string, resources: string, verbs: string]>([
    ['is allowed everything', '*', '*', '*'],
    ['reads secrets', '', 'secrets', read],
    ['runs commands in containers', '', 'pods/exec pods/attach pods/portforward', 'get create'],
    ['reaches ports through the API server', '', 'pods/proxy services/proxy', 'get create'],
    ['starts containers', '', 'pods replicationcontrollers', change],
    ['adds containers to pods', '', 'pods/ephemeralcontainers', 'update patch'],
    ['starts workloads', 'apps', 'daemonsets deployments replicasets statefulsets', change],
    ['starts jobs', 'batch', 'cronjobs jobs', change],
    ['makes tokens', '', 'serviceaccounts/token', 'create'],
    ['impersonates others', '', 'users groups serviceaccounts', 'impersonate'],
    ['impersonates ids', 'authentication.k8s.io', 'uids', 'impersonate'],
    ['signs certificates', 'certificates.k8s.io', 'signers', 'approve sign'],
    [
      'approves certificates',
      'certificates.k8s.io',
      'certificatesigningrequests/approval certificatesigningrequests/status',
      'update patch',
    ],
    ['extends roles', 'rbac.authorization.k8s.io', 'clusterroles roles', 'escalate bind'],
    ['gives roles', 'rbac.authorization.k8s.io', 'clusterrolebindings rolebindings', change],
    [
      'changes what others send',
      'admissionregistration.k8s.io',
      'mutatingwebhookconfigurations validatingwebhookconfigurations',
      change,
    ],
    ['reads user data', 'karpenter.k8s.aws', 'ec2nodeclasses', read],
    ['reads node pools', 'karpenter.sh', 'nodepools', read],
  ])('hold each right by which its holder %s', (_what, group, resources, verbs) => {
    for (const resource of words(resources))
      for (const verb of words(verbs)) {
        const [name, subresource] = resource.split('/');
        const right = { verb, group, resource: name, ...(subresource && { subresource }) };
        expect(broadRights).toContainEqual(right);
        expect(broadRightOf({ verbs: [verb], apiGroups: [group], resources: [resource] })).toEqual(right);
      }
  });

  it.each<[string, string, string, string]>([
    ['nodes read', '', 'nodes nodes/configz', 'get list watch'],
    ['everything of workloads read', 'apps batch', '*', 'get list watch'],
    ['RBAC objects read', 'rbac.authorization.k8s.io', '*', 'get list'],
    ['its own rights asked', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews', 'create'],
    ['what EKS 1.24 gave everybody', 'policy', 'podsecuritypolicies', 'use'],
    ['what Calico’s API server gives everybody', 'projectcalico.org', 'networkpolicies', '*'],
    ['a resource of another group by the same name', 'example.org', 'secrets pods/exec', '*'],
  ])('hold nothing of a rule by which is %s', (_what, apiGroups, resources, verbs) => {
    const rule = { apiGroups: words(apiGroups), resources: words(resources), verbs: words(verbs) };
    expect(broadRightOf(rule)).toBeUndefined();
  });
});

it('none is in a grant for direct, though the audit has nextNode; through the API server Karpenter’s node classes are', () => {
  const broad = (['direct', 'api-server'] as const).map((way) => {
    const { rules } = grantedObjects({ way, proxyHolders: true, nextNode: true }).clusterRole;
    return rules.map(broadRightOf).flatMap((right) => (right ? [rightText(right)] : []));
  });
  expect(broad).toEqual([[], ['get nodes/proxy', 'list nodepools', 'list ec2nodeclasses']]);
});

it('a right to one object is named with it', () => {
  const right = { verb: 'get', group: '', resource: 'configmaps', name: 'aws-auth', namespace: 'kube-system' };

  expect(rightText(right)).toBe('get configmaps aws-auth');
});
