import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kubernetesGroup } from '../../lambda/contract/names.ts';
import { rbacManifest } from '../../lambda/core/grant/rbac-manifest.ts';

const page = readFileSync('docs/rbac.yaml', 'utf8');
const [role, binding] = parseAllDocuments(page).map((document): unknown => document.toJS());

it('is what grant applies, below a comment', () => {
  expect(page.replace(/^(#.*\n)+/, '')).toBe(rbacManifest());
});

it('grants the listing of nodes and the read of their kubelets, and nothing else', () => {
  expect(Object(role).rules).toEqual([
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] },
  ]);
});

it('grants it to the group that the access entry names', () => {
  expect(binding).toMatchObject({
    kind: 'ClusterRoleBinding',
    roleRef: { kind: 'ClusterRole', name: Object(role).metadata.name },
    subjects: [{ kind: 'Group', name: kubernetesGroup }],
  });
});
