import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabOrganization, startOrganization } from '../lab/estate/organization.ts';
import { accounts } from '../lab/estate/organization-accounts.ts';
import { awsVariables, runCli } from './run-cli.ts';

let organization: LabOrganization;
const folder = await mkdtemp(join(tmpdir(), 'audit-organization-'));

beforeAll(async () => {
  organization = await startOrganization();
});
afterAll(async () => await organization?.close());

const audit = (...args: string[]) => {
  const { lab, hub } = organization;
  const env = awsVariables(lab, organization.operator(), hub.region);
  return runCli(['audit', '--controls', '3.2.3', ...args], { env });
};
const named = (...names: readonly (keyof typeof accounts)[]) =>
  names.flatMap((name) => ['--account', accounts[name].id]);

describe('audit --organization', () => {
  it('audits every account that can be entered, and names each that cannot', async () => {
    const { code, stdout, stderr } = await audit('--organization', '--region', 'eu-west-1', '--format', 'json');
    const report = JSON.parse(stdout);
    const clusters: readonly { cluster: { name: string; arn: { accountId: string } } }[] = report.clusters;

    expect(clusters.map(({ cluster }) => `${cluster.arn.accountId} ${cluster.name}`).toSorted()).toEqual([
      `${accounts.hub.id} tools`,
      `${accounts.management.id} billing`,
      `${accounts.hubOff.id} quiet`,
      `${accounts.throttled.id} busy`,
      `${accounts.orders.id} orders`,
      `${accounts.orders.id} orders-test`,
      `${accounts.search.id} search`,
      `${accounts.data.id} lake`,
    ]);
    expect(report.coverage).toMatchObject({
      complete: false,
      clusters: { found: 8, audited: 8 },
      gaps: [{ accountId: accounts.withoutRole.id, problem: { code: 'member-role-missing' } }],
      skipped: [{ accountId: accounts.suspended.id }],
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  });
});

describe('audit --account', () => {
  it('has a line of the summary for a cluster that passes, the nodes of one that fails, and ends with the coverage', async () => {
    const { code, stdout } = await audit(...named('ledger', 'fenced'));
    const lines = stdout.split('\n');
    const line = (pattern: RegExp) => lines.findIndex((each) => pattern.test(each));

    expect(stdout).toMatch(/^ inside +222200000005 +1 +✓ +✓$/m);
    expect(stdout).toMatch(/^ {3}(?:222200000009\/eu-central-1\/)?ledger +old +1 node +no client CA/m);
    expect(
      line(/^2 clusters, 3 nodes: 1 of 3 nodes doesn't authenticate the API server; 2 are closed$/),
    ).toBeGreaterThan(line(/ledger +old/));
    expect(lines).toContain('3 verdicts of 1 control (cis-eks-2.0.0): 1 fail, 2 pass');
    expect(line(/^Coverage: 2 accounts, 5 account-Regions, 2 clusters audited$/)).toBeGreaterThan(line(/^2 clusters/));
    expect(line(/^ {2}- 222200000005\/us-east-1: a service control policy denies/)).toBeGreaterThan(line(/^Coverage/));
    expect(code).toBe(1);
  });

  it('ends with 3 and names the remedy if it could not enter any account', async () => {
    const { code, stdout } = await audit(...named('withoutRole'));
    expect(stdout).toMatch(/no EKS cluster was audited[\s\S]*1 gap[\s\S]*deploy the member stack/);
    expect(code).toBe(3);
  });

  it('finds the cluster that is named, wherever it is, and says when it is nowhere', async () => {
    const found = await audit('orders-test', ...named('orders'), '--region', 'eu-west-1');
    expect(found.stdout).toContain(
      '1 cluster, 1 node: The only node is closed\n1 verdict of 1 control (cis-eks-2.0.0): 1 pass',
    );
    expect(found.code).toBe(0);

    const missed = await audit('no-such', ...named('orders'), '--region', 'eu-west-1');
    expect(missed.stdout).toMatch(/no-such: cluster 'no-such' is in none of the accounts/);
  });

  it('keeps the evidence of each account apart', async () => {
    const kept = join(folder, 'evidence');
    await audit(...named('orders'), '--keep-evidence', kept);
    expect((await readdir(kept)).toSorted()).toEqual([
      `${accounts.orders.id}-eu-west-1-orders`,
      `${accounts.orders.id}-eu-west-1-orders-test`,
      `${accounts.orders.id}-us-east-1-orders`,
      'SHA256SUMS',
      'manifest.json',
    ]);
  });
});

describe('audit --waivers', () => {
  // A waiver has a longest term.
  const expires = new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10);
  const ledger = [...named('ledger'), '--region', 'eu-central-1'];
  const fileOf = async (name: string, change: object = {}) => {
    const words = { reason: 'replaced in January', owner: 'team-ledger' };
    const waiver = { control: '3.2.3', cluster: 'ledger', nodeGroup: 'old', ...words, expires, ...change };
    const file = join(folder, name);
    await writeFile(file, JSON.stringify({ waivers: [waiver] }));
    return file;
  };

  it('shows an accepted failure as waived, and ends with 0', async () => {
    const { code, stdout } = await audit(...ledger, '--waivers', await fileOf('good.json'));
    expect(stdout).toMatch(
      new RegExp(`waived 3\\.2\\.3 .*waived until ${expires} by team-ledger: replaced in January`),
    );
    expect(stdout).toContain(
      '1 cluster, 2 nodes: 1 of 2 nodes is accepted by a waiver; 1 is closed\n2 verdicts of 1 control (cis-eks-2.0.0): 1 waived, 1 pass',
    );
    expect(stdout).toMatch(/^1 waiver$/m);
    expect(code).toBe(0);
  });

  it('refuses a file in which anything is not known, before anything is audited', async () => {
    const { code, stdout, stderr } = await audit(...ledger, '--waivers', await fileOf('bad.json', { nodegroup: 'x' }));
    expect(stderr).toMatch(/waiver 1: unknown field 'nodegroup'; did you mean 'nodeGroup'/);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  });
});
