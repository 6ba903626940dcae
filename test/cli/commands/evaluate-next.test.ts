import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Log } from 'sarif';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { formats } from '../../../lambda/cli/report-formats.ts';
import { packedProgram } from '../../made-once.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { nodesOf, runCli } from '../run-cli.ts';

const lab = join(import.meta.dirname, '../../lab/next-node');
const folder = temporaryFolder();

const cluster = 'arn:aws:eks:eu-west-1:111122223333:cluster/payments';

const next = (args: readonly string[], stdin = '') => runCli(['evaluate', 'next', ...args], { stdin });

const write = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** The exit code and `line control level` of what code scanning shows, which is all in that file. */
async function alertsOf(name: string, ...args: readonly string[]): Promise<readonly [number | null, ...string[]]> {
  const { code, stdout } = await next([join(lab, name), '-f', 'sarif', ...args]);
  const sarif: Log = JSON.parse(stdout);
  const found = (sarif.runs[0]?.results ?? [])
    .filter(({ level }) => level !== 'note')
    .map(({ ruleId, locations, level }) => {
      const { artifactLocation, region } = locations?.[0]?.physicalLocation ?? {};
      expect(artifactLocation?.uri?.split('/').at(-1)).toBe(name);
      return `${region?.startLine} ${ruleId} ${level}`;
    });
  return [code, ...found.sort()];
}

/** One judgement, written in every format. */
async function everyFormat(file: string) {
  const place = mkdtempSync(join(folder, 'formats-'));
  const outputs = formats.flatMap((format) => ['-f', format, '-o', join(place, format)]);
  const { code, stdout, stderr } = await next([file, '--cluster', cluster, ...outputs]);
  expect(stdout).toBe('');
  return { code, outputs: [...formats.map((format) => contentsOf(join(place, format))), stderr] };
}

/** Also of what is packed. */
function contentsOf(path: string): string {
  const bytes = readFileSync(path);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** What code scanning shows of each file, and the exit code. */
const alerts: Readonly<Record<string, readonly [code: number, ...alerts: readonly string[]]>> = {
  'karpenter.yaml': [1, '22 kubelet-read-only-port error', '38 kubelet-anonymous-auth error'],
  'karpenter-other-families.yaml': [1, '9 kubelet-rotate-server-certificate warning'],
  'eksctl.yaml': [
    1,
    '13 kubelet-read-only-port error',
    '22 kubelet-rotate-server-certificate warning',
    '41 kubelet-anonymous-auth error',
  ],
  'cloudformation.yaml': [1, '27 kubelet-read-only-port error'],
  'cdk.template.json': [1, '24 kubelet-read-only-port error'],
  'launch-templates.json': [2],
  'terraform-plan.json': [1, '53 kubelet-read-only-port error'],
  'user-data-al2023.txt': [1, '22 kubelet-authorization-mode error', '25 kubelet-read-only-port error'],
  'user-data-al2.sh': [1, '4 kubelet-anonymous-auth error'],
  'bottlerocket.toml': [
    1,
    ...['anonymous-auth', 'authorization-mode', 'client-ca-file'].map((each) => `6 kubelet-${each} error`),
  ],
  'hybrid.yaml': [1, '14 kubelet-read-only-port error'],
};

describe('evaluate next', () => {
  it.each(Object.entries(alerts))('%s: each failure has its line', async (name, expected) => {
    expect(await alertsOf(name)).toEqual(expected);
  });

  it('has an expectation of each file of the lab', () =>
    expect(readdirSync(lab).sort()).toEqual(Object.keys(alerts).sort()));

  it('prints every format, those of findings with the cluster’s ARN only', async () => {
    const { code, outputs } = await everyFormat(join(lab, 'karpenter.yaml'));
    expect(code).toBe(1);
    for (const [index, format] of formats.entries()) expect(outputs[index], format).toContain('readOnlyPort');
    for (const format of ['asff', 'ocsf']) {
      const without = await next([join(lab, 'karpenter.yaml'), '-f', format]);
      expect(without).toMatchObject({ code: 64, stderr: expect.stringContaining('--cluster') });
    }
  });

  it('leaves a result that report reads back, with the file and line', async () => {
    const result = write('result.json', (await next([join(lab, 'hybrid.yaml'), '-f', 'json'])).stdout);
    const { code, stdout } = await runCli(['report', result, '-f', 'csv']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/hybrid\.yaml, line 14/);
  });

  it('takes a person’s word for the AMI and the version before the file’s', async () => {
    const standard = await alertsOf('launch-templates.json', '--ami', 'standard');
    expect(standard).toEqual([1, '11 kubelet-anonymous-auth error']);
    expect(await alertsOf('hybrid.yaml', '--ami', 'custom')).toEqual([2]);
    const nulls =
      'apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {kubelet: {config: {authentication: {x509: null}}}}\n';
    const codeOf = async (...version: readonly string[]) =>
      (await next(['-', '--controls', '3.2.3', ...version], nulls)).code;
    expect(await codeOf('--kubelet-version', '1.34')).toBe(1);
    expect(await codeOf()).toBe(2);
  });

  it('finds the node class of a NodePool in another file, and says of which it has none', async () => {
    const [pools = '', classes = ''] = readFileSync(join(lab, 'karpenter.yaml'), 'utf8').split('\n---\n');
    const [pool, nodeClass] = [write('pool.yaml', pools), write('class.yaml', classes)];
    expect((await next([pool, nodeClass, '-f', 'csv'])).stdout).toContain('general,');
    const alone = await next([pool]);
    expect(alone.stdout).toContain('no file has its EC2NodeClass al2023');
    expect(alone.code).toBe(2);
  });

  it('judges the other files when one cannot be read, and says which', async () => {
    const hcl = write('main.tf', 'resource "aws_launch_template" "a" {\n}\n');
    const { code, stdout, stderr } = await next([hcl, join(lab, 'karpenter.yaml'), '-f', 'csv']);
    expect(stderr).toMatch(/^error: '.*main\.tf' is not judged: .*terraform show -json/);
    expect(stdout).toContain('kubelet-read-only-port');
    expect(code).toBe(1);
    expect((await next([hcl])).code).toBe(3);
  });

  it.each([
    [['--kubelet-version', 'new'], /is no version of Kubernetes/],
    [['--cluster', 'payments'], /is no ARN of an EKS cluster/],
    [['--fix', '-f', 'json'], /--fix prints a difference/],
    [['--as', 'helm'], /Allowed choices are karpenter, eksctl/],
  ])('%j is wrong usage', async (args, words) => {
    const { code, stderr } = await next([join(lab, 'karpenter.yaml'), ...args]);
    expect(stderr).toMatch(words);
    expect(code).toBe(64);
  });
});

describe('what a tool makes of a file', () => {
  const indented = (text: string, by: number): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
  const nodeConfig = (kubelet: string): string =>
    `apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {kubelet: ${kubelet}}\n`;
  const open = nodeConfig('{config: {readOnlyPort: 10255}}');
  const nodeClass = (userData: string, more = '', ami = 'alias: al2023@latest'): string =>
    `apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nmetadata: {name: a}\nspec:\n  amiSelectorTerms: [{${ami}}]\n${more}  userData: |\n${indented(userData, 4)}`;
  const eksctl = (group: string, list = 'nodeGroups'): string =>
    `apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: a, region: b, version: "1.34"}\n${list}:\n  - name: x\n${indented(group, 4)}`;
  const template = (userData: string): string =>
    `Resources:\n  T:\n    Type: AWS::EC2::LaunchTemplate\n    Properties:\n      LaunchTemplateData:\n        UserData:\n${indented(userData, 10)}`;
  const parametrised = (kubelet: string): string => template(`Fn::Base64: !Sub |\n${indented(nodeConfig(kubelet), 2)}`);
  const plan = (type: string, values: object): string => {
    const resources = [{ address: `${type}.a`, type, name: 'a', values }];
    return JSON.stringify({ format_version: '1.2', planned_values: { root_module: { resources } } });
  };
  const nodeGroup = (template: readonly object[]): string =>
    plan('aws_eks_node_group', { ami_type: 'AL2023_x86_64_STANDARD', launch_template: template });
  const bottlerocket = 'alias: bottlerocket@latest';

  const al2 = 'amiFamily: AmazonLinux2\nkubeletExtraConfig: {readOnlyPort: 10255}\n';
  const port = 'kubelet-read-only-port';
  /** By the verdict of that control. */
  const texts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    pass: {
      'Karpenter puts spec.kubelet behind the user data': nodeClass(open, '  kubelet: {readOnlyPort: 0}\n'),
      'Karpenter drops standalone-mode, however it is written': nodeClass(
        'settings.kubernetes.standalone-mode = true\n',
        '',
        bottlerocket,
      ),
      'a command of its own replaces what eksctl merges': eksctl(
        `${al2}overrideBootstrapCommand: /etc/eks/bootstrap.sh a\n`,
      ),
      'a node group without a template has the defaults': nodeGroup([]),
    },
    fail: {
      'flags of the user data stay, and flags win': nodeClass(
        nodeConfig('{flags: ["--read-only-port=10255"]}'),
        '  kubelet: {readOnlyPort: 0}\n',
      ),
      'eksctl merges kubeletExtraConfig on AL2': eksctl(al2),
      'a parameter may be in another flag': parametrised(
        '{config: {readOnlyPort: 10255}, flags: ["--node-labels=${Labels}"]}',
      ),
      'Terraform applies a node class': plan('kubectl_manifest', { yaml_body: nodeClass(open) }),
      'Terraform applies a node class as an object': plan('kubernetes_manifest', { manifest: parse(nodeClass(open)) }),
    },
    unknown: {
      'user data of Karpenter is plain text: base64 is a script': nodeClass(
        `${Buffer.from(open).toString('base64')}\n`,
      ),
      'comments alone are a NodeConfig, and none': nodeClass('# nothing\n'),
      'a null may be dropped on its way': nodeClass(open, '  kubelet: {readOnlyPort: null}\n'),
      'an AMI that is chosen by id is not EKS’s': nodeClass(
        open.replace('10255', '0'),
        '  amiFamily: AL2023\n',
        'id: ami-1',
      ),
      'what Karpenter drops of an inline table is not followed': nodeClass(
        'settings.kubernetes = {standalone-mode = true, event-qps = 5}\n',
        '',
        bottlerocket,
      ),
      'eksctl decodes without regard to case': eksctl(
        `overrideBootstrapCommand: |\n${indented(open.replace('spec', 'Spec'), 2)}`,
        'managedNodeGroups',
      ),
      'a template that is only named is not read': eksctl('launchTemplate: {id: lt-1}\n', 'managedNodeGroups'),
      'a parameter among the arguments of bootstrap.sh may be any': template(
        'Fn::Base64: !Sub |\n  #!/bin/bash\n  /etc/eks/bootstrap.sh ${Cluster} ${Arguments}\n',
      ),
      'a parameter is in a judged flag': parametrised('{flags: ["--read-only-port=${Port}"]}'),
      'a condition decides': template('Fn::If: [A, {Fn::Base64: x}, {Fn::Base64: y}]\n'),
      'a loop may make nodes':
        "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Fn::ForEach::Nodes: [A, [b], {}]\n",
      'a node group has its template elsewhere': nodeGroup([{ id: 'lt-1', version: '3' }]),
    },
  };
  const cases = Object.entries(texts).flatMap(([verdict, each]) =>
    Object.entries(each).map(([what, text]) => [what, verdict, text] as const),
  );

  it.each(cases)('is as the tool has it where %s: %s', async (_, verdict, text) => {
    const { stdout } = await next(['-', '-f', 'json', '--controls', port, '--kubelet-version', '1.34'], text);
    expect(nodesOf(stdout).map(({ verdicts }) => verdicts[port]?.status)).toEqual([verdict]);
  });

  it.each([
    [
      'eksctl refuses authentication in kubeletExtraConfig',
      eksctl('kubeletExtraConfig: {authentication: {anonymous: {enabled: false}}}\n'),
    ],
    [
      'eksctl has no kubeletExtraConfig for managed node groups',
      eksctl('kubeletExtraConfig: {maxPods: 3}\n', 'managedNodeGroups'),
    ],
    [
      'Karpenter takes open fields for AL2023 only',
      nodeClass('[settings.kubernetes]\n', '  kubelet: {eventRecordQPS: 5}\n', bottlerocket),
    ],
  ])('is no node, and ends with 2, where %s', async (_, text) => {
    const { code, stdout } = await next(['-'], text);
    expect(stdout).toContain('no node comes of');
    expect(code).toBe(2);
  });
});

describe('--fix', () => {
  it('prints what git applies, and all files that can be edited pass then', async () => {
    const repository = join(folder, 'repository');
    cpSync(lab, join(repository, 'nodes and pools'), { recursive: true });
    execFileSync('git', ['init', '-q'], { cwd: repository });
    const inside = process.cwd();
    try {
      process.chdir(repository);
      const names = readdirSync(lab).filter((name) => !name.endsWith('.json'));
      const files = names.map((name) => `nodes and pools/${name}`);
      const { code, stdout } = await next([...files, '--fix']);
      expect(code).toBe(1);
      execFileSync('git', ['apply', '-'], { cwd: repository, input: stdout });
      expect((await next([...files, '--only', 'fail'])).code).toBe(2);
      expect((await next([...files, '--fix'])).stdout).toBe('');
    } finally {
      process.chdir(inside);
    }
  });
});

describe('secrets', () => {
  const decoded = (text: string): string =>
    [
      text,
      ...[...text.matchAll(/[A-Za-z0-9+/]{24,}={0,2}/g)].map(([each]) => Buffer.from(each, 'base64').toString('utf8')),
    ].join('\n');
  const secretsOf = (name: string): readonly string[] => [
    ...new Set([...decoded(readFileSync(join(lab, name), 'utf8')).matchAll(/EXAMPLE\w+/g)].map(([each]) => each)),
  ];
  /** As text, in base64 wherever it begins, and in an address. */
  const shapesOf = (secret: string): readonly string[] => [
    secret,
    encodeURIComponent(secret),
    ...[0, 1, 2].map((shift) =>
      Buffer.from('x'.repeat(shift) + secret)
        .toString('base64')
        .slice(shift === 0 ? 0 : shift + 1, -4),
    ),
  ];

  it.each(readdirSync(lab))('of %s are in no report, no difference and no message', async (name) => {
    const secrets = secretsOf(name);
    expect(secrets.length).toBeGreaterThan(0);
    const file = join(lab, name);
    const reports = join(folder, `reports-${name}`);
    mkdirSync(reports);

    const { outputs } = await everyFormat(file);
    const printed = [
      ...(await Promise.all(['standard', 'custom'].map((ami) => next([file, '--fix', '--ami', ami])))),
      await next([file, '--report', reports, '-v']),
      await next([file, '--as', name.startsWith('eksctl') ? 'al2023' : 'eksctl']),
      await next([file, '--as', 'al2']),
      await next(['-'], readFileSync(file, 'utf8').slice(0, -20)),
    ].flatMap(({ stdout, stderr }) => [stdout, stderr]);
    outputs.push(...printed, ...readdirSync(reports).map((each) => contentsOf(join(reports, each))));

    expect(outputs.join('').length).toBeGreaterThan(10_000);
    for (const shape of secrets.flatMap(shapesOf)) expect(outputs.filter((each) => each.includes(shape))).toEqual([]);
  });
});

describe('20 MB of junk', () => {
  const megabytes = 20 * 1024 * 1024 - 100;
  const repeated = (text: string): Buffer => Buffer.alloc(megabytes, text);
  const junk: Readonly<Record<string, Buffer>> = {
    'brackets without an end': repeated('['),
    'a list of objects': Buffer.concat([Buffer.from('['), repeated('{"a":1},'), Buffer.from('1]')]),
    'lines of YAML': repeated('- a\n'),
    'base64 in a launch template': Buffer.concat([
      Buffer.from('{"LaunchTemplateVersions":[{"LaunchTemplateData":{"UserData":"'),
      repeated('QUJD').subarray(0, megabytes - 200),
      Buffer.from('"}}]}'),
    ]),
    'no text': repeated('\u0000\u00ff'),
  };

  it.each(Object.entries(junk))('%s ends in an error, within 320 MB', async (name, bytes) => {
    const file = write(`junk-${name.replaceAll(' ', '-')}`, bytes);
    // maxRSS would count the memory of the process that started it.
    const peak = "readFileSync('/proc/self/status','utf8').match(/VmHWM:\\s+(\\d+)/)[1]";
    const measure = `data:text/javascript,import{readFileSync}from'node:fs';process.on('exit',()=>process.stderr.write('rss '+${peak}))`;
    const limits = ['--max-semi-space-size=8', '--max-old-space-size=320', '--import', measure];
    const program = [...limits, await packedProgram(), 'evaluate', 'next', file];
    const env = { PATH: process.env['PATH'] };
    const { status, stderr } = spawnSync(process.execPath, program, { encoding: 'utf8', env });
    rmSync(file);
    expect([2, 3], stderr).toContain(status);
    expect(Number(/rss (\d+)/.exec(stderr)?.[1])).toBeLessThan(320 * 1024);
  });
});

it('keeps one hash of what it read, that of the file as a whole', async () => {
  const { stdout } = await next([join(lab, 'hybrid.yaml'), '-f', 'json', '--kubelet-version', '1.34']);
  const sha256 = createHash('sha256')
    .update(readFileSync(join(lab, 'hybrid.yaml')))
    .digest('hex');
  const hashes = new Set([...stdout.matchAll(/"sha256": ?"([0-9a-f]{64})"/g)].map(([, hash]) => hash));
  expect(hashes).toEqual(new Set([sha256]));
});
