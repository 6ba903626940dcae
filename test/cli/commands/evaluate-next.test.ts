import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Log } from 'sarif';
import { describe, expect, it } from 'vitest';
import { formats } from '../../../lambda/cli/report-targets.ts';
import { packedProgram } from '../../made-once.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { runCli } from '../run-cli.ts';

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
    '40 kubelet-anonymous-auth error',
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
    for (const [index, format] of formats.entries()) {
      const named = format === 'nodes-csv' ? 'read-only port open' : 'readOnlyPort';
      expect(outputs[index], format).toContain(named);
    }
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

  it('finds the node class of a NodePool in another file, and names the pools without one', async () => {
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
    [['--kubelet-version', 'new'], /is not a version of Kubernetes/],
    [['--cluster', 'payments'], /is not the ARN of an EKS cluster/],
    [['--fix', '-f', 'json'], /--fix prints a difference/],
    [['--as', 'helm'], /is not one of karpenter, eksctl/],
  ])('%j is wrong usage', async (args, words) => {
    const { code, stderr } = await next([join(lab, 'karpenter.yaml'), ...args]);
    expect(stderr).toMatch(words);
    expect(code).toBe(64);
  });
});

const openPort =
  'apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {kubelet: {config: {readOnlyPort: 10255}}}\n';
const beside = (script: string, config: string): string =>
  `Content-Type: multipart/mixed; boundary="B"\n\n--B\nContent-Type: application/node.eks.aws\n\n${config}\n--B\nContent-Type: text/x-shellscript\n\n${script}\n--B--\n`;
const plain = openPort.replace('10255', '0');

describe('beside a script', () => {
  const judge = async (script: string, config: string) => {
    const file = write('user-data.txt', beside(script, config));
    const { code, stdout } = await next([file, '-f', 'json', '--controls', '3.2.4', '--kubelet-version', '1.34']);
    const verdict = JSON.parse(stdout).clusters[0].nodes[0].verdicts['kubelet-read-only-port'];
    return {
      code,
      status: verdict.status,
      because: verdict.because ?? verdict.evidence.notes.join(),
      line: verdict.evidence?.origin.line,
    };
  };

  it.each<[string, string, { code: number; status: string; because: RegExp; line?: number }]>([
    ['#!/bin/bash\ndnf install -y htop', openPort, { code: 1, status: 'fail', because: /^not running yet/, line: 8 }],
    ['#!/bin/bash\ndnf install -y htop', plain, { code: 0, status: 'pass', because: /^not running yet/, line: 8 }],
    [
      '#!/bin/bash\ncurl x | bash',
      openPort,
      { code: 1, status: 'fail', because: /^a script of this file may change it: part 2, line 2/, line: 8 },
    ],
    [
      '#!/bin/bash\ncurl x | bash',
      plain,
      { code: 2, status: 'unknown', because: /^part 2, line 2 does more than this file shows/ },
    ],
    [
      '#!/bin/bash\nsystemctl stop kubelet',
      plain,
      { code: 2, status: 'unknown', because: /^part 2, line 2 changes or may change the kubelet/ },
    ],
    // To bash the here-document has no end, and the command behind it runs where Karpenter takes the carriage return out.
    [
      '#!/bin/bash\ncat >/tmp/x <<E\r\na\nE\r\nsed -i s/0/1/ /etc/kubernetes/kubelet/config.json',
      plain,
      { code: 2, status: 'unknown', because: /carriage return/ },
    ],
  ])('%j a stated value counts, and nothing passes by chance', async (script, config, expected) => {
    expect(await judge(script, config)).toEqual({
      line: undefined,
      ...expected,
      because: expect.stringMatching(expected.because),
    });
  });

  it('is accepted, and stays unknown, where a file of waivers names each script by its hash', async () => {
    const script = '#!/bin/bash\ncurl x | bash';
    const file = write('user-data.txt', beside(script, plain));
    const accepted = (...texts: readonly string[]) =>
      write(
        'waivers.json',
        JSON.stringify({
          waivers: texts.map((text) => ({
            script: createHash('sha256').update(text).digest('hex'),
            cluster: '*',
            owner: 'team-payments',
            reason: 'our agent',
            expires: new Date().toISOString().slice(0, 10),
          })),
        }),
      );
    const given = async (waivers: string, ...more: readonly string[]) => {
      const { code, stdout, stderr } = await next([file, '--waivers', waivers, ...more]);
      return `${code} ${stdout}${stderr}`;
    };
    expect(await given(accepted(script))).toMatch(
      /^0 [\s\S]*accepted until [\d-]+ by team-payments: part 2, line 2 does/,
    );
    expect(await given(accepted(script), '--fail-on', 'unknown')).toMatch(/^1 /);
    expect(await given(accepted(`${script}\n`))).toMatch(/^2 /);
    expect(await given(file)).toMatch(/^64 .*cannot accept its own/);
  });

  it('is fixed by --fix all the same', async () => {
    const file = write('user-data.txt', beside('#!/bin/bash\ncurl x | bash', openPort));
    const { code, stdout } = await next([file, '--fix']);
    expect(stdout).toContain('+spec: {kubelet: {config: {readOnlyPort: 0}}}');
    expect(code).toBe(1);
  });
});

describe('a file that makes nodes and cannot be read', () => {
  const template = (userData: unknown, more: object = {}) =>
    JSON.stringify({
      ...more,
      Resources: {
        T: {
          Type: 'AWS::EC2::LaunchTemplate',
          Properties: { LaunchTemplateData: { UserData: { 'Fn::Base64': userData } } },
        },
      },
    });
  const resource = (apiVersion: string, kind: string) =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}\n`;
  const nodeClass = `${resource('karpenter.k8s.aws/v1', 'EC2NodeClass')}spec: {amiSelectorTerms: [{alias: al2023@latest}], userData: ${JSON.stringify(openPort)}}\n`;
  const nodeadm = `${resource('bootstrap.cluster.x-k8s.io/v1beta2', 'NodeadmConfigTemplate')}spec: {template: {spec: {kubelet: {config: {readOnlyPort: 10255}}, preNodeadmCommands: [mkdir -p /data]}}}\n`;
  const instance = JSON.stringify({
    Resources: {
      I: { Type: 'AWS::EC2::Instance', Properties: { ImageId: 'ami-1', UserData: { 'Fn::Base64': openPort } } },
    },
  });

  it.each<[string, string | Buffer, number, RegExp]>([
    [
      'EKSConfigTemplate',
      resource('bootstrap.cluster.x-k8s.io/v1beta2', 'EKSConfigTemplate'),
      3,
      /EKSConfigTemplate of bootstrap.* is not read; supported are EC2NodeClass/,
    ],
    [
      'a launch template of ACK',
      resource('ec2.services.k8s.aws/v1alpha1', 'LaunchTemplate'),
      3,
      /LaunchTemplate of ec2.* is not read/,
    ],
    [
      'a launch template of Crossplane',
      resource('ec2.aws.upbound.io/v1beta1', 'LaunchTemplate'),
      3,
      /LaunchTemplate of ec2.* is not read/,
    ],
    ['a Deployment', resource('apps/v1', 'Deployment'), 3, /no node was judged.*supported are EC2NodeClass/],
    ['NodeadmConfigTemplate', nodeadm, 1, /read-only port open/],
    [
      'a list of node classes',
      JSON.stringify({
        apiVersion: 'karpenter.k8s.aws/v1',
        kind: 'EC2NodeClassList',
        items: [
          JSON.parse(
            JSON.stringify({
              apiVersion: 'karpenter.k8s.aws/v1',
              kind: 'EC2NodeClass',
              metadata: { name: 'x' },
              spec: { amiSelectorTerms: [{ alias: 'al2023@latest' }], userData: openPort },
            }),
          ),
        ],
      }),
      1,
      /read-only port open/,
    ],
    [
      'a node class beside something unsupported',
      `${nodeClass}---\n${resource('ec2.services.k8s.aws/v1alpha1', 'LaunchTemplate')}`,
      1,
      /may make nodes, and is not read/,
    ],
    ['AWS::EC2::Instance', instance, 2, /AMI is not EKS-optimized/],
    [
      'a template whose command is a parameter',
      template({ 'Fn::Sub': '#!/bin/bash\n${Cmd}\n' }),
      2,
      /not known which bootstrap/,
    ],
    [
      'a template with a macro',
      template(openPort, { Transform: ['MyMacro'] }),
      2,
      /a transform of the template may change it/,
    ],
    ['packed user data', gzipSync(beside('#!/bin/bash\necho x', openPort)), 1, /read-only port open/],
  ])('%s ends the command with its own code', async (name, content, expected, words) => {
    const { code, stdout, stderr } = await next([
      write('file', content),
      '--controls',
      '3.2.4',
      '--kubelet-version',
      '1.34',
    ]);
    expect(`${stdout}${stderr}`.replaceAll(/\s+/g, ' '), name).toMatch(words);
    expect(code).toBe(expected);
  });

  it('passes without a node only where a person expects that', async () => {
    const other = write('other.yaml', resource('apps/v1', 'Deployment'));
    expect((await next([other, '--allow-empty'])).code).toBe(0);
    expect((await next([other, '--fail-on', 'never'])).code).toBe(3);
  });
});

it('makes no node of a file that its tool refuses, and ends with 2', async () => {
  const group = '{name: x, kubeletExtraConfig: {maxPods: 3}}';
  const text = `apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmanagedNodeGroups: [${group}]\n`;
  const { code, stdout } = await next(['-'], text);
  expect(stdout).toContain('no node comes of');
  expect(code).toBe(2);
});

describe('--fix', () => {
  it('prints a difference that git applies, after which all files that can be edited pass', async () => {
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

it('keeps one hash of each file, over all of its bytes', async () => {
  const { stdout } = await next([join(lab, 'hybrid.yaml'), '-f', 'json', '--kubelet-version', '1.34']);
  const sha256 = createHash('sha256')
    .update(readFileSync(join(lab, 'hybrid.yaml')))
    .digest('hex');
  const hashes = new Set([...stdout.matchAll(/"sha256": ?"([0-9a-f]{64})"/g)].map(([, hash]) => hash));
  expect(hashes).toEqual(new Set([sha256]));
});
