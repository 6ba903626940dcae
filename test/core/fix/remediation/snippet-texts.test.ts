import { describe, expect, it } from 'vitest';
import {
  al2Script,
  bootstrapLine,
  bottlerocketSettings,
  kubeletDropIn,
  nodeConfig,
  type SnippetOptions,
  snippetsFor,
  windowsUserData,
} from '../../../../lambda/core/fix/remediation/snippets/snippets-for.ts';
import type { NodeGroup, NodeKind } from '../../../../lambda/core/model/model.ts';
import type { SettingPath, SettingValue } from '../../../../lambda/core/model/settings.ts';

const cluster = { name: 'blue', region: 'eu-west-1', endpointUrl: 'https://example.com', certificate: 'TUlJRA==' };
const two: readonly (readonly [SettingPath, SettingValue])[] = [
  ['authentication.anonymous.enabled', false],
  ['authentication.webhook.enabled', true],
];
const options = (change: Partial<SnippetOptions> = {}): SnippetOptions => {
  return { settings: new Map(two), byArgument: [], cluster, renewsCa: false, ...change };
};
const nothing = options({ settings: new Map() });
const onlyCa = options({ settings: new Map(), renewsCa: true });

describe('a NodeConfig', () => {
  it('nests what is set, and repeats what an argument would beat', () => {
    const byArgument = ['authentication.webhook.enabled', 'readOnlyPort'] as const;
    expect(nodeConfig(options({ byArgument, renewsCa: true }))).toBe(`---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster:
    certificateAuthority: TUlJRA==
  kubelet:
    config:
      authentication:
        anonymous:
          enabled: false
        webhook:
          enabled: true
    flags:
      - --authentication-token-webhook=true
`);
  });

  it('names the cluster’s CA alone where nothing else is wrong', () => {
    expect(nodeConfig(onlyCa)).toMatch(/^spec:\n {2}cluster:\n {4}certificateAuthority: TUlJRA==\n$/m);
  });

  it('is none where there is nothing to say', () => {
    expect(nodeConfig(nothing)).toBe('');
    expect(nodeConfig({ ...onlyCa, cluster: { name: 'blue' } })).toBe('');
    expect(kubeletDropIn(onlyCa)).toBe('');
  });
});

it('a long value stays on its line', () => {
  const path = `/etc/kubernetes/${'long name '.repeat(20)}x`;
  const settings = new Map([['authentication.x509.clientCAFile' as const, path]]);

  expect(kubeletDropIn(options({ settings }))).toContain(`clientCAFile: ${path}\n`);
  expect(nodeConfig(options({ settings }))).toContain(`clientCAFile: ${path}\n`);
});

describe('the script of Amazon Linux 2', () => {
  it('sets in the file what no argument sets', () => {
    const settings = new Map([...two, ['authorization.mode', 'Webhook'] as const]);

    const text = al2Script(options({ settings, byArgument: ['authentication.webhook.enabled'] }));
    expect(text.split('\n')).toEqual([
      '#!/bin/bash',
      'set -o errexit -o nounset -o pipefail',
      '',
      'file=/etc/kubernetes/kubelet/kubelet-config.json',
      `jq '.authentication.anonymous.enabled = false | .authorization.mode = "Webhook"' "$file" > "$file.new"`,
      'install --owner=root --group=root --mode=644 "$file.new" "$file"',
      'rm "$file.new"',
      '',
    ]);
  });

  it('is none where arguments set all of it', () => {
    expect(al2Script(options({ byArgument: two.map(([path]) => path) }))).toBe('');
    expect(al2Script(onlyCa)).toBe('');
  });
});

const given = '--anonymous-auth=false --authentication-token-webhook=true';

const line = (...words: readonly string[]) => `/etc/eks/bootstrap.sh ${words.join(' \\\n  ')}\n`;
const script = (words: string): string =>
  [
    '<powershell>',
    '[string]$EKSBootstrapScriptFile = "$env:ProgramFiles\\Amazon\\EKS\\Start-EKSBootstrap.ps1"',
    `& $EKSBootstrapScriptFile -EKSClusterName ${words} 3>&1 4>&1 5>&1 6>&1`,
    '</powershell>',
    '',
  ].join('\n');
const ca = ['--apiserver-endpoint https://example.com', '--b64-cluster-ca TUlJRA=='];
const windowsCa = "-APIServerEndpoint 'https://example.com' -Base64ClusterCA 'TUlJRA=='";
const extra = `--kubelet-extra-args '${given}'`;
const windowsExtra = `-KubeletExtraArgs '${given}'`;
const renewing = options({ renewsCa: true });
const unnamed = options({ cluster: {} });

it.each<[string, SnippetOptions, string, string]>([
  ['arguments', options(), line('blue', extra), script(`'blue' ${windowsExtra}`)],
  ['the CA too', renewing, line('blue', ...ca, extra), script(`'blue' ${windowsCa} ${windowsExtra}`)],
  ['the CA alone', onlyCa, line('blue', ...ca), script(`'blue' ${windowsCa}`)],
  ['a cluster without a name', unnamed, line('"$CLUSTER"', extra), script(`$Cluster ${windowsExtra}`)],
  ['nothing', nothing, '', ''],
  ['a CA without an address', { ...onlyCa, cluster: { name: 'blue', certificate: 'x' } }, '', ''],
  ['an address without a CA', { ...onlyCa, cluster: { name: 'blue', endpointUrl: 'https://x' } }, '', ''],
])('the line of bootstrap.sh and the user data of Windows have %s', (_, wanted, linux, windows) => {
  expect(bootstrapLine(wanted)).toBe(linux);
  expect(windowsUserData(wanted)).toBe(windows);
});

describe('the user data of Bottlerocket', () => {
  it('says each option once, and the CA where it is renewed', () => {
    const settings = new Map<SettingPath, SettingValue>([...two, ['eventRecordQPS', 50], ['readOnlyPort', 0]]);

    const lines = 'standalone-mode = false\nevent-qps = 50\ncluster-certificate = "TUlJRA=="\n';
    expect(bottlerocketSettings(options({ settings, renewsCa: true }))).toBe(`[settings.kubernetes]\n${lines}`);
    expect(bottlerocketSettings(options({ settings }))).not.toContain('certificate');
  });

  it('is none where no option does it', () => {
    expect(bottlerocketSettings(nothing)).toBe('');
    expect(bottlerocketSettings({ ...onlyCa, cluster: {} })).toBe('');
    expect(bottlerocketSettings(options({ settings: new Map([['readOnlyPort', 0]]) }))).toBe('');
  });
});

describe('what is offered for a kind of node', () => {
  const managed: NodeGroup = { kind: 'managed', name: 'workers' };
  const own: NodeGroup = { kind: 'self-managed', name: 'self-managed' };
  const pool: NodeGroup = { kind: 'karpenter', name: 'spot\u001b[2J' };
  const byFlag = options({ byArgument: two.map(([path]) => path) });

  it.each<[NodeKind, NodeGroup, SnippetOptions, readonly string[]]>([
    ['al2023', managed, options(), ['node-config.yaml yaml', 'user-data.mime mime']],
    ['hybrid', managed, options(), ['node-config.yaml yaml']],
    ['al2', managed, options(), ['user-data.mime mime']],
    ['al2', managed, byFlag, ['bootstrap.sh shell']],
    ['al2', own, onlyCa, ['bootstrap.sh shell']],
    ['ubuntu', own, options(), ['bootstrap.sh shell']],
    ['bottlerocket', own, options(), ['settings.toml toml']],
    ['windows', own, options(), ['user-data.ps1 powershell']],
    ['linux', own, options(), ['50-kubelet.conf yaml']],
    ['linux', own, onlyCa, []],
    ['auto-mode', managed, options(), []],
    ['fargate', managed, options(), []],
    ['al2023', pool, options(), ['ec2nodeclass.yaml yaml']],
    // Karpenter drops standalone-mode of the user data, and nothing else could have lost these.
    ['bottlerocket', pool, options(), []],
    ['bottlerocket', pool, options({ settings: new Map([['eventRecordQPS', 50]]) }), ['ec2nodeclass.yaml yaml']],
    ['al2', pool, options(), ['ec2nodeclass.yaml yaml']],
    ['al2', pool, byFlag, []],
    ['windows', pool, options(), []],
    ['ubuntu', pool, options(), ['bootstrap.sh shell']],
    ['linux', pool, options(), ['50-kubelet.conf yaml']],
    ...(['al2023', 'hybrid', 'al2', 'ubuntu', 'bottlerocket', 'windows'] as const).flatMap((kind) =>
      [managed, pool].map((group): [NodeKind, NodeGroup, SnippetOptions, []] => [kind, group, nothing, []]),
    ),
  ])('%s of %o', (kind, group, wanted, files) => {
    expect(snippetsFor(kind, group, wanted).map(({ fileName, language }) => `${fileName} ${language}`)).toEqual(files);
  });

  it('says what to do with it', () => {
    const useOf = (kind: NodeKind, group: NodeGroup, wanted = options()) =>
      snippetsFor(kind, group, wanted).map(({ use }) => use);

    const last = 'as the last NodeConfig part of the launch template’s user data';
    expect(useOf('al2023', own)[1]).toBe(`${last}, between the boundaries of the MIME document that is there`);
    expect(useOf('windows', managed)[0]).toContain('only where the launch template names an image');
    expect(useOf('windows', own)[0]).not.toContain('only where');
    const one = 'merged into the one --kubelet-extra-args of your call of bootstrap.sh, in place of the bad value';
    const beats = 'a second one would replace the first, and no file can change what an argument sets';
    expect(useOf('al2', own, byFlag)).toEqual([`${one}: ${beats}`]);
    expect(useOf('bottlerocket', managed)).toEqual(['merged into the user data of the launch template']);
    const whole = 'spec.userData is one text, so what is written there stays beside it';
    expect(useOf('al2', pool)).toEqual([`merged into the EC2NodeClass that node pool spot names: ${whole}`]);
  });

  it('of Amazon Linux is one part of user data without boundaries; a node class gets the whole document', () => {
    const [userData] = snippetsFor('al2', managed, options());
    const [nodeClass] = snippetsFor('al2', pool, options());
    const part = `Content-Type: text/x-shellscript; charset="us-ascii"

${al2Script(options()).trimEnd()}
`;
    const whole = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="BOUNDARY"

--BOUNDARY
${part}
--BOUNDARY--
`;

    expect(userData?.text).toBe(part);
    const ofNodeadm = snippetsFor('al2023', managed, options())[1]?.text;
    expect(ofNodeadm).toMatch(/^Content-Type: application\/node\.eks\.aws\n\n---\n/);
    expect(nodeClass?.text).toBe(`apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
spec:
  userData: |
${whole.replaceAll(/^(?=.)/gm, '    ')}`);
  });
});
