import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Benchmark } from '../../../lambda/core/judge/control.ts';
import { chosenControls } from '../../../lambda/core/judge/controls/catalogue/chosen-controls.ts';
import { controlsOf } from '../../../lambda/core/judge/controls/catalogue/find-control.ts';
import type { HeldRight } from '../../../lambda/core/model/model.ts';
import { controlList } from '../../../lambda/core/report/control-list.ts';
import { type Estate, startEstate } from '../../lab/estate/estate.ts';
import { labToken } from '../../lab/exports.ts';
import { type LocalProxy, localProxy } from '../../lab/kubernetes/local-proxy.ts';
import { type CliResult, nodeTimeout, runCli, runPackedCli } from '../run-cli.ts';

const slug = 'kubelet-client-ca-file';
let estate: Estate;
/** Every cluster, audited by the packed program as a user starts it, and published. */
let whole: Promise<CliResult>;

beforeAll(async () => {
  estate = await startEstate();
  const args = ['audit', '--node-timeout', nodeTimeout, '--controls', slug, '--publish', '--format', 'json'];
  whole = runPackedCli(args, { env: { ...env(), EKS_KUBELET_AUDIT_DEBUG: '1' } });
  await whole;
});
afterAll(async () => await estate?.close());

const env = () => {
  const { accessKeyId, secretAccessKey, sessionToken = '' } = estate.credentials;
  return {
    AWS_ENDPOINT_URL: estate.lab.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: estate.region,
  };
};
const auditAll = (...args: string[]) => runCli(['audit', '--node-timeout', nodeTimeout, ...args], { env: env() });
/** Most of these tests are about the road to a verdict: one control shows it. */
const audit = (...args: string[]) => auditAll('--controls', slug, ...args);

interface Report {
  readonly clusters: readonly {
    readonly cluster: { readonly name: string };
    readonly nodes: readonly {
      readonly node: { readonly name?: string; readonly key: string; readonly kind: string };
      readonly verdicts: Readonly<
        Record<string, { readonly status: string; readonly evidence?: { readonly via: string } }>
      >;
    }[];
    readonly problems: readonly { readonly code: string }[];
  }[];
}

/** Every kind of node, as the estate has it. */
const fleet = {
  'fleet ip-10-0-4-11': 'pass',
  'fleet ip-10-0-4-12': 'pass',
  'fleet ip-10-0-4-13': 'pass',
  'fleet ip-10-0-4-14': 'fail',
  'fleet ip-10-0-4-15': 'pass',
  'fleet ip-10-0-4-16': 'pass',
  'fleet ip-10-0-4-17': 'pass',
  'fleet ip-10-0-4-18': 'unknown',
  'fleet mi-04a2cf999b7112233': 'pass',
  'fleet rack-7': 'pass',
  'fleet ip-10-0-4-20': 'pass',
  'fleet ip-10-0-4-21': 'fail',
  'fleet i-03565916779bff19c': 'pass',
  'fleet i-0845aafcb51630ffb': 'not-applicable',
  'fleet fargate-ip-10-0-9-9': 'not-applicable',
  'fleet fargate-ip-10-0-9-10': 'pass',
  'fleet ip-10-0-4-66': 'unknown',
};

describe('eks-kubelet-audit audit', () => {
  it('judges every node of the estate, publishes the findings, and says what could not be reached', async () => {
    const { code, stdout } = await whole;
    const report: Report = JSON.parse(stdout);

    const verdicts = Object.fromEntries(
      report.clusters.flatMap(({ cluster, nodes }) =>
        nodes.map((each) => [
          `${cluster.name} ${(each.node.name ?? each.node.key).split('.')[0]}`,
          each.verdicts[slug]?.status,
        ]),
      ),
    );
    expect(verdicts).toEqual({
      'payments ip-10-0-1-11': 'pass',
      'payments ip-10-0-1-12': 'pass',
      'payments ip-10-0-1-21': 'pass',
      'payments ip-10-0-1-31': 'pass',
      'legacy no-ca': 'fail',
      'legacy no-ca-anonymous': 'fail',
      'legacy no-ca-and-no-ssm': 'warn',
      'legacy open-to-anybody': 'fail',
      'legacy no-config-file': 'fail',
      'legacy ca-but-open': 'pass',
      'legacy handlers-off': 'pass',
      'legacy other-ca': 'pass',
      'legacy hangs': 'unknown',
      'legacy sends-megabytes': 'unknown',
      'vault i-7661756c740000000': 'pass',
      'vault i-7661756c740000001': 'fail',
      'analytics i-616e616c797469000': 'pass',
      'analytics i-616e616c797469001': 'pass',
      ...fleet,
      'ledger as-started': 'pass',
      'ledger port-opened': 'pass',
      'ledger ca-taken-out': 'pass',
      'ledger another-ca': 'pass',
      'ledger ca-expires': 'pass',
      'ledger ca-gone': 'pass',
      'ledger edited-and-refuses': 'warn',
      'ledger refuses-unexplained': 'warn',
    });
    expect(
      Object.fromEntries(
        report.clusters.map(({ cluster, problems }) => [cluster.name, problems.map((one) => one.code)]),
      ),
    ).toEqual({
      payments: [],
      legacy: [],
      vault: ['api-unreachable'],
      analytics: ['credentials-refused'],
      fleet: [],
      ledger: [],
    });
    expect(code).toBe(1);

    const statuses = estate.lab.securityHub
      .findings(estate.accountId, estate.region)
      .map((each) => JSON.parse(JSON.stringify(each)).Compliance.Status);
    expect(
      Object.fromEntries(
        Map.groupBy(statuses, (each) => each)
          .entries()
          .map(([status, each]) => [status, each.length]),
      ),
    ).toEqual({ PASSED: 23, FAILED: 5, WARNING: 3, NOT_AVAILABLE: 3 });
  });

  it('recognises the kinds that AWS knows by tags, when no API server is asked', async () => {
    const { stdout } = await audit('fleet', '--sources', 'ssm');
    const line = (id: string) =>
      stdout.split('\n').find((each) => each.includes(id) && each.includes('kubelet-client-ca-file'));

    expect(line('i-0a17c3d5e7f902022')).toMatch(/ windows +windows .* unknown .*Windows nodes are not read over SSM/);
    expect(line('i-03565916779bff19c')).toMatch(/ general-purpose +auto-mode .* not-applicable /);
    expect(line('mi-04a2cf999b7112233')).toMatch(/ hybrid +hybrid .* pass /);
    expect(line('i-0a21c3d5e7f90ca21')).toMatch(/ batch +al2023 .* fail .*40-nodeadm\.conf, by SSM/);
  });

  describe('of every kind of node', () => {
    let nodes: Report['clusters'][number]['nodes'];

    beforeAll(async () => {
      const report: Report = JSON.parse((await whole).stdout);
      nodes = report.clusters.find(({ cluster }) => cluster.name === 'fleet')?.nodes ?? [];
    });

    it('runs the shell by SSM on each kind of Linux, and judges what it says', () => {
      const bySsm = nodes.filter((each) => each.verdicts[slug]?.evidence?.via === 'ssm');
      expect(new Set(bySsm.map((each) => each.node.kind))).toEqual(
        new Set(['al2', 'al2023', 'ubuntu', 'linux', 'bottlerocket', 'hybrid']),
      );
    });

    it('names group, AMI and launch template in the report', () => {
      expect(nodes.map((each) => each.node)).toContainEqual(
        expect.objectContaining({
          key: 'i-0a21c3d5e7f90ca21',
          group: { kind: 'karpenter', name: 'batch' },
          imageId: 'ami-0ca20230000000001',
          launchTemplate: { id: 'lt-0a210000000000021', version: '1' },
        }),
      );
    });

    it('names them in the finding', () => {
      const findings = JSON.parse(JSON.stringify(estate.lab.securityHub.findings(estate.accountId, estate.region)));
      expect(findings.flatMap((each: { Resources: object[] }) => each.Resources)).toContainEqual(
        expect.objectContaining({
          Id: expect.stringContaining('instance/i-0a21c3d5e7f90ca21'),
          Details: {
            Other: expect.objectContaining({
              NodeGroup: 'karpenter batch',
              NodeKind: 'al2023',
              ImageId: 'ami-0ca20230000000001',
              LaunchTemplate: 'lt-0a210000000000021 version 1',
            }),
          },
        }),
      );
    });
  });

  it('prints a table in which a person finds the node, its group, its kind, the verdict, the value and its origin', async () => {
    const { code, stdout, stderr } = await audit('payments');
    const line = stdout.split('\n').find((each) => /ip-10-0-1-31.*kubelet-client-ca-file/.test(each));

    expect(line).toMatch(
      /ip-10-0-1-31\S+ \(i-\w+\) +drop-ins +al2023 +3\.2\.3 kubelet-client-ca-file +pass +\/etc\/kubernetes\/pki\/ca\.crt +running configuration, by configz/,
    );
    expect(stdout).toContain('1 cluster, 4 nodes: access 4 pass\n4 verdicts of 1 control (cis-eks-1.8.0): 4 pass');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  /** How many controls configz shows, and what is left out then, as the report lists it. */
  const looksAt = (benchmark: Benchmark) => {
    const { controls, leftOut } = chosenControls([], { benchmark, sources: ['configz'] });
    const ofMachine = leftOut.filter(({ about }) => about.kind !== 'connection');
    const listed = controlList(ofMachine, { controls: [...controls, ...leftOut], benchmark });
    return { length: controls.length, listed };
  };

  /** How many controls a complete audit by configz and SSM looks at: all but what must be asked for by name, or what only a connection shows. */
  const complete = controlsOf('cis-eks-1.8.0').filter(
    ({ optIn, about }) => !optIn && about.kind !== 'connection',
  ).length;
  /** The summary of four nodes that pass so many controls. */
  const allPass = (count: number) =>
    `access 4 pass\n${4 * count} verdicts of ${count} controls (cis-eks-1.8.0): ${4 * count} pass`;

  it('ends a compliant cluster with 0, and says once what it did not look at and how to', async () => {
    const { length, listed } = looksAt('cis-eks-1.8.0');
    expect(listed).toMatch(/^\d+ controls: 3\.1\.1-3\.1\.4, 3\.2\.8, \d without a number$/);
    const { code, stdout } = await auditAll('payments');

    expect(stdout).toMatch(/4 nodes .* access +pass +the API server and all clients are authenticated and authorized/);
    expect(stdout.match(new RegExp(`all ${length} controls +pass +by configz`, 'g'))).toHaveLength(4);
    expect(stdout.match(/Not looked at/g)).toHaveLength(2);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      `Not looked at: ${listed}. Only the machine shows them; --complete asks SSM for them`,
    );
    expect(stdout).toContain(allPass(length));
    expect(code).toBe(0);
  });

  describe('of a compliant cluster that a kubeconfig or a proxy leads to', () => {
    const folder = mkdtempSync(join(tmpdir(), 'by-kubeconfig-'));
    const kubeconfig = join(folder, 'config');
    let proxy: LocalProxy;
    let arn: string;

    beforeAll(async () => {
      const payments = estate.clusters.find(({ name }) => name === 'payments');
      if (!payments) throw new Error('no payments');
      arn = payments.arn;
      writeFileSync(kubeconfig, payments.kubeconfig(labToken), { mode: 0o600 });
      proxy = await localProxy(payments, labToken);
    });
    afterAll(async () => {
      await proxy?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const flags = {
      kubeconfig: () => ['--kubeconfig', kubeconfig],
      proxy: () => ['--api-server', proxy.url],
    };

    it.each(['kubeconfig', 'proxy'] as const)('ends with 0 through a %s, by default without AWS', async (way) => {
      const { code, stdout } = await runCli(['audit', ...flags[way]()]);
      expect(stdout).toContain(allPass(looksAt('cis-eks-1.8.0').length));
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain('give its ARN as CLUSTER, and --sources configz,ssm');
      expect(code).toBe(0);
    });

    it('ends with 0 when it is complete, by its ARN', async () => {
      const args = ['audit', arn, ...flags.proxy(), '--sources', 'configz,ssm', '--complete'];
      const { code, stdout } = await runCli(args, { env: env() });
      expect(stdout.match(new RegExp(`all ${complete} controls +pass +by SSM, configz`, 'g'))).toHaveLength(4);
      expect(stdout.replaceAll(/\s+/g, ' ').match(/Not looked at: [^.]*\.[^.]*\./g)).toEqual([
        'Not looked at: kubelet-serving-certificate. Only a connection to the kubelet’s port shows it: --sources with direct, tls or wire.',
      ]);
      expect(stdout).toContain(allPass(complete));
      expect(code).toBe(0);
    });

    it.each(['table', 'json', 'markdown', 'html', 'csv', 'sarif', 'junit', 'asff', 'ocsf', 'oscal'])(
      'says in %s that nobody has verified who answered, and is incomplete, where TLS is not verified',
      async (format) => {
        const insecure = readFileSync(kubeconfig, 'utf8').replace(
          /certificate-authority-data: .*/,
          'insecure-skip-tls-verify: true',
        );
        writeFileSync(join(folder, 'insecure'), insecure, { mode: 0o600 });
        const { code, stdout, stderr } = await runCli([
          'audit',
          arn,
          '--kubeconfig',
          join(folder, 'insecure'),
          '--sources',
          'configz',
          '--format',
          format,
        ]);

        expect(code).toBe(2);
        expect(stdout + stderr).toContain('insecure-skip-tls-verify');
      },
    );

    it('does not advise what only EKS allows, when its token is refused', async () => {
      writeFileSync(join(folder, 'expired'), readFileSync(kubeconfig, 'utf8').replace(labToken, 'expired'), {
        mode: 0o600,
      });
      const { code, stdout } = await runCli(['audit', '--kubeconfig', join(folder, 'expired')]);
      expect(stdout).toMatch(/does not accept the credentials[\s\S]*has not expired/);
      expect(stdout).not.toMatch(/grant|access entry|--sources ssm/);
      expect(code).toBe(3);
    });
  });

  it('takes the numbers and the set of another version of the benchmark', async () => {
    const { stdout } = await auditAll('payments', '--benchmark', 'cis-eks-1.2.0');
    const { length, listed } = looksAt('cis-eks-1.2.0');
    expect(stdout.match(new RegExp(`all ${length} controls +pass +by configz`, 'g'))).toHaveLength(4);
    expect(stdout).toContain('(cis-eks-1.2.0)');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`Not looked at: ${listed}.`);
    // 3.2.10 is what 1.8.0 calls 3.2.8.
    expect(listed).toMatch(/3\.1\.1-3\.1\.4, 3\.2\.8, 3\.2\.10, \d without a number$/);
  });

  it('audits by SSM alone without asking any API server, and finds nothing missing then', async () => {
    const { code, stdout } = await audit('analytics', '--sources', 'ssm');
    expect(stdout).toContain('2 nodes known to AWS by tags');
    expect(stdout).not.toContain('!');
    expect(code).toBe(0);
  });

  it('prints findings as ASFF without publishing any', async () => {
    const { stdout } = await audit('payments', '--format', 'asff');
    const calls = estate.lab.calls.length;

    expect(JSON.parse(stdout)).toHaveLength(3);
    expect(estate.lab.calls.slice(calls).some((each) => each.operation === 'BatchImportFindings')).toBe(false);
  });

  it('says that Security Hub is switched off in one line, and keeps the verdicts', async () => {
    estate.lab.faults.inject('securityhub:*', {
      kind: 'error',
      code: 'InvalidAccessException',
      message: 'Account 111122223333 is not subscribed to AWS Security Hub',
      status: 401,
    });
    const { code, stdout } = await audit('payments', '--publish');
    estate.lab.faults.clear();

    expect(stdout.match(/^ {2}! .*Security Hub/gm)).toHaveLength(1);
    expect(stdout).toContain('4 pass');
    expect(code).toBe(2);
  });

  it('says how to deploy the document when it is missing, and still shows what configz said', async () => {
    estate.lab.faults.inject('ssm:ListDocumentVersions', {
      kind: 'error',
      code: 'InvalidDocument',
      message: 'Document with name EksKubeletAudit-KubeletProbe does not exist.',
    });
    const { code, stdout } = await audit('legacy');
    estate.lab.faults.clear();

    expect(stdout).toMatch(/document.*EksKubeletAudit-KubeletProbe[\s\S]*cdk deploy/);
    expect(stdout).toMatch(/no-ca\.internal.*warn/);
    expect(stdout).toMatch(/open-to-anybody\.internal.*fail/);
    expect(code).toBe(1);
  });

  it.each<[string, string[], Record<string, string>, number, RegExp]>([
    ['an unknown cluster', ['nowhere'], {}, 3, /no cluster named 'nowhere'.*\n.*--region/],
    [
      'a cluster of another account that has a namesake here',
      ['arn:aws:eks:eu-central-1:999988887777:cluster/payments'],
      {},
      3,
      /lead to 'arn:aws:eks:eu-central-1:111122223333:cluster\/payments', not to.*\n.*--profile/,
    ],
    [
      'a key that AWS does not know',
      [],
      { AWS_ACCESS_KEY_ID: 'AKIA000000000000' },
      3,
      /AWS does not accept these credentials.*sign in again/,
    ],
    ['an expired session', [], { AWS_SESSION_TOKEN: 'garbage' }, 3, /AWS does not accept these credentials/],
    [
      'SSM through a proxy that leads to nobody knows which cluster',
      ['--api-server', 'http://127.0.0.1:1', '--sources', 'ssm'],
      {},
      64,
      /--sources ssm needs.*ARN/,
    ],
    ['an unknown option', ['--sorces', 'ssm'], {}, 64, /unknown option '--sorces'[\s\S]*--sources/],
    ['an unknown value', ['--scope', 'pod'], {}, 64, /'pod'.*node-group/],
    [
      'a file that cannot be written',
      ['payments', '--output', '/nowhere/report'],
      {},
      3,
      /cannot be written to '\/nowhere\/report'/,
    ],
  ])('says what to do next about %s', async (_what, args, changed, exitCode, message) => {
    const { code, stdout, stderr } = await runCli(['audit', ...args], { env: { ...env(), ...changed } });
    expect(stdout + stderr).toMatch(message);
    expect(code).toBe(exitCode);
  });

  it('goes on with the other nodes when a Region is throttled for a while', async () => {
    estate.lab.faults.inject('eks:*', { kind: 'throttling' }, { times: 1 });
    estate.lab.faults.inject('ec2:*', { kind: 'throttling' }, { times: 1 });
    const { code } = await audit('payments');
    estate.lab.faults.clear();
    expect(code).toBe(0);
  });

  it.each([
    [
      'trading',
      'eu-west-1',
      [
        'Group debuggers',
        'IAM arn:aws:iam::111122223333:role/BreakGlass',
        'IAM arn:aws:iam::111122223333:role/OnCall',
        'ServiceAccount monitoring/agent',
        'ServiceAccount tools/operator',
        'User ann',
      ],
    ],
    [
      'legacy',
      'eu-central-1',
      ['Group eks-kubelet-audit (ours)', 'IAM arn:aws:iam::111122223333:role/EksKubeletAuditMember (ours)'],
    ],
  ])(
    'names exactly who was planted in %s as holders of nodes/proxy, and us where we are one',
    async (name, region, expected) => {
      const { code, stdout } = await runCli(
        ['audit', name, '--region', region, '--controls', '4.1.10', '--publish', '--format', 'json'],
        { env: env() },
      );
      const [found] = JSON.parse(stdout).clusters;
      const { evidence, status } = found.clusterVerdicts['cluster-proxy-holders'];
      const named = evidence.holders
        .filter(({ standing }: HeldRight) => standing === 'not-allowed')
        .map((each: HeldRight) => `${each.kind} ${each.name}${each.ours ? ' (ours)' : ''}`);
      expect(named).toEqual(expected);
      expect({ code, status }).toEqual({ code: 1, status: 'fail' });
    },
  );

  it('never prints a token or a whole configuration, not even in its debug log', async () => {
    const { stdout, stderr } = await whole;
    expect(stdout + stderr).not.toMatch(/k8s-aws-v1\.|X-Amz-Signature|clusterDNS|cgroupDriver/);
    expect(stdout + stderr).not.toContain(estate.credentials.sessionToken);
  });
});

describe('eks-kubelet-audit', () => {
  it('lists the controls', async () => {
    const { code, stdout } = await runCli(['controls', '--format', 'json']);
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ slug, number: '3.2.3', flag: '--client-ca-file' }),
    );
    expect(code).toBe(0);
  });

  it('names the variables that stand for flags, and where a default comes from', async () => {
    const { stdout } = await runCli(['audit', '--help'], { env: { EKS_KUBELET_AUDIT_MAX_CONCURRENT_NODES: '5' } });
    expect(stdout).toContain('EKS_KUBELET_AUDIT_COMPLETE=true, EKS_KUBELET_AUDIT_EVERY_SOURCE=true,');
    expect(stdout.replace(/\s+/g, ' ')).toContain('(default: 5, by EKS_KUBELET_AUDIT_MAX_CONCURRENT_NODES)');
  });

  it('needs a command, and says which there are', async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect(stdout + stderr).toMatch(/audit[\s\S]*evaluate[\s\S]*controls/);
    expect(code).toBe(64);
  });
});
