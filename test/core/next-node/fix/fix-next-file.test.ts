import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOfCluster } from '../../../../lambda/core/judge/control.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { fixNextFile } from '../../../../lambda/core/next-node/fix/fix-next-file.ts';
import { judgeNextNode } from '../../../../lambda/core/next-node/judge/judge-next-node.ts';
import { declaredBy } from '../../../../lambda/core/next-node/read/carriers/recognize.ts';

const lab = join(import.meta.dirname, '../../../lab/next-node');
const judged = controls.filter((each) => !isOfCluster(each) && each.about.kind === 'setting');
const judging = { controls: judged, kubeletVersion: '1.34' };

/** The controls that fail, by node group. */
function failuresOf(name: string, text: string): readonly string[] {
  const declared = declaredBy({ name, bytes: Buffer.from(text) });
  if (!declared.ok) throw new Error(declared.error);
  return declared.value.groups.flatMap((group) => {
    const { audit } = judgeNextNode(group, { ...judging, file: { name, text } });
    const failed = Object.entries(audit.verdicts).filter(([, { status }]) => status === 'fail');
    return failed.map(([slug]) => `${group.name} ${slug}`);
  });
}

/** What differs of two lines, without what they begin and end with alike. */
function changedRange(one: string, other: string): readonly [string, string] {
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  return [one.slice(start, one.length - end), other.slice(start, other.length - end)];
}

/** Ways to write the same file otherwise, none of which a fix may undo. */
const rewritings: Readonly<Record<string, (text: string) => string>> = {
  'line ends of Windows': (text) => text.replaceAll('\n', '\r\n'),
  'comments and blanks': (text) =>
    text.replace(/^( *)(readOnlyPort|mode|enabled|server-tls-bootstrap): (\S+)$/gm, '$1$2:   $3   # "why": [because]'),
  'other words for a value': (text) =>
    text.replaceAll('readOnlyPort: 10255', 'readOnlyPort: 0x280f').replaceAll(': true', ': on'),
  'quoted keys': (text) => text.replace(/^( +)(readOnlyPort|enabled|mode):/gm, '$1"$2":'),
  'no last line end': (text) => text.trimEnd(),
  'a byte order mark nowhere, and letters of many bytes': (text) => text.replace(/^# .*$/m, '# Grüße 😀'),
  'nothing else': (text) => text,
};

// Bash takes a carriage return as part of a word.
const rewritingsOf = (name: string) => Object.keys(rewritings).slice(name.endsWith('.sh') ? 1 : 0);

const userData = ['user-data-al2023.txt', 'user-data-al2.sh', 'bottlerocket.toml', 'hybrid.yaml'];
describe.each(['karpenter.yaml', 'eksctl.yaml', 'cloudformation.yaml', ...userData])('%s', (name) => {
  const original = readFileSync(join(lab, name), 'utf8');

  it('is fixed by values alone, however it is written: every other byte stays, and what was fixed passes', () => {
    fc.assert(
      fc.property(fc.subarray(rewritingsOf(name), { minLength: 1 }), (chosen) => {
        const text = chosen.reduce((all, each) => rewritings[each]?.(all) ?? all, original);
        const before = failuresOf(name, text);
        expect(before.length).toBeGreaterThan(0);

        const fixed = fixNextFile({ ...judging, name, text });
        expect(fixed.advice).toEqual([]);
        expect(failuresOf(name, fixed.text)).toEqual([]);
        expect(applyPatch(text, fixed.diff)).toBe(fixed.text);

        const [old, now] = [text.split('\n'), fixed.text.split('\n')];
        expect(now.length).toBe(old.length);
        const changed = old.flatMap((line, at) => (line === now[at] ? [] : [changedRange(line, now[at] ?? '')]));
        expect(changed.length).toBeGreaterThan(0);
        for (const [was, is] of changed) {
          expect(was).toMatch(/^["']?[\w./]*["']?$/);
          expect(is).toMatch(/^["']?[\w./]*["']?$/);
        }
        // A second look finds nothing to do.
        expect(fixNextFile({ ...judging, name, text: fixed.text })).toEqual({ text: fixed.text, diff: '', advice: [] });
      }),
      { seed: 28, numRuns: 12 },
    );
  });
});

describe('a value that cannot be edited where it is used', () => {
  const nodeConfig = (config: string, more = '') =>
    `${more}apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    config:\n${config}`;
  const alias = nodeConfig('      makeIPTablesUtilChains: true\n      readOnlyPort: *port\n', 'x: &port 10255\n');
  const anchor = nodeConfig('      readOnlyPort: &port 10255\n      healthzPort: *port\n');
  const merged = nodeConfig('      <<: *open\n', 'x: &open {readOnlyPort: 10255}\n');
  const bootstrap = (call: string) => `#!/bin/bash\n/etc/eks/bootstrap.sh c ${call}\n`;
  const flags = (flag: string) =>
    `apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    flags: [${flag}]\n`;
  const block = nodeConfig('      authorization:\n        mode: |-\n          AlwaysAllow\n');

  it.each([
    ['an alias', alias, /:8: .*set readOnlyPort.*alias/],
    ['an anchor', anchor, /:6: .*set readOnlyPort.*anchor/],
    ['a merge key', merged, /:7: .*set readOnlyPort.*merge key/],
    ['a block', block, /:\d+: .*set authorization\.mode.*block/],
    [
      'a script',
      bootstrap("--kubelet-extra-args '--read-only-port 10255'"),
      /:2: .*set --read-only-port.*a script makes the value/,
    ],
    ['no place of its own', flags('--client-ca-file='), /:5: .*set --client-ca-file so that it passes \(expected a/],
    ['base64', Buffer.from(nodeConfig('      readOnlyPort: 10255\n')).toString('base64'), /set readOnlyPort.*encoded/],
  ])('behind %s: it is said what to write instead, and nothing is changed', (_, text, words) => {
    const fixed = fixNextFile({ ...judging, name: 'user-data', text });
    expect(fixed).toMatchObject({ text, diff: '' });
    expect(fixed.advice.join('\n')).toMatch(words);
  });

  it('that is missing has its line shown as it is and as it will be', () => {
    const { advice } = fixNextFile({ ...judging, name: 'user-data', text: flags('"--client-ca-file="') });
    expect(advice.map((each) => each.split('; no edit of one value does it; ')[1])).toEqual([
      'in the user data line 5:\n#   -flags: ["--client-ca-file="]\n#   +flags: ["--client-ca-file=/etc/kubernetes/pki/ca.crt"]',
    ]);
  });

  it('and is no setting has its remedy, with the node group', () => {
    const others = controls.filter((each) => !isOfCluster(each) && each.about.kind !== 'setting');
    const { advice } = fixNextFile({ controls: others, name: 'user-data', text: bootstrap('') });
    expect(advice).toEqual([
      expect.stringMatching(/^node group user-data: Take --hostname-override .* roll out new nodes/),
    ]);
  });

  it('is made by a tool: the changed line alone is shown', () => {
    const name = 'terraform-plan.json';
    const text = readFileSync(join(lab, name), 'utf8');
    const { advice, diff } = fixNextFile({ ...judging, name, text });
    expect(diff).toBe('');
    const lines =
      /^terraform-plan\.json:\d+: node group module.*Terraform writes this plan.*\n# {3}-readOnlyPort: 10255\n/;
    expect(advice).toEqual([expect.stringMatching(lines)]);
    expect(advice[0]).toMatch(/\n# {3}\+readOnlyPort: 0$/);
  });
});

const header = 'apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    config:\n';
const spec = { kubelet: { config: { authentication: { x509: null } } } };
const json = JSON.stringify({ apiVersion: 'node.eks.aws/v1alpha1', kind: 'NodeConfig', spec });
it.each([
  ['YAML', `${header}      authentication:\n        x509: null\n`, 'x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}'],
  ['JSON', json, '"x509":{"clientCAFile": "/etc/kubernetes/pki/ca.crt"}'],
])('a null that deletes what the image sets becomes the value, in %s', (_, text, wanted) => {
  expect(fixNextFile({ ...judging, name: 'user-data', text }).text).toContain(wanted);
});

const withFlags = (flags: string) =>
  `apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    flags: [${flags}]\n`;
it.each([
  ['--v=2, --anonymous-auth', '--v=2, --anonymous-auth=false'],
  ["'--anonymous-auth', --v=2", "'--anonymous-auth=false', --v=2"],
  ['"--anonymous-auth"', '"--anonymous-auth=false"'],
  ['"--anonymous-auth=true"', '"--anonymous-auth=false"'],
])('a flag without a value gets one: %s', (written, wanted) => {
  const fixed = fixNextFile({ ...judging, name: 'user-data', text: withFlags(written) });
  expect(fixed).toMatchObject({ text: withFlags(wanted), advice: [] });
});

it('is fixed in so many node groups as its size allows, and says that others are left', () => {
  const node = (index: number) =>
    `apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nmetadata: {name: n${index}}\nspec:\n  amiSelectorTerms: [{alias: al2023@latest}]\n  userData: |\n${config.replaceAll(/^/gm, '    ')}`;
  const config = `apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {kubelet: {config: {readOnlyPort: 10255}}}\n# ${'x '.repeat(2_000)}`;
  const text = Array.from({ length: 40 }, (_, index) => node(index)).join('\n---\n');
  const { advice, text: fixed } = fixNextFile({ ...judging, name: 'nodes', text });
  const left = fixed.split('readOnlyPort: 10255').length - 1;
  expect(advice).toEqual(['nodes: not every setting is looked at; apply this, and run the command again']);
  // Each edit reads 170,000 characters twice, of 5,000,000.
  expect(left).toBe(40 - 15);
});

describe('lines that look like secrets', () => {
  const around = (before: string, behind: string) =>
    `apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    config:\n      ${before}\n      readOnlyPort: 10255\n      ${behind}\n      maxPods: 42\n`;

  it('are left out in front of a change', () => {
    const text = around('providerID: EXAMPLEsecret7Zq1XyZ9', 'podsPerCore: 3');
    const { diff } = fixNextFile({ ...judging, name: 'x', text });
    expect(diff).not.toContain('EXAMPLE');
    expect(applyPatch(text, diff)).toBe(text.replace('10255', '0'));
  });

  it('right behind a change keep it from being shown, and it is said what to write', () => {
    const text = around('podsPerCore: 3', 'providerID: EXAMPLEsecret7Zq1XyZ9');
    const advice = [expect.stringContaining('x:7: write 0 for readOnlyPort')];
    expect(fixNextFile({ ...judging, name: 'x', text })).toMatchObject({ diff: '', advice });
  });
});
