import { describe, expect, it } from 'vitest';
import {
  type AccessRight,
  broadRights,
  configzRight,
  rightText,
  unexpectedRight,
} from '../../../../lambda/core/fix/grant/broad-rights.ts';
import { grantedObjects } from '../../../../lambda/core/fix/grant/rbac-objects.ts';
import { proxyVerbs, verbsToNodesProxy } from '../../../../lambda/core/read/rbac/reaching-roles.ts';

describe('the rights for which a token is shown to no node', () => {
  it('hold every verb of nodes/proxy that runs commands, and not what reads a kubelet on its own port', () => {
    const verbsOf = ({ verb, group, resource, subresource }: AccessRight) =>
      verbsToNodesProxy({ verbs: [verb], apiGroups: [group], resources: [[resource, subresource].join('/')] });

    expect(broadRights.flatMap(verbsOf)).toEqual(proxyVerbs);
    expect(verbsOf(configzRight)).toEqual([]);
    expect([configzRight.group, rightText(configzRight)]).toEqual(['', 'get nodes/configz']);
  });
});

const words = (text: string) => (text === '' ? [''] : text.split(' '));
const rule = (apiGroups: string, resources: string, verbs: string, resourceNames = '') => ({
  apiGroups: words(apiGroups),
  resources: words(resources),
  verbs: words(verbs),
  resourceNames: resourceNames === '' ? [] : words(resourceNames),
});
const rbac = 'rbac.authorization.k8s.io';

describe('the rules of a token that nodes see', () => {
  it('are those of a grant for direct, with 4.1.10 or without, and never those of the API server or of Karpenter', () => {
    const unexpected = (['direct', 'api-server'] as const).map((way) =>
      grantedObjects({ way, proxyHolders: true, nextNode: true }).clusterRole.rules.flatMap((each) => {
        const right = unexpectedRight(each);
        return right ? [rightText(right)] : [];
      }),
    );
    expect(unexpected).toEqual([[], ['get nodes/proxy', 'list nodepools', 'list ec2nodeclasses']]);
  });

  it.each<[string, ReturnType<typeof rule>]>([
    [
      'a review of its own rights',
      rule('authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews', 'create'),
    ],
    ['a review of itself', rule('authentication.k8s.io', 'selfsubjectreviews', 'create')],
    [
      'the CA bundles that service accounts may read',
      rule('certificates.k8s.io', 'clustertrustbundles', 'get list watch'),
    ],
    ['the paths of discovery', rule('', '/healthz /livez /readyz /version /api /api/* /apis/* /openapi/*', 'get')],
    ['what EKS 1.24 gave everybody', rule('policy', 'podsecuritypolicies', 'use', 'eks.privileged')],
    ['fewer verbs than the grant', rule('', 'nodes', 'list')],
    ['one node', rule('', 'nodes', 'get', 'a.internal')],
    ['no verb at all', { ...rule('*', '*', ''), verbs: [] }],
  ])('may hold %s', (_what, held) => {
    expect(unexpectedRight(held)).toBeUndefined();
  });

  it.each<[string, ReturnType<typeof rule>]>([
    ['get *', rule('', '*', 'get')],
    ['* nodes', rule('', 'nodes', '*')],
    ['get nodes', rule('*', 'nodes', 'get')],
    ['watch nodes', rule('', 'nodes', 'get list watch')],
    ['get nodes/metrics', rule('', 'nodes/configz nodes/metrics', 'get')],
    ['get configmaps', rule('', 'configmaps', 'get')],
    ['get configmaps aws-auth', rule('', 'configmaps', 'get', 'aws-auth others')],
    ['update configmaps aws-auth', rule('', 'configmaps', 'update', 'aws-auth')],
    ['get clusterroles', rule(rbac, 'clusterroles', 'get list')],
    ['use podsecuritypolicies', rule('policy extensions', 'podsecuritypolicies', 'use')],
    ['* networkpolicies', rule('projectcalico.org', 'networkpolicies', '*')],
    ['get /metrics', rule('', '/metrics', 'get')],
    ['get /*', rule('', '/*', 'get')],
    ['create events', rule('', 'events', 'create')],
  ])('may not hold %s', (text, held) => {
    const right = unexpectedRight(held);
    expect(right && rightText(right)).toBe(text);
  });

  it('cost no more than their length, however many of each a rule has', () => {
    const many = Array.from({ length: 50_000 }, (_, index) => `x${index}`);
    for (const held of [
      { apiGroups: many, resources: many, verbs: [] },
      { apiGroups: [''], resources: ['nodes', ...many], verbs: ['get', ...many] },
      { apiGroups: many.map(() => ''), resources: many.map(() => 'nodes'), verbs: many.map(() => 'get') },
    ])
      unexpectedRight({ ...held, resourceNames: many });
  });
});

it('each question that the API server is asked is about a right that no rule may have', () => {
  for (const { group, resource, subresource, verb, name } of broadRights) {
    const held = rule(group, subresource ? `${resource}/${subresource}` : resource, verb, name);
    expect(unexpectedRight(held), JSON.stringify(held)).toBeDefined();
  }
});

it('a right to one object is named with it', () => {
  const right = { verb: 'get', group: '', resource: 'configmaps', name: 'aws-auth', namespace: 'kube-system' };

  expect(rightText(right)).toBe('get configmaps aws-auth');
});
