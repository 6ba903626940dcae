import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { rbacManifest } from '../../lambda/core/fix/grant/rbac-objects.ts';

it.each([
  ['docs/rbac.yaml', 'api-server'],
  ['docs/rbac-direct.yaml', 'direct'],
] as const)('%s is what grant applies, below a comment', (file, way) => {
  const page = readFileSync(file, 'utf8');
  expect(page.replace(/^(#.*\n)+/, '')).toBe(rbacManifest({ way, proxyHolders: false }));
});
