import { expect, it } from 'vitest';
import type { GroupPlan, LastingFix } from '../../../../lambda/core/fix/remediation/plan.ts';
import { planFiles } from '../../../../lambda/core/fix/remediation/plan-text.ts';
import type { NodeGroup } from '../../../../lambda/core/model/model.ts';
import { shortHash } from '../../../../lambda/core/model/text/words.ts';

const fix = (kind: LastingFix['kind'], ...fileNames: readonly string[]): LastingFix => {
  const text = (fileName: string) => ({ fileName, language: 'yaml', use: '', text: `text of ${fileName}` }) as const;
  const survives = { reboot: true, replacement: true };
  const words = { controls: [], words: [], url: '', source: '', rollOut: '' };
  return { kind, ...words, snippets: fileNames.map(text), survives };
};
const filesOf = (name: string, ...lasting: readonly LastingFix[]) => {
  const group: NodeGroup = { kind: 'managed', name };
  const plan: GroupPlan = { group, nodes: [], steps: [], lasting, notPlanned: [] };
  return [...planFiles({ cluster: { name: 'blue' }, auditedAt: '', trust: [], groups: [plan] })];
};

it('every snippet of every kind of node is a file of its node group', () => {
  expect(filesOf('workers', fix('al2023', 'a.yaml', 'b.mime'), fix('windows', 'a.yaml'), fix('fargate'))).toEqual([
    { path: ['managed-workers', 'al2023-a.yaml'], text: 'text of a.yaml' },
    { path: ['managed-workers', 'al2023-b.mime'], text: 'text of b.mime' },
    { path: ['managed-workers', 'windows-a.yaml'], text: 'text of a.yaml' },
  ]);
});

it.each([
  ['A.b_c-1', 'A.b_c-1'],
  ['x'.repeat(100), 'x'.repeat(100)],
  ['x'.repeat(101), `${'x'.repeat(100)}~${shortHash('x'.repeat(101))}`],
  ['a/  b', `a-b~${shortHash('a/  b')}`],
  // No Windows opens a folder whose name ends so.
  ['a.', `a.~${shortHash('a.')}`],
  ['..', `..~${shortHash('..')}`],
])('the folder of node group %j', (name, folder) => {
  expect(filesOf(name, fix('al2', 'a.yaml'))[0]?.path[0]).toBe(`managed-${folder}`);
});
