import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kubernetesGroup } from '../../lambda/contract/names.ts';
import { rbacManifest } from '../../lambda/core/fix/grant/rbac-objects.ts';

describe.each([
  ['docs/rbac.yaml', 'api-server', 'nodes/proxy'],
  ['docs/rbac-direct.yaml', 'direct', 'nodes/configz'],
] as const)('%s', (file, way, right) => {
  const page = readFileSync(file, 'utf8');
  const [role, binding] = parseAllDocuments(page).map((document): unknown => document.toJS());

  it('is what grant applies, below a comment', () => {
    expect(page.replace(/^(#.*\n)+/, '')).toBe(rbacManifest({ way, proxyHolders: false }));
  });

  it('grants the listing of nodes and the read of their kubelets, and nothing else', () => {
    expect(Object(role).rules).toEqual([
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] },
      { apiGroups: [''], resources: [right], verbs: ['get'] },
    ]);
  });

  it('grants it to the group that the access entry names', () => {
    expect(binding).toMatchObject({
      kind: 'ClusterRoleBinding',
      roleRef: { kind: 'ClusterRole', name: Object(role).metadata.name },
      subjects: [{ kind: 'Group', name: kubernetesGroup }],
    });
  });
});
