import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { fileKinds } from '../../../../../lambda/core/next-node/read/carriers/file-kinds.ts';
import { declaredBy } from '../../../../../lambda/core/next-node/read/carriers/recognize.ts';

const lab = join(import.meta.dirname, '../../../../lab/next-node');
const bytesOf = (text: string): Uint8Array => Buffer.from(text);

/** name, kind of group, kind of node, AMI, what it gets. */
function groupsOf(name: string, as?: (typeof fileKinds)[number]) {
  const declared = declaredBy({ name, bytes: readFileSync(join(lab, name)), ...(as && { as }) });
  if (!declared.ok) return declared.error;
  return declared.value.groups.map(({ name, group, kind, ami, cluster, content }) => {
    const pieces = content.status === 'known' ? content.pieces.map(({ piece }) => piece.from) : [content.because];
    return [name, group, kind, ami, cluster, ...pieces].join(' ');
  });
}

const adds = 'standard eks-adds';
const expected: Readonly<Record<string, readonly string[]>> = {
  'karpenter.yaml': ['al2023 karpenter al2023 standard eks-adds user-data kubelet'],
  'karpenter-other-families.yaml': [
    'bottlerocket karpenter bottlerocket standard eks-adds user-data',
    'al2 karpenter al2 standard eks-adds part',
    'windows karpenter windows standard eks-adds user-data',
    'custom karpenter linux custom whole user-data',
  ],
  'eksctl.yaml': [
    'batch self-managed al2023 standard eks-adds kubelet part',
    'edge self-managed bottlerocket standard eks-adds kubelet',
    'old self-managed al2 standard eks-adds part',
    'web managed al2023 standard eks-adds part',
  ],
  'terraform-plan.json': [
    'module.eks.module.eks_managed_node_group["web"].aws_eks_node_group.this[0] managed al2023 standard eks-adds user-data',
    'module.eks.module.eks_managed_node_group["new"].aws_eks_node_group.this[0] managed al2023 standard eks-adds its user data is known after terraform apply only',
  ],
  'cloudformation.yaml': [`Nodes managed al2023 ${adds} user-data`, `Plain managed bottlerocket ${adds}`],
  'cdk.template.json': ['NodesF1A2 managed al2023 standard eks-adds user-data'],
  'launch-templates.json': ['batch version 3 self-managed al2023 custom whole user-data'],
  'user-data-al2023.txt': ['user-data-al2023.txt self-managed al2023 standard whole user-data'],
  'user-data-al2.sh': ['user-data-al2.sh self-managed al2 standard eks-adds user-data'],
  'bottlerocket.toml': ['bottlerocket.toml self-managed bottlerocket standard eks-adds user-data'],
  'hybrid.yaml': ['hybrid.yaml hybrid hybrid standard eks-adds user-data'],
};

describe('a file of the lab', () => {
  it.each(Object.entries(expected))('%s is recognized by its content, and declares its node groups', (name, groups) => {
    expect(groupsOf(name)).toEqual(groups);
  });

  it('has an expectation, each of them', () => expect(readdirSync(lab).sort()).toEqual(Object.keys(expected).sort()));

  it.each([
    ['karpenter.yaml', 'karpenter'],
    ['eksctl.yaml', 'eksctl'],
    ['terraform-plan.json', 'terraform-plan'],
    ['cloudformation.yaml', 'cloudformation'],
    ['cdk.template.json', 'cloudformation'],
    ['launch-templates.json', 'launch-template'],
    ['user-data-al2023.txt', 'al2023'],
  ] as const)('%s is the same with --as %s, and refused with --as another tool', (name, as) => {
    const another = as === 'eksctl' ? 'karpenter' : 'eksctl';
    expect(groupsOf(name, as)).toEqual(expected[name]);
    expect(groupsOf(name, another)).toContain(`it is no ${another} file`);
  });

  it.each([
    ['cdk.template.json', 'the CDK writes this template: change the construct that makes it'],
    ['terraform-plan.json', 'Terraform writes this plan: change the user data in the configuration, and plan again'],
    ['launch-templates.json', 'AWS printed this file: change the user data where the template is made'],
    ['cloudformation.yaml', undefined],
    ['eksctl.yaml', undefined],
  ])('%s says where its source is, if another program writes it', (name, madeBy) => {
    const declared = declaredBy({ name, bytes: readFileSync(join(lab, name)) });
    const sources = declared.ok ? declared.value.groups.map((group) => group.madeBy) : [];
    expect(new Set(sources)).toEqual(new Set([madeBy]));
  });

  it('is read from JSON as from YAML, and from a list of kubectl', () => {
    const kind = { apiVersion: 'karpenter.k8s.aws/v1', kind: 'EC2NodeClass' };
    const nodeClass = { ...kind, metadata: { name: 'a' }, spec: { amiSelectorTerms: [{ alias: 'al2023@latest' }] } };
    const list = { apiVersion: 'v1', kind: 'List', items: [nodeClass, nodeClass] };
    const declared = declaredBy({ name: 'x', bytes: bytesOf(JSON.stringify(list)) });
    const found = declared.ok ? declared.value.groups.map(({ name, kind: of }) => `${name} ${of}`) : [];
    expect(found).toEqual(['a al2023', 'a al2023']);
  });
});

describe('what cannot be read', () => {
  const bomb = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]\n`);
  const header = (apiVersion: string, kind: string) => `apiVersion: ${apiVersion}\nkind: ${kind}\n`;
  const junk: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
    'a configuration of Terraform': [
      bytesOf('resource "aws_launch_template" "web" {\n  user_data = filebase64("x")\n}\n'),
      /terraform plan -out plan\.tfplan && terraform show -json plan\.tfplan > plan\.json/,
    ],
    'a plan file of Terraform': [Buffer.from('PK\u0003\u0004\u00ff\u00fe', 'latin1'), /terraform show -json/],
    'a packed file': [gzipSync('x'), /gzip.*--as/],
    'bytes that are no text': [Buffer.from([0xff, 0xfe, 0x00, 0x80]), /it is no text; give --as/],
    'plain words': [bytesOf('nothing to see here'), /cannot be recognized.*--as/],
    'YAML of nothing known': [bytesOf('a: 1\n'), /cannot be recognized; give --as/],
    'a script that starts no kubelet': [bytesOf('#!/bin/bash\necho hello\n'), /cannot be recognized/],
    'YAML that is longer than a megabyte': [bytesOf(`a: "${'x'.repeat(1_000_001)}"`), /longer than 1000000 characters/],
    'flow collections without an end': [bytesOf(`a: ${'['.repeat(5000)}`), /nested deeper than 1000 levels/],
    'JSON without an end': [bytesOf('['.repeat(5000)), /not valid JSON|nested deeper than 250 levels/],
    'a bomb of aliases': [bytesOf(`a0: &a0 [x,x,x,x]\n${bomb.join('')}`), /too many values, or aliases that repeat/],
    'a megabyte of indicators': [bytesOf('- a\n'.repeat(240_000)), /more than 60000 values/],
    'a NodeConfig beside a node class': [
      bytesOf(`${header('karpenter.k8s.aws/v1', 'EC2NodeClass')}---\n${header('node.eks.aws/v1alpha1', 'NodeConfig')}`),
      /give them in files of their own/,
    ],
  };

  it.each(['resource', 'module', 'provider', 'variable', 'locals', 'data', 'output', 'terraform'])(
    'is Terraform’s language by the block %s at the beginning of a line, and by nothing like it',
    (word) => {
      const blocks = [`${word} {`, `a\n${word} "a" "b" {`, `${word}"a"{`, `${word} "a" {`];
      const others = [`${word}s {`, `x${word} {`, ` ${word} {`, `${word} "a" "b" "c" {`, `${word} "a\n" {`];
      const errorOf = (text: string) => {
        const declared = declaredBy({ name: 'x', bytes: bytesOf(text) });
        return declared.ok ? '' : declared.error.slice(0, 18);
      };
      expect(new Set(blocks.map(errorOf))).toEqual(new Set(["it is Terraform's "]));
      expect(new Set(others.map(errorOf))).toEqual(new Set(['what it is cannot ']));
    },
  );

  it.each(Object.entries(junk))('%s is refused with what to give instead', (_, [bytes, words]) => {
    const declared = declaredBy({ name: 'x', bytes });
    expect(declared.ok ? declared.value : declared.error).toMatch(words);
  });

  it.each([
    ...['\u001f\u00ff', 'P\u00ff', ' \u008b'].map((text) => [text, 'it is no text; give --as'] as const),
    ...[
      '{"a": 1}',
      '---\n---\n',
      'apiVersion: v1\n---\na: 1\n',
      btoa('#!/bin/bash\nKUBELET_EXTRA_ARGS').slice(0, 36),
      'KUBELET_EXTRA_ARGS node.eks.aws',
    ].map((text) => [text, 'what it is cannot be recognized; give --as'] as const),
  ])('%j is refused: %s', (text, words) => {
    const declared = declaredBy({ name: 'x', bytes: Buffer.from(text, 'latin1') });
    expect(!declared.ok && declared.error.slice(0, words.length)).toBe(words);
  });

  const other = 'apiVersion: apps/v1\nkind: Deployment\n';
  it.each([other, `---\n# of a chart\n---\n${other}---\n`])(
    '%j is a manifest of something else: no node group, and no error',
    (text) => {
      const declared = declaredBy({ name: 'x', bytes: bytesOf(text) });
      expect(declared).toEqual({ ok: true, value: { groups: [], nodePools: [], leftOut: [], unsupported: [] } });
    },
  );
});
