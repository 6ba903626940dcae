import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chosenControls, controlsOf } from '../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { controlList } from '../../../lambda/core/report/report.ts';
import { type Estate, startEstate } from '../../lab/estate/estate.ts';
import { labToken } from '../../lab/exports.ts';
import { localProxy } from '../../lab/kubernetes/local-proxy.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { awsVariables, type CliResult, clustersOf, nodesOf, nodeTimeout, runCli, runPackedCli } from '../run-cli.ts';

const slug = 'kubelet-client-ca-file';
const benchmark = 'cis-eks-1.8.0';
let estate: Estate;
/** Every cluster, audited by the packed program as a user starts it, and published. */
let whole: CliResult;

beforeAll(async () => {
  estate = await startEstate();
  const args = ['audit', '--node-timeout', nodeTimeout, '--controls', slug, '--publish', '--format', 'json'];
  whole = await runPackedCli(args, { env: { ...env(), EKS_KUBELET_AUDIT_DEBUG: '1' } });
});
afterEach(() => estate.lab.faults.clear());
afterAll(async () => await estate?.close());

const env = () => awsVariables(estate.lab, estate.credentials, estate.region);
const auditAll = (...args: string[]) => runCli(['audit', '--node-timeout', nodeTimeout, ...args], { env: env() });
/** Most of these tests are about the road to a verdict: one control shows it. */
const audit = (...args: string[]) => auditAll('--controls', slug, ...args);
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');
const findings = () => JSON.parse(JSON.stringify(estate.lab.securityHub.findings(estate.accountId, estate.region)));

/** The nodes of each cluster by the status of their verdict, and its problems. */
const judged = {
  payments: { pass: 'ip-10-0-1-11 ip-10-0-1-12 ip-10-0-1-21 ip-10-0-1-31' },
  legacy: {
    fail: 'no-ca no-ca-anonymous no-config-file open-to-anybody',
    warn: 'no-ca-and-no-ssm',
    pass: 'ca-but-open handlers-off other-ca',
    unknown: 'hangs sends-megabytes',
  },
  vault: { pass: 'i-7661756c740000000', fail: 'i-7661756c740000001', problems: 'api-unreachable' },
  analytics: { pass: 'i-616e616c797469000 i-616e616c797469001', problems: 'credentials-refused' },
  // Every kind of node.
  fleet: {
    pass: 'fargate-ip-10-0-9-10 i-03565916779bff19c ip-10-0-4-11 ip-10-0-4-12 ip-10-0-4-13 ip-10-0-4-15 ip-10-0-4-16 ip-10-0-4-17 ip-10-0-4-20 mi-04a2cf999b7112233 rack-7',
    fail: 'ip-10-0-4-14 ip-10-0-4-21',
    unknown: 'ip-10-0-4-18 ip-10-0-4-66',
    'not-applicable': 'fargate-ip-10-0-9-9 i-0845aafcb51630ffb',
  },
  ledger: {
    pass: 'another-ca as-started ca-expires ca-gone ca-taken-out port-opened',
    warn: 'edited-and-refuses refuses-unexplained',
  },
};

/** How many controls configz shows, and what is left out then, as the report lists it. */
function looksAt(): { readonly length: number; readonly listed: string } {
  const { controls, leftOut } = chosenControls([], { benchmark, sources: ['configz'] });
  const ofMachine = leftOut.filter(({ about }) => about.kind !== 'connection');
  return {
    length: controls.length,
    listed: controlList(ofMachine, { controls: [...controls, ...leftOut], benchmark: 'cis-eks-2.0.0' }),
  };
}

/** A kubeconfig and a proxy don't say which version a cluster has. */
const unknownVersion = `${benchmark}, as the cluster’s Kubernetes version is not known`;

/** The summary of four nodes that pass so many controls. */
const allPass = (count: number, numbers = unknownVersion) =>
  `All 4 nodes are closed\n${4 * count} verdicts of ${count} controls (${numbers}): ${4 * count} pass`;

describe('eks-kubelet-audit audit', () => {
  it('judges every node of the estate, publishes the findings, and names every node that it could not reach', () => {
    const found = clustersOf(whole.stdout).map(({ cluster, nodes, problems }) => {
      const byStatus = Map.groupBy(nodes, ({ verdicts }) => verdicts[slug]?.status ?? 'none');
      const named = byStatus.entries().map(([status, some]) => {
        const names = some.map(({ node: { name, key } }) => (name ?? key).split('.')[0]);
        return [status, names.toSorted().join(' ')];
      });
      const codes = problems.map(({ code }) => code).join(' ');
      return [cluster.name, { ...Object.fromEntries(named), ...(codes && { problems: codes }) }];
    });
    expect(Object.fromEntries(found)).toEqual(judged);
    expect(whole.code).toBe(1);

    const statuses = Object.groupBy(findings(), (each: { Compliance: { Status: string } }) => each.Compliance.Status);
    const counts = Object.entries(statuses).map(([status, each]) => `${status} ${each?.length}`);
    expect(counts.toSorted()).toEqual(['FAILED 5', 'NOT_AVAILABLE 3', 'PASSED 23', 'WARNING 3']);
  });

  it('runs the shell by SSM on each kind of Linux, and names group, AMI and launch template of its node', () => {
    const { nodes = [] } = clustersOf(whole.stdout).find(({ cluster }) => cluster.name === 'fleet') ?? {};
    const bySsm = nodes.filter((each) => each.verdicts[slug]?.evidence?.via === 'ssm');
    const kinds = new Set(bySsm.map((each) => each.node.kind));
    expect(kinds).toEqual(new Set(['al2', 'al2023', 'ubuntu', 'linux', 'bottlerocket', 'hybrid']));
    expect(nodes.map(({ node }) => node)).toContainEqual(
      expect.objectContaining({
        key: 'i-0a21c3d5e7f90ca21',
        group: { kind: 'karpenter', name: 'batch' },
        imageId: 'ami-0ca20230000000001',
        launchTemplate: { id: 'lt-0a210000000000021', version: '1' },
      }),
    );
    const resources = findings().flatMap((each: { Resources: object[] }) => each.Resources);
    expect(resources.find(({ Id }: { Id: string }) => Id.includes('instance/i-0a21c3d5e7f90ca21'))).toMatchObject({
      Details: {
        Other: {
          NodeGroup: 'karpenter batch',
          NodeKind: 'al2023',
          ImageId: 'ami-0ca20230000000001',
          LaunchTemplate: 'lt-0a210000000000021 version 1',
        },
      },
    });
  });

  it('never prints a token or a whole configuration, not even in its debug log', () => {
    const printed = whole.stdout + whole.stderr;
    expect(printed).not.toMatch(/k8s-aws-v1\.|X-Amz-Signature|clusterDNS|cgroupDriver/);
    expect(printed).not.toContain(estate.credentials.sessionToken);
  });

  it('recognises the kinds that AWS knows by tags, when no API server is asked', async () => {
    const { stdout } = await audit('fleet', '--sources', 'ssm', '--format', 'json');
    const found = nodesOf(stdout).map(({ node: { key, kind }, verdicts }) => {
      return [key, kind, verdicts['kubelet-client-ca-file']?.status];
    });
    expect(found).toEqual(
      expect.arrayContaining([
        ['i-0a17c3d5e7f902022', 'windows', 'unknown'],
        ['i-03565916779bff19c', 'auto-mode', 'not-applicable'],
        ['mi-04a2cf999b7112233', 'hybrid', 'pass'],
        ['i-0a21c3d5e7f90ca21', 'al2023', 'fail'],
      ]),
    );
  });

  it('prints a table in which a person finds the verdict, the node, its group and the value', async () => {
    const { code, stdout, stderr } = await audit('payments');
    expect(stdout).toMatch(/ closed +4 nodes +drop-ins, flags, workers\n/);
    expect(stdout).toContain(
      `1 cluster, 4 nodes: All 4 nodes are closed\n4 verdicts of 1 control (cis-eks-2.0.0): 4 pass`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('ends a compliant cluster with 0, and says once which controls it left out and which option adds them', async () => {
    const { length, listed } = looksAt();
    expect(listed).toMatch(/^\d+ controls: 3\.1\.1-3\.1\.4, 3\.2\.7, \d without a number$/);
    const { code, stdout } = await auditAll('payments');

    expect(stdout).toMatch(/ closed +4 nodes /);
    expect(stdout.match(/not looked at/g)).toHaveLength(2);
    expect(oneLine(stdout)).toContain(
      `not looked at: ${listed} → only the machine shows them; --complete asks SSM for them`,
    );
    expect(stdout).toContain(allPass(length, 'cis-eks-2.0.0'));
    expect(code).toBe(0);
  });

  it('prints findings as ASFF without publishing any', async () => {
    const before = estate.lab.calls.length;
    const { stdout } = await audit('payments', '--format', 'asff');
    expect(JSON.parse(stdout)).toHaveLength(3);
    expect(estate.lab.calls.slice(before).map(({ operation }) => operation)).not.toContain('BatchImportFindings');
  });

  it('says that Security Hub is switched off in one line, and keeps the verdicts', async () => {
    const message = 'Account 111122223333 is not subscribed to AWS Security Hub';
    const off = { kind: 'error', code: 'InvalidAccessException', message, status: 401 } as const;
    estate.lab.faults.inject('securityhub:*', off);
    const { code, stdout } = await audit('payments', '--publish');
    expect(stdout.match(/^ {2}! .*Security Hub/gm)).toHaveLength(1);
    expect(stdout).toContain('4 pass');
    expect(code).toBe(2);
  });

  it('says how to deploy the document when it is missing, and still shows the answers of configz', async () => {
    estate.lab.faults.inject('ssm:ListDocumentVersions', {
      kind: 'error',
      code: 'InvalidDocument',
      message: 'Document with name EksKubeletAudit-KubeletProbe does not exist.',
    });
    const { code, stdout } = await audit('legacy');
    expect(stdout).toMatch(/document.*EksKubeletAudit-KubeletProbe[\s\S]*deploy\s+the\s+member\s+stack/);
    expect(stdout).toMatch(/ probably refuses the API server +no-ca/);
    expect(stdout).toMatch(/ strangers get in +(?:no-config-file, )?(?:open-to-anybody|[^ ]*) /);
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
    ['an unknown key', [], { AWS_ACCESS_KEY_ID: 'AKIA000000000000' }, 3, /does not accept these.*sign in again/],
    [
      'SSM through a proxy that leads to nobody knows which cluster',
      ['--api-server', 'http://127.0.0.1:1', '--sources', 'ssm'],
      {},
      64,
      /--sources ssm needs.*ARN/,
    ],
  ])('says what to do next about %s', async (_what, args, changed, exitCode, message) => {
    const { code, stdout, stderr } = await runCli(['audit', ...args], { env: { ...env(), ...changed } });
    expect(stdout + stderr).toMatch(message);
    expect(code).toBe(exitCode);
  });
});

describe('audit of a compliant cluster that a kubeconfig or a proxy leads to', () => {
  const folder = temporaryFolder();
  const kubeconfig = join(folder, 'config');
  let proxy: Awaited<ReturnType<typeof localProxy>>;
  let arn: string;

  beforeAll(async () => {
    const payments = estate.clusters.find(({ name }) => name === 'payments') ?? expect.unreachable();
    arn = payments.arn;
    writeFileSync(kubeconfig, payments.kubeconfig(labToken), { mode: 0o600 });
    proxy = await localProxy(payments, labToken);
  });
  afterAll(() => proxy?.close());

  function changedKubeconfig(name: string, what: string | RegExp, to: string): string {
    writeFileSync(join(folder, name), readFileSync(kubeconfig, 'utf8').replace(what, to), { mode: 0o600 });
    return join(folder, name);
  }
  const ways = { kubeconfig: () => ['--kubeconfig', kubeconfig], proxy: () => ['--api-server', proxy.url] };

  it.each(['kubeconfig', 'proxy'] as const)('ends with 0 through a %s, by default without AWS', async (way) => {
    const { code, stdout } = await runCli(['audit', ...ways[way]()]);
    expect(stdout).toContain(allPass(looksAt().length));
    expect(oneLine(stdout)).toContain('give its ARN as CLUSTER, and --sources configz,ssm');
    expect(code).toBe(0);
  });

  it('ends with 0 when it is complete, by its ARN', async () => {
    // All but what must be asked for by name, or what only a connection shows.
    const complete = controlsOf(benchmark).filter(({ optIn, about }) => !optIn && about.kind !== 'connection').length;
    const args = ['audit', arn, ...ways.proxy(), '--sources', 'configz,ssm', '--complete'];
    const { code, stdout } = await runCli(args, { env: env() });
    expect(stdout).toMatch(/ closed +4 nodes /);
    expect(oneLine(stdout).match(/not looked at: .*wire/g)).toEqual([
      'not looked at: kubelet-serving-certificate → only a connection to the kubelet’s port shows it: --sources with direct, tls or wire',
    ]);
    expect(stdout).toContain(allPass(complete, 'cis-eks-2.0.0'));
    expect(code).toBe(0);
  });

  it.each(['table', 'json', 'markdown', 'html', 'csv', 'sarif', 'junit', 'asff', 'ocsf', 'oscal'])(
    'says in %s that nobody has verified who answered, and is incomplete, where TLS is not verified',
    async (format) => {
      const insecure = changedKubeconfig(
        'insecure',
        /certificate-authority-data: .*/,
        'insecure-skip-tls-verify: true',
      );
      const of = ['--kubeconfig', insecure, '--sources', 'configz', '--controls', slug];
      const { code, stdout, stderr } = await runCli(['audit', arn, ...of, '--format', format]);
      expect(code).toBe(2);
      expect(stdout + stderr).toContain('insecure-skip-tls-verify');
    },
  );

  it('does not advise steps that only EKS allows, when its token is refused', async () => {
    const expired = changedKubeconfig('expired', labToken, 'expired');
    const { code, stdout } = await runCli(['audit', '--kubeconfig', expired]);
    expect(stdout).toMatch(/does not accept the credentials[\s\S]*has not expired/);
    expect(stdout).not.toMatch(/grant|access entry|--sources ssm/);
    expect(code).toBe(3);
  });
});

describe('eks-kubelet-audit', () => {
  it('names the variables that stand for flags, and where a default comes from', async () => {
    const { stdout } = await runCli(['audit', '--help'], { env: { EKS_KUBELET_AUDIT_MAX_CONCURRENT_NODES: '5' } });
    expect(oneLine(stdout)).toContain('EKS_KUBELET_AUDIT_COMPLETE=true, EKS_KUBELET_AUDIT_EVERY_SOURCE=true,');
    expect(oneLine(stdout)).toContain('(default: 5, by EKS_KUBELET_AUDIT_MAX_CONCURRENT_NODES)');
  });

  it('needs a command, and says which there are', async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect(stdout + stderr).toMatch(/audit[\s\S]*evaluate[\s\S]*controls/);
    expect(code).toBe(64);
  });
});
