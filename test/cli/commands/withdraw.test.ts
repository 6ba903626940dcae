import { PassThrough } from 'node:stream';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { main } from '../../../lambda/cli/main.ts';
import { memberRoleName } from '../../../lambda/contract/names.ts';
import { keyOfFinding, parseMemory } from '../../../lambda/core/findings/lifecycle/memory.ts';
import { lambdaEnvironment } from '../../lab/estate/deployed-hub.ts';
import { hub, type LabOrganization, startOrganization } from '../../lab/estate/organization.ts';
import { accounts } from '../../lab/estate/organization-accounts.ts';
import { runCli } from '../run-cli.ts';

let organization: LabOrganization;
const bucket = 'kubelet-audit-runs';
const { ledger, management, withoutRole } = accounts;
const stateMachine = `arn:aws:states:${hub.region}:${hub.accountId}:stateMachine:EksKubeletAudit`;
const hybridMachine = 'mi-0123456789abcdef0';
const clusters = [
  { accountId: ledger.id, region: 'eu-central-1' },
  { accountId: management.id, region: 'eu-west-1' },
] as const;

const arnSchema = z.object({ Id: z.string(), Resources: z.tuple([z.object({ Id: z.string() })], z.unknown()) });

beforeAll(async () => {
  organization = await startOrganization();
  const { lab } = organization;
  lab.faults.clear();
  lab.s3.createBucket(hub.accountId, hub.region, bucket);
  for (const { accountId, region } of clusters) {
    const session = lab.sts.startSession(`arn:aws:iam::${accountId}:role/${memberRoleName}`, 'before');
    const { code, stderr } = await runCli(['audit', '--publish', '--format', 'json'], {
      env: lambdaEnvironment(lab.endpoint, region, session),
    });
    if (code === 3) throw new Error(stderr);
    remember(accountId, region);
  }
  const operator = lambdaEnvironment(lab.endpoint, hub.region, organization.operator());
  for (const [name, value] of Object.entries(operator)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await organization?.close();
});

/** What the hub would remember of the failures that are in Security Hub now: each was announced. */
function remember(accountId: string, region: string): void {
  const failed = organization.lab.securityHub
    .findings(accountId, region)
    .filter(({ Compliance }) => Object(Compliance).Status === 'FAILED')
    .map((each) => arnSchema.parse(each));
  const byCluster = Map.groupBy(failed, ({ Resources: [{ Id }] }) => Id);
  for (const [arn, findings] of byCluster) {
    // Held: a hybrid machine failed, and no run could read it since.
    const unreadable = { since: '2026-11-24T05:00:00.000Z', runs: 2 };
    const announced = { status: 'fail', announced: 'opened', unreadable, newerField: 1 };
    const memory = {
      version: 2,
      runId: '20261125T050000Z',
      startedAt: '2026-11-25T05:00:00.000Z',
      findings: Object.fromEntries(findings.map(({ Id }) => [keyOfFinding(Id, arn), announced])),
      hybrid: [hybridMachine],
    };
    const key = `memory/${accountId}/${region}/${arn.split('/').at(-1)}.json`;
    organization.lab.s3.putObject(bucket, key, Buffer.from(JSON.stringify(memory)));
  }
}

async function withdraw(args: readonly string[], typed?: string) {
  const stdin = Object.assign(new PassThrough(), { isTTY: typed !== undefined });
  stdin.end(`${typed}\n`);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const all = ['withdraw', `s3://${bucket}`, '--organization', ...args];
  const code = await main(all, { stdin, stdout, stderr, env: process.env });
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}
const active = () =>
  clusters.flatMap(({ accountId, region }) =>
    organization.lab.securityHub.findings(accountId, region).filter(({ RecordState }) => RecordState === 'ACTIVE'),
  );
const withdrawn = () =>
  organization.lab.events
    .events(hub.accountId, hub.region)
    .filter((event) => event['detail-type'] === 'Finding Withdrawn');
const remembered = () =>
  [...organization.lab.s3.objects(bucket)]
    .filter(([key]) => key.startsWith('memory/'))
    .map(([, { body }]) => parseMemory(JSON.parse(body.toString('utf8'))));
const open = () => remembered().flatMap((each) => Object.values(each?.findings ?? {}).filter((one) => one.announced));

describe('withdraw', () => {
  it('does not change a finding during a run, without the name of the account, or with another one', async () => {
    const before = active().length;
    expect(before).toBeGreaterThan(10);
    expect(open().length).toBeGreaterThan(2);

    organization.lab.states.putStateMachine({ arn: stateMachine, onStart: async () => undefined });
    const { executionArn = '' } = await new SFNClient({}).send(
      new StartExecutionCommand({ stateMachineArn: stateMachine, name: '20261126T050000Z' }),
    );
    const during = await withdraw(['--confirm', 'security']);
    expect(during).toMatchObject({ code: 3, stderr: expect.stringContaining('run 20261126T050000Z is going') });
    organization.lab.states.finish(executionArn, 'SUCCEEDED', {});

    const unasked = await withdraw([]);
    expect(unasked).toMatchObject({ code: 64, stderr: expect.stringContaining("give --confirm 'security'") });
    expect(unasked.stdout).toMatch(new RegExp(`${ledger.id} +eu-central-1 +\\d+ +\\d+`));
    expect(unasked.stdout).toContain(`not looked at: ${withoutRole.id}`);
    expect(unasked.stdout).toContain(`${open().length} open failures to announce as Finding Withdrawn`);

    expect(await withdraw(['--confirm', hub.accountId])).toMatchObject({ code: 3 });
    expect(await withdraw([], 'yes')).toMatchObject({ code: 3 });
    expect(active().length).toBe(before);
    expect(withdrawn()).toEqual([]);
  });

  it('archives every finding, also one that a hybrid machine holds open, announces each open failure once, and keeps the memory of a newer release', async () => {
    const announced = open().length;
    const { code, stderr } = await withdraw([], 'security');

    expect(stderr).toContain('not complete: 1 gap left');
    expect(code).toBe(3);
    expect(active()).toEqual([]);
    expect(withdrawn().length).toBe(announced);
    expect(withdrawn()[0]?.detail).toMatchObject({
      because: 'the audit was removed, and this cluster is not audited any more',
      securityHub: 'taken',
      page: `s3://${bucket}/latest/report.html`,
    });
    expect(open()).toEqual([]);
    expect(remembered().filter((each) => each?.hybrid)).toEqual([]);
    expect(JSON.stringify(remembered())).toContain('"newerField":1');

    const again = await withdraw(['--confirm', 'security']);
    expect(again.stdout).toContain('0 active findings to archive, 0 open failures to announce');
    expect(withdrawn().length).toBe(announced);
  });
});
