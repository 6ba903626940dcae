import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formats } from '../../../lambda/cli/report-targets.ts';
import { homepage } from '../../../lambda/contract/version.ts';
import { controls } from '../../../lambda/core/judge/controls/index.ts';
import { nodeKinds } from '../../../lambda/core/model/model.ts';
import { sarifReport } from '../../../lambda/core/report/formats/sarif.ts';
import { historyPage } from '../../../lambda/core/report/html/history-page.ts';
import { namespaceOf } from '../../../lambda/core/report/oscal/oscal-parts.ts';
import { auditOf, failed, node } from '../findings/compliant-audit.ts';
import { textOf } from './report-text.ts';
import { coverage, history, manifests, run } from './telling-run.ts';
import { written } from './written.ts';

/** Whose each address is that any output names: an address that nobody owns today is somebody else's tomorrow. */
const owners = {
  'https://docs.aws.amazon.com/': 'Amazon Web Services',
  'https://awslabs.github.io/amazon-eks-ami/': 'Amazon Web Services',
  'https://bottlerocket.dev/': 'Amazon Web Services',
  'https://karpenter.sh/': 'Cloud Native Computing Foundation',
  'https://kubernetes.io/': 'Cloud Native Computing Foundation',
  'https://in-toto.io/': 'Cloud Native Computing Foundation',
  'http://json.schemastore.org/sarif-2.1.0': 'SchemaStore',
  'https://www.cisecurity.org/': 'Center for Internet Security',
  'https://public.cyber.mil/': 'Defense Information Systems Agency',
  'https://github.com/prowler-cloud/prowler/': 'Prowler',
  'https://developer.download.nvidia.com/': 'NVIDIA',
  'https://nvidia.github.io/': 'NVIDIA',
  'https://github.com/kubernetes-sigs/': 'Cloud Native Computing Foundation',
};
/** The machine itself, names that nobody can own (RFC 2606), and a name that EKS gives to a cluster. */
const reserved = [
  /^http:\/\/127\.0\.0\.1/,
  /^https:\/\/[a-z]+\.example\b/,
  /^https:\/\/[0-9A-F]+\.gr7\.[a-z0-9-]+\.eks\.amazonaws\.com$/,
  /^https:\/\/(?:NODE|ADDRESS):/,
  /^https?:\/\/\[?(?:\$\{(?:text|hostname|proxy)\}|A-Za-z)/,
];
const withoutOwner = (text: string): readonly string[] =>
  (text.replaceAll('\\/', '/').match(/https?:\/\/[^\s"'<>)\\`\u200b]+/g) ?? []).filter(
    (address) =>
      !Object.keys(owners).some((owned) => address.startsWith(owned)) && !reserved.some((each) => each.test(address)),
  );

/** Every kind of node fails every control. */
const everything = {
  ...auditOf(
    nodeKinds.map((kind, index) => ({
      node: node(index + 1, { kind }),
      failures: [],
      verdicts: Object.fromEntries(controls.map(({ slug }) => [slug, failed])),
    })),
  ),
  clusterVerdicts: Object.fromEntries(controls.map(({ slug }) => [slug, failed])),
};
const outputs: readonly (readonly [string, string])[] = [
  ...formats.map(
    (each) =>
      [each, written(each, controls, { clusters: [everything], run: { ...run, coverage, manifests } })] as const,
  ),
  ['the page of a history', historyPage(history, { version: '1.2.3' })],
];

it.each(outputs)('%s names no address without an owner', (_, text) => {
  expect(text.length).toBeGreaterThan(100);
  expect(withoutOwner(text)).toEqual([]);
});

it('the program itself holds no address without an owner', async () => {
  const root = join(import.meta.dirname, '../../../lambda');
  const files = await Array.fromAsync(glob('**/*.ts', { cwd: root }));
  expect(files.length).toBeGreaterThan(300);
  expect(
    files.flatMap((file) => withoutOwner(readFileSync(join(root, file), 'utf8')).map((each) => [file, each])),
  ).toEqual([]);
  expect(withoutOwner('`https://github.com/${productName}`')).toHaveLength(1);
});

it('a page of the program is named only where its publisher has set one in package.json', () => {
  const uriOf = (page?: string) => {
    const report = sarifReport({ controls: [], benchmark: 'cis-eks-1.8.0', version: '1.2.3', homepage: page });
    return JSON.parse(textOf(report, {})).runs[0].tool.driver.informationUri;
  };
  expect(homepage).toBeUndefined();
  expect([uriOf(), uriOf('https://tools.example/audit')]).toEqual([undefined, 'https://tools.example/audit']);
  expect(namespaceOf(undefined)).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
  expect(namespaceOf('https://tools.example/audit#readme')).toBe('https://tools.example/audit/ns/oscal');
});
