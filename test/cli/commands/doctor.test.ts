import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { probeDocumentName } from '../../../lambda/contract/names.ts';
import type { Check } from '../../../lambda/core/fix/doctor/readiness.ts';
import type { ClusterAudit } from '../../../lambda/core/model/model.ts';
import { type Estate, startEstate } from '../../lab/estate/estate.ts';
import { type LabOrganization, startOrganization } from '../../lab/estate/organization.ts';
import { awsVariables, nodeTimeout, runCli, runPackedCli } from '../run-cli.ts';

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterEach(() => estate.lab.faults.clear());
afterAll(() => estate?.close());

const env = () => awsVariables(estate.lab, estate.credentials, estate.region);
const run = (...args: readonly string[]) =>
  runCli([...args, '--node-timeout', nodeTimeout, '--format', 'json'], { env: env() });

async function checksOf(...args: readonly string[]): Promise<readonly Check[]> {
  const { stdout, stderr } = await run('doctor', ...args);
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout).checks;
}

/** What stood in the way of the audit: its problems, and machines that SSM did not reach. A kubelet's own faults are none. */
async function metByAudit(...args: readonly string[]): Promise<ReadonlySet<string>> {
  const { stdout, stderr } = await run('audit', ...args);
  if (!stdout) throw new Error(stderr);
  const { clusters, problems } = JSON.parse(stdout) as {
    clusters: readonly ClusterAudit[];
    problems: ClusterAudit['problems'];
  };
  return new Set([
    ...problems.map(({ code }) => `clusters ${code}`),
    ...clusters.flatMap(({ cluster, nodes, problems: own }) => [
      ...own.map(({ code, message }) => `${cluster.name} ${code} ${message}`),
      ...nodes
        .filter(({ facts, failures }) => !facts && failures.some(({ because }) => /^SSM (does not|lost)/.test(because)))
        .map(({ node }) => `${cluster.name} node ${node.name ?? node.key}`),
    ]),
  ]);
}

const namedBy = (checks: readonly Check[]): ReadonlySet<string> =>
  new Set(
    checks
      .filter(({ status }) => status === 'gap')
      .flatMap(({ where, code, says, nodes }) => {
        const cluster = where.split(' ')[0];
        if (nodes) return nodes.map((node) => `${cluster} node ${node}`);
        return cluster === 'clusters' ? [`clusters ${code}`] : [`${cluster} ${code} ${says}`];
      }),
  );

describe('doctor', () => {
  it('names each stored number that a newer benchmark gives to another control', async () => {
    const args = ['doctor', 'payments', '--node-timeout', nodeTimeout, '--format', 'json'];
    const { stdout } = await runCli(args, { env: { ...env(), EKS_KUBELET_AUDIT_CONTROLS: '3.2.5' } });
    const { checks }: { readonly checks: readonly Check[] } = JSON.parse(stdout);
    const says = expect.stringMatching(/^'3\.2\.5' is taken for kubelet-streaming-timeout, .* so write the name$/);
    expect(checks).toContainEqual({ where: 'settings', what: 'controls', status: 'note', says });
  });

  it.each<[what: string, refused: `${string}:${string}` | undefined, args: readonly string[]]>([
    ['clusters of which some are hard to reach', undefined, ['legacy', 'vault', 'analytics']],
    ['by SSM alone', undefined, ['legacy', '--sources', 'ssm']],
    ['SSM that may not be asked', 'ssm:*', ['vault']],
    ['EC2 that may not be asked', 'ec2:*', ['payments']],
    ['clusters that may not be described', 'eks:DescribeCluster', ['payments']],
    ['a cluster that is not there', undefined, ['nowhere']],
  ])('names each obstacle that the audit then meets, and no other: %s', async (_what, refused, args) => {
    if (refused !== undefined) estate.lab.faults.inject(refused, { kind: 'access-denied' });
    const [checks, met] = await Promise.all([checksOf(...args), metByAudit(...args, '--controls', '3.2.3')]);
    expect(namedBy(checks)).toEqual(met);
    expect(met.size).toBeGreaterThan(0);
  });

  it('misses the document where the audit would, and sends no command', async () => {
    const { lab, accountId } = estate;
    const before = lab.calls.length;
    const ready = await checksOf('vault');
    expect(ready.find(({ what }) => what === 'kubelets')?.says).toBe(
      '0 of 2 nodes answered; SSM reaches 2 of the others',
    );

    lab.faults.inject('ssm:GetDocument', { kind: 'error', code: 'InvalidDocument' });
    const gaps = namedBy(await checksOf('vault'));
    expect([...gaps].some((each) => each.startsWith('vault document-missing'))).toBe(true);
    expect([...gaps].join()).toContain(`${probeDocumentName} is not there in account ${accountId}`);

    const changing = lab.calls.slice(before).filter(({ operation }) => !/^(Get|List|Describe)/.test(operation));
    expect(changing.map(({ operation }) => operation)).toEqual([]);
  });

  it('says who calls, and which rights the API server gives', async () => {
    const checks = await checksOf('payments');
    expect(checks).toContainEqual(expect.objectContaining({ where: 'caller', what: 'credentials', status: 'ready' }));
    expect(checks).toContainEqual(
      expect.objectContaining({ what: 'rights', status: 'ready', says: 'get nodes, list nodes, get nodes/proxy' }),
    );
    expect((await run('doctor', 'payments')).code).toBe(0);
  });

  it('ends with 2 for a person, with the remedy below the gap', async () => {
    const { code, stdout } = await runCli(['doctor', 'analytics'], { env: env() });
    expect(stdout).toMatch(/gap {4}access: .*\(401\)\n +→ give the role of this audit an access entry/);
    expect(code).toBe(2);
  });

  it('looks at the rights that control 4.1.10 needs only where it is chosen', async () => {
    const rightsOf = async (...args: readonly string[]) =>
      (await checksOf('payments', ...args)).map(({ what, says }) => `${what}: ${says}`);
    const [plain, chosen] = [await rightsOf(), await rightsOf('--controls', '4.1.10')];
    expect(plain.join('\n')).not.toMatch(/clusterroles|who holds nodes\/proxy/);
    expect(chosen.join('\n')).toMatch(/list clusterroles/);
    expect(chosen.join('\n')).toMatch(/cluster: who holds nodes\/proxy|access: /);
  });

  it('takes Security Hub for a gap only where something is to be published', async () => {
    estate.lab.faults.inject('securityhub:*', { kind: 'access-denied' });
    const hub = async (...args: readonly string[]) =>
      (await checksOf('payments', ...args)).find(({ what }) => what === 'Security Hub')?.status;
    expect(await hub()).toBe('note');
    expect(await hub('--publish')).toBe('gap');
  });

  it('says by how much the clock of this machine is off, which the audit rides out', async () => {
    const offMs = -47 * 60_000;
    const shifted = `const RealDate = Date; globalThis.Date = class extends RealDate { constructor(...of) { if (of.length > 0) super(...of); else super(RealDate.now() + ${offMs}); } static now() { return RealDate.now() + ${offMs}; } }`;
    const { code, stdout } = await runPackedCli(['doctor', 'payments', '--format', 'json'], {
      env: {
        ...env(),
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shifted)}`,
      },
    });
    expect(JSON.parse(stdout).checks).toContainEqual(
      expect.objectContaining({
        what: 'clock',
        status: 'gap',
        code: 'clock-skewed',
        says: "this machine's clock is 47 minutes behind AWS's",
        remedy: expect.stringContaining('NTP'),
      }),
    );
    expect(code).toBe(2);
  });

  it('names credentials that AWS does not accept, and looks no further', async () => {
    const wrong = { ...env(), AWS_ACCESS_KEY_ID: 'AKIAWRONG0000000000' };
    const { code, stdout } = await runCli(['doctor', '--format', 'json'], { env: wrong });
    expect(JSON.parse(stdout).checks).toMatchObject([{ what: 'credentials', code: 'credentials-unusable' }]);
    expect(code).toBe(2);
  });
});

describe('doctor over accounts', () => {
  let organization: LabOrganization;
  beforeAll(async () => {
    organization = await startOrganization();
    organization.lab.faults.clear();
  });
  afterAll(() => organization?.close());

  const over = async (...args: readonly string[]) => {
    const { lab, hub } = organization;
    const operator = awsVariables(lab, organization.operator(), hub.region);
    const { code, stdout, stderr } = await runCli([...args, '-f', 'json'], { env: operator });
    return { code, stderr, result: stdout ? JSON.parse(stdout) : {} };
  };
  const doctor = async (...args: readonly string[]) => {
    const { result, ...ended } = await over('doctor', ...args);
    return { ...ended, checks: (result.checks ?? []) as readonly Check[] };
  };

  it('looks at your own account as the deployed audit does, through its member role', async () => {
    const { lab, hub } = organization;
    const before = lab.calls.length;
    const { code, checks } = await doctor('--as-deployed');
    const calls = lab.calls.slice(before);
    expect(checks[0]).toMatchObject({ what: 'credentials', says: expect.stringContaining('KubeletAuditOperator') });
    expect(checks).toContainEqual(
      expect.objectContaining({
        where: `tools (${hub.region}, ${hub.accountId})`,
        what: 'rights',
        status: 'ready',
        says: 'get nodes, list nodes, get nodes/proxy',
      }),
    );
    expect(checks.filter(({ status }) => status === 'gap')).toEqual([]);
    expect(code).toBe(0);
    expect(calls.filter(({ operation }) => operation === 'AssumeRole')).toMatchObject([{ accountId: hub.accountId }]);
    expect(new Set(calls.map(({ accountId }) => accountId))).toEqual(new Set([hub.accountId]));
  });

  it('names each gap of the coverage that the audit has', async () => {
    const [{ checks }, { result }] = await Promise.all([doctor('--organization'), over('audit', '--organization')]);

    const gaps = checks.filter(({ what, status }) => what === 'account' && status === 'gap');
    const met = result.coverage.gaps.map(({ problem }: { problem: { code: string } }) => problem.code);
    expect(gaps.map(({ code }) => code).toSorted()).toEqual(met.toSorted());
    expect(met).toContain('member-role-missing');
  });
});
